#!/usr/bin/env bash
# swscale takes gray for full range, also where it is tagged limited: to yuv420p it changes luma.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1).
#
# 4:0:0 video of limited range converted to 4:2:0 by `format=yuv420p` gets its luma squeezed from
# 0…255 into 16…235; the tag in the input makes no difference. Tagged full range it keeps its
# samples, in a picture that is then full range. To gray10le, the same samples are stretched by
# repeating bits instead of shifted: 235 becomes 943, not 940.
#
# Seen (luma of samples 16, 128, 235):
#   untagged or limited, to yuv420p: 30 126 218
#   full, to yuv420p:                16 128 235
#   limited, to gray10le:            64 514 943
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1

# converted RANGE PIXEL_FORMAT: the first three samples of a line of 16, 128, 235, 16, …
python -c 'import sys; sys.stdout.buffer.write(bytes([16, 128, 235] * 16 * 16))' >gray.raw
converted() {
  ffmpeg -v error -f rawvideo -pix_fmt gray -video_size 48x16 -i gray.raw \
    -vf "setparams=range=$1,scale=flags=accurate_rnd+bitexact,format=$2" -f rawvideo -y out.raw
  python -c 'import array, sys
samples = array.array(sys.argv[1], open("out.raw", "rb").read()[:6])
print(*samples[:3])' "$([[ $2 == *10le ]] && echo H || echo B)"
}

check "untagged, to yuv420p" "30 126 218" "$(converted unspecified yuv420p)"
check "limited, to yuv420p" "30 126 218" "$(converted limited yuv420p)"
check "full, to yuv420p" "16 128 235" "$(converted full yuv420p)"
check "limited, to gray10le" "64 514 943" "$(converted limited gray10le)"
