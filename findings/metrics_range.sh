#!/usr/bin/env bash
# psnr, ssim and xpsnr of FFmpeg: equal samples are not equal where one input is tagged full range.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1).
#
# The filters want both inputs alike, so FFmpeg puts a conversion of range before one of them,
# without a word: a decoded stream or a Y4M file that is tagged full range, measured against the
# same samples of raw video, gives about 30 dB. `setparams=range=limited` on both keeps the samples,
# and `-noauto_conversion_filters` makes an error of it.
#
# Seen (128x96, the file against itself):
#   psnr:  both untagged inf, second full range 29.729993, set back to limited inf
#   ssim:  both untagged 1.000000, second full range 0.987028, set back to limited 1.000000
#   xpsnr: both untagged inf, second full range 18.0931, set back to limited inf
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 128x96 3 yuv420p
raw=(-f rawvideo -pix_fmt yuv420p -video_size 128x96 -i source.yuv)

# luma FILTER SECOND [OPTION…]: luma's value; SECOND is what happens to the second input.
luma() {
  ffmpeg "${@:3}" "${raw[@]}" "${raw[@]}" -lavfi "[1]$2[b];[0][b]$1" -f null - >log 2>&1 || true
  grep -oiE '\by: ?(inf|[0-9.]+)' log | tr -d ' ' | tail -n 1 || true
}
# equal VALUE: whether it is that of equal pictures.
equal() { case $1 in *:inf | *:1.000000) echo equal ;; "") echo none ;; *) echo unequal ;; esac; }

for metric in psnr ssim xpsnr; do
  echo "$metric: untagged $(luma $metric null), full range $(luma $metric setparams=range=full)"
  check "$metric, both untagged" equal "$(equal "$(luma $metric null)")"
  check "$metric, second full range" unequal "$(equal "$(luma $metric setparams=range=full)")"
  check "$metric, set back to limited" equal \
    "$(equal "$(luma $metric setparams=range=full,setparams=range=limited)")"
  check "$metric, no conversions" none \
    "$(equal "$(luma $metric setparams=range=full -noauto_conversion_filters)")"
done
