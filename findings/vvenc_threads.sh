#!/usr/bin/env bash
# VVenC: from 5 threads on, the number of threads changes the stream.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with libvvenc 1.15.0-dev (imageio-ffmpeg 0.8.1).
#
# 1 to 4 threads give the same bytes. With 5 and more VVenC switches its inter-frame parallel mode
# on by itself (it prints "IFP is enabled"), and the bytes are others, whatever the number of
# processors. `ifp=0` keeps the bytes of one thread at 8 threads; at 16 it takes `mtprofile=0`, too.
# maxparallelframes=0 does not help.
#
# Seen (416x240, 9 frames, preset faster, random access):
#   threads 2, 4: same as 1      5, 8, 16: different
#   ifp=0: 8 same, 16 different
#   ifp=0:mtprofile=0: 16 same
#   maxparallelframes=0: 8 different
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 416x240 9 yuv420p10le

# coded THREADS PARAMETERS FILE
coded() {
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p10le -video_size 416x240 -i source.yuv \
    -c:v libvvenc -preset faster -threads "$1" -qp 32 -qpa 0 \
    -vvenc-params "gopsize=16:intraperiod=-1:poc0idr=1:verbosity=0$2" -f vvc -y "$3" >log 2>&1
}

# like_one THREADS [PARAMETERS]: whether the stream is that of one thread and the same parameters.
like_one() {
  coded 1 "${2-}" one.vvc
  coded "$1" "${2-}" many.vvc
  same one.vvc many.vvc
}

check "2 threads" same "$(like_one 2)"
check "4 threads" same "$(like_one 4)"
check "5 threads" different "$(like_one 5)"
check "8 threads" different "$(like_one 8)"
check "16 threads" different "$(like_one 16)"
check "8 threads, maxparallelframes=0" different "$(like_one 8 :maxparallelframes=0)"
check "8 threads, ifp=0" same "$(like_one 8 :ifp=0)"
check "16 threads, ifp=0" different "$(like_one 16 :ifp=0)"
check "16 threads, ifp=0:mtprofile=0" same "$(like_one 16 :ifp=0:mtprofile=0)"
