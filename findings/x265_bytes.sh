#!/usr/bin/env bash
# x265: which options of speed change the stream. `pools=none` does, frame-threads does not.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with x265 4.3+49 (imageio-ffmpeg 0.8.1).
#
# At constant QP the same bytes come from any number of frame threads and of threads in the pool,
# from any instruction set, with parallel motion estimation and with slices of the look-ahead.
# Without a pool (`pools=none`) x265 drops wavefronts, as `wpp=0` does: the entropy coder's state is
# no longer taken over from the row above, and the bytes are others. They are not those of `wpp=0`
# either. Parallel mode decision (`pmode`) changes decisions even with one thread.
#
# Seen (416x240, 25 frames, preset medium, QP 32), against frame-threads=1:pools=1:
#   pools=2, frame-threads=4:pools=4, asm=0, pme=1, lookahead-slices=4: same
#   pools=none, wpp=0, pmode=1: different; pools=none against wpp=0: different
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 416x240 25 yuv420p

# coded PARAMETERS FILE; info=0 leaves out the SEI that names the options.
coded() {
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 416x240 -i source.yuv -c:v libx265 \
    -preset medium -qp 32 -x265-params "info=0:log-level=none:$1" -f hevc -y "$2" 2>log
}

one=frame-threads=1:pools=1
coded $one one.hevc
against_one() { coded "$1" other.hevc && same one.hevc other.hevc; }

check "pools=2" same "$(against_one frame-threads=1:pools=2)"
check "frame-threads=4:pools=4" same "$(against_one frame-threads=4:pools=4)"
check "asm=0" same "$(against_one $one:asm=0)"
check "pme=1, two threads" same "$(against_one frame-threads=1:pools=2:pme=1)"
check "lookahead-slices=4, two threads" same \
  "$(against_one frame-threads=1:pools=2:lookahead-slices=4)"
check "pmode=1, one thread" different "$(against_one $one:pmode=1)"
check "wpp=0" different "$(against_one $one:wpp=0)"
mv other.hevc no-wpp.hevc
check "pools=none" different "$(against_one frame-threads=1:pools=none)"
check "pools=none against wpp=0" different "$(same other.hevc no-wpp.hevc)"
