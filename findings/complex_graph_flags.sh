#!/usr/bin/env bash
# FFmpeg ignores -sws_flags where the graph is given by -filter_complex.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1).
#
# With -vf the option chooses the scaler of the filters that name none. With -filter_complex (which
# ffmpeg-python always writes) it is taken, nothing is said, and the scaler is bicubic. In the graph
# itself, `sws_flags=neighbor;scale=…` or `scale=…:flags=neighbor`, it counts.
#
# Seen (128x96 to 256x192, -sws_flags neighbor):
#   -vf: as flags=neighbor
#   -filter_complex: as bicubic
#   sws_flags= in the graph: as flags=neighbor
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 128x96 1 yuv420p

# scaled FILE OPTION…
scaled() {
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 128x96 -i source.yuv "${@:2}" \
    -f rawvideo -y "$1"
}
scaled neighbor -vf scale=256:192:flags=neighbor
scaled bicubic -vf scale=256:192:flags=bicubic
scaled simple -vf scale=256:192 -sws_flags neighbor
scaled complex -filter_complex scale=256:192 -sws_flags neighbor
scaled inside -filter_complex 'sws_flags=neighbor;scale=256:192'

check "neighbor against bicubic" different "$(same neighbor bicubic)"
check "-vf against neighbor" same "$(same simple neighbor)"
check "-filter_complex against bicubic" same "$(same complex bicubic)"
check "in the graph against neighbor" same "$(same inside neighbor)"
