#!/usr/bin/env bash
# swscale: chroma siting tags change no sample, and are lost on the way.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1).
#
# In 4:2:0 chroma stands left of the middle of its four luma samples (MPEG-2, and what HEVC and VVC
# presume) or in the middle (JPEG). `scale` centres each plane on its own whatever the tag says, so
# that scaled chroma of left siting is shifted against luma; a Y4M file of C420mpeg2 comes out as
# C420jpeg. Options of the filter (in_chroma_loc=…) are heeded, and zscale heeds the tags.
#
# Seen (128x96 to 64x48):
#   scale:  left, center, topleft give the same samples; header C420mpeg2 becomes C420jpeg
#   scale with in_chroma_loc=topleft against the tag: different
#   zscale: left and center differ
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 128x96 1 yuv420p

# scaled LOCATION FILTER FILE
scaled() {
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 128x96 -i source.yuv \
    -vf "setparams=chroma_location=$1,$2" -f rawvideo -y "$3"
}
bicubic=scale=64:48:flags=bicubic+accurate_rnd+bitexact
for location in left center topleft; do
  scaled $location $bicubic s-$location
  scaled $location zscale=64:48:filter=bicubic z-$location
done
scaled topleft $bicubic:in_chroma_loc=topleft:out_chroma_loc=center s-option

check "scale, left against center" same "$(same s-left s-center)"
check "scale, topleft against center" same "$(same s-topleft s-center)"
check "scale, by its options" different "$(same s-option s-topleft)"
check "zscale, left against center" different "$(same z-left z-center)"

ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 128x96 -i source.yuv \
  -vf setparams=chroma_location=left -f yuv4mpegpipe -y in.y4m
ffmpeg -v error -i in.y4m -vf $bicubic -f yuv4mpegpipe -y out.y4m
tag() { head -n 1 "$1" | grep -oE ' C[^ ]+' | tr -d ' '; }
check "tag before" C420mpeg2 "$(tag in.y4m)"
check "tag after" C420jpeg "$(tag out.y4m)"
