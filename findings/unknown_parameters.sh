#!/usr/bin/env bash
# An encoder parameter that does not exist: four encoders in FFmpeg code on, two refuse.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with x264 core 165, x265 4.3+49, SVT-AV1 4.2.0, kvazaar
# 2.3.2, libaom 3.15.1, libvvenc 1.15.0-dev (imageio-ffmpeg 0.8.1).
#
# A misspelt key in -x264-params, -x265-params, -svtav1-params and -kvazaar-params is a warning; the
# stream is coded without it and the status is 0. libvvenc and libaom end with an error. A value
# that is no number is treated alike, but `qp=abc` is QP 0 in x264, x265 and kvazaar, and kvazaar
# does not even warn.
#
# Seen:
#   no-such=1: x264, x265, SVT-AV1, kvazaar coded with a warning; libaom, libvvenc refused
#   qp=abc:    x264, x265, SVT-AV1 coded with a warning, kvazaar in silence; libvvenc refused;
#              first picture of x264, x265 and kvazaar at QP 0
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 128x96 3 yuv420p

# outcome ENCODER OPTION PARAMETERS CONTAINER WORDS: WORDS is what a warning has in it.
outcome() {
  local depth=yuv420p
  [[ $1 == libvvenc ]] && depth=yuv420p10le
  if ffmpeg -v warning -f rawvideo -pix_fmt yuv420p -video_size 128x96 -i source.yuv \
    -pix_fmt $depth -c:v "$1" "$2" "$3" -f "$4" -y out >log 2>&1; then
    if [[ ! -s out ]]; then
      echo nothing
    elif grep -qiE "unknown|invalid|error parsing" log; then
      echo "coded with a warning"
    else
      echo "coded in silence"
    fi
  else
    echo refused
  fi
}

# first_qp CONTAINER: of the last stream, by its first slice header.
first_qp() {
  headers "$1" out | awk '
    $1 ~ /init_qp_minus26$/ { init = $2 }
    $1 == "slice_qp_delta" && !seen++ { print 26 + init + $2 }'
}

for key in no-such=1 qp=abc; do
  check "x264, $key" "coded with a warning" "$(outcome libx264 -x264-params $key h264)"
  [[ $key == no-such=1 ]] || check "x264, $key, first QP" 0 "$(first_qp h264)"
  check "x265, $key" "coded with a warning" "$(outcome libx265 -x265-params $key hevc)"
  [[ $key == no-such=1 ]] || check "x265, $key, first QP" 0 "$(first_qp hevc)"
  check "SVT-AV1, $key" "coded with a warning" "$(outcome libsvtav1 -svtav1-params $key obu)"
  check "libvvenc, $key" refused "$(outcome libvvenc -vvenc-params $key vvc)"
done
check "kvazaar, no-such=1" "coded with a warning" \
  "$(outcome libkvazaar -kvazaar-params no-such=1 hevc)"
check "kvazaar, qp=abc" "coded in silence" "$(outcome libkvazaar -kvazaar-params qp=abc hevc)"
check "kvazaar, qp=abc, first QP" 0 "$(first_qp hevc)"
check "libaom, no-such=1" refused "$(outcome libaom-av1 -aom-params no-such=1 obu)"
