#!/usr/bin/env bash
# Zones of x264 and x265 count otherwise, and x264 clips their QPs.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with x265 4.3+49 and x264 core 165 (imageio-ffmpeg 0.8.1).
#
# `zones=FIRST,LAST,q=QP` gives some pictures a QP of their own. x264 counts pictures from 0 in
# display order, x265 from 1 in coding order. In x265 the QP is that of P pictures, and other types
# keep their distance to it. In x264 all types get it, but at constant QP it cannot leave the range
# of the QPs of the three types: -3 (ipratio) to +3 around it where pbratio is 1.3, without a word.
#
# Seen (QP 30, 7 B pictures between others; QPs in coding order, displayed 0 8 4 1 2 3 5 6 7):
#   x265, none:          27 30 31 32 32 32 32 32 32
#   x265, zones=3,4,q=20: 27 30 21 22 32 32 32 32 32
#   x264, none:          27 30 31 32 32 32 32 32 32
#   x264, zones=3,4,q=20: 27 30 27 32 32 27 32 32 32
#   x264, zones=3,3,q=40: 27 30 31 32 32 33 32 32 32
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 128x96 9 yuv420p

# qps ENCODER CONTAINER PARAMETERS: slice QPs in coding order.
qps() {
  local shape=bframes=7:b-adapt=0:scenecut=0:aq-mode=0:keyint=64:min-keyint=64:b-pyramid
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 128x96 -i source.yuv -c:v "$1" -qp 30 \
    -x265-params "log-level=none:$shape=1$3" -x264-params "$shape=normal$3" -f "$2" -y out 2>log
  headers "$2" out | awk '
    $1 ~ /init_qp_minus26$/ { init = $2 }
    $1 == "slice_qp_delta" { printf "%s%d", (n++ ? " " : ""), 26 + init + $2 }'
}

check "x265, none" "27 30 31 32 32 32 32 32 32" "$(qps libx265 hevc "")"
check "x265, zones=3,4,q=20" "27 30 21 22 32 32 32 32 32" "$(qps libx265 hevc :zones=3,4,q=20)"
check "x264, none" "27 30 31 32 32 32 32 32 32" "$(qps libx264 h264 "")"
check "x264, zones=3,4,q=20" "27 30 27 32 32 27 32 32 32" "$(qps libx264 h264 :zones=3,4,q=20)"
check "x264, zones=3,3,q=40" "27 30 31 32 32 33 32 32 32" "$(qps libx264 h264 :zones=3,3,q=40)"
