#!/usr/bin/env bash
# VVenC through FFmpeg: at some numbers of frames the whole stream is lost, with status 0.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with libvvenc 1.15.0-dev (imageio-ffmpeg 0.8.1).
#
# All intra with one thread, without look-ahead, pre-filter and block importance mapping: sequences
# of 1 to 6 frames and of 11 and more are coded; of 7, 8, 9 or 10 frames no byte arrives, FFmpeg
# says so in a warning only and ends with 0. With more threads it is some of these lengths, others
# from run to run. With maxparallelframes=0 every length is coded.
#
# Seen:
#   1 thread: empty at 7 8 9 10
#   1 thread, maxparallelframes=0: empty at (none)
#   status of all: 0
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 128x96 12 yuv420p10le

# empty_at PARAMETERS: the numbers of frames, 1 to 12, at which the stream is empty.
empty_at() {
  local found=() frames
  for frames in 1 2 3 4 5 6 7 8 9 10 11 12; do
    ffmpeg -v error -f rawvideo -pix_fmt yuv420p10le -video_size 128x96 -i source.yuv \
      -frames:v "$frames" -c:v libvvenc -preset faster -threads 1 -qp 32 -qpa 0 -vvenc-params \
      "intraperiod=1:gopsize=1:decodingrefreshtype=idr:mctf=0:bim=0:lookahead=0:verbosity=0$1" \
      -f vvc -y out.vvc >log 2>&1 || echo "$?" >>statuses
    [[ -s out.vvc ]] || found+=("$frames")
  done
  echo "${found[*]:-(none)}"
}

touch statuses
check "numbers of frames that give nothing" "7 8 9 10" "$(empty_at "")"
check "the same with maxparallelframes=0" "(none)" "$(empty_at :maxparallelframes=0)"
check "statuses other than 0" "" "$(cat statuses)"
