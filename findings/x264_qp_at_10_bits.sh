#!/usr/bin/env bash
# x264 at 10 bits: `-qp 30` makes slices of QP 18. x265 makes them of QP 30.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with x265 4.3+49 and x264 core 165 (imageio-ffmpeg 0.8.1).
#
# x264 counts QPs from 0 at the finest quantizer of the bit depth, so that at 10 bits its QP is 12
# above SliceQPY of H.264 (7-30), which starts at -12 there. x265 takes the standard's number at
# either depth. One QP given to both is about the same step size at 8 bits; at 10 bits the step of
# x264 is a quarter of that of x265.
#
# Seen (all intra, -qp 30, by the slice headers):
#   x264:  8 bits 30, 10 bits 18
#   x265:  8 bits 30, 10 bits 30
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1

# slice_qp ENCODER CONTAINER PIXEL_FORMAT
slice_qp() {
  video source.yuv 128x96 3 "$3"
  ffmpeg -v error -f rawvideo -pix_fmt "$3" -video_size 128x96 -i source.yuv -c:v "$1" -qp 30 -g 1 \
    -x264-params ipratio=1 -x265-params log-level=none:ipratio=1 -f "$2" -y out 2>log
  headers "$2" out | awk '
    $1 ~ /init_qp_minus26$/ { init = $2 }
    $1 == "slice_qp_delta" { print 26 + init + $2 }' | sort -u | xargs
}

check "x264, 8 bits" 30 "$(slice_qp libx264 h264 yuv420p)"
check "x264, 10 bits" 18 "$(slice_qp libx264 h264 yuv420p10le)"
check "x265, 8 bits" 30 "$(slice_qp libx265 hevc yuv420p)"
check "x265, 10 bits" 30 "$(slice_qp libx265 hevc yuv420p10le)"
