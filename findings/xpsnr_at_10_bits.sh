#!/usr/bin/env bash
# xpsnr above 8 bits: identical pictures of width 424 get a few dB, or less than none.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1).
#
# At 8 bits identical videos have an XPSNR of infinity. At 10 bits they have about -1 dB where lines
# are padded in memory: straight from a decoder or after a filter, if the bytes of a line of luma or
# chroma are no multiple of the alignment (widths 416, 424, 480; not 832, 1280, 1920). Frames of raw
# video files have no padding, and come out right. It is the second input that is read as if its
# lines followed each other without gaps.
#
# Seen (luma, 424x240, a file against itself):
#   8 bits:  decoded inf
#   10 bits: decoded -1.0130; raw inf; raw, first through a filter inf, second -1.0130
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1

# luma GRAPH INPUT…: XPSNR of luma.
luma() {
  ffmpeg "${@:2}" -lavfi "$1" -f null - 2>&1 | sed -nE 's/.*XPSNR +y: (\S+).*/\1/p'
}
finite() { [[ $1 == inf || -z $1 ]] && echo "${1:-none}" || echo finite; }

for format in yuv420p yuv420p10le; do
  video $format.yuv 424x240 3 $format
  ffmpeg -v error -f rawvideo -pix_fmt $format -video_size 424x240 -i $format.yuv -c:v ffv1 \
    -y $format.mkv
done
raw=(-f rawvideo -pix_fmt yuv420p10le -video_size 424x240 -i yuv420p10le.yuv)

seen=$(luma xpsnr -i yuv420p10le.mkv -i yuv420p10le.mkv)
echo "10 bits, decoded: $seen dB"
check "8 bits, decoded" inf "$(luma xpsnr -i yuv420p.mkv -i yuv420p.mkv)"
check "10 bits, decoded" finite "$(finite "$seen")"
check "10 bits, raw" inf "$(luma xpsnr "${raw[@]}" "${raw[@]}")"
check "10 bits, first through a filter" inf \
  "$(luma '[0]copy[a];[a][1]xpsnr' "${raw[@]}" "${raw[@]}")"
check "10 bits, second through a filter" finite \
  "$(finite "$(luma '[1]copy[b];[0][b]xpsnr' "${raw[@]}" "${raw[@]}")")"
