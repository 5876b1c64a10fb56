#!/usr/bin/env bash
# SVT-AV1: one `-qp` is 128 of base_q_idx for an intra picture in all intra and 36 in low delay.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with SVT-AV1 4.2.0-151 (imageio-ffmpeg 0.8.1).
#
# At a constant quantizer SVT-AV1 codes the finest pictures of its pyramid at QP; every other one is
# finer, and the key frame so fine that QP 32 is coded like QP 9. In all intra each picture gets QP
# itself. In random access half of the temporal units hold no frame at all: they show one that was
# coded before (show_existing_frame), and whoever wants a QP for each picture finds none in them.
#
# Seen (-qp 32, 17 frames, base_q_idx of each temporal unit's first frame, - where it has none):
#   all intra:     128 128 128 128 128 …
#   low delay:      36 128 119 128 106 …
#   random access:  37 64 - 128 - …
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 416x240 17 yuv420p

# first_five PRED_STRUCT KEY_DISTANCE: base_q_idx of the first five temporal units.
first_five() {
  local held=aq-mode=0:scd=0:tune=1:enable-tf=0:enable-overlays=0
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 416x240 -i source.yuv -c:v libsvtav1 \
    -preset 8 -qp 32 -g "$2" -svtav1-params "$held:pred-struct=$1" -f obu -y out.obu >log 2>&1
  headers obu out.obu | awk '
    $1 == "packet" { if (units++) line = line " " q; q = "-" }
    $1 == "base_q_idx" && q == "-" { q = $2 }
    END { print line }' | cut -d " " -f 2-6
}

check "all intra" "128 128 128 128 128" "$(first_five 0 1)"
check "low delay" "36 128 119 128 106" "$(first_five 1 1000)"
check "random access" "37 64 - 128 -" "$(first_five 2 1000)"
