#!/usr/bin/env bash
# x265 writes its options as text before every intra picture: most of a small all-intra stream.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 with x265 4.3+49 and x264 core 165 (imageio-ffmpeg 0.8.1).
#
# x264 writes such a message (SEI, user data) once a stream, x265 with each IDR and CRA picture,
# about 2.3 kB each time; `info=0` leaves it out. VPS, SPS and PPS come with each intra picture too,
# from both: through FFmpeg `repeat-headers=0` of x265 changes nothing.
#
# Seen (416x240, 10 frames, all intra, QP 51):
#   x264: 1 SEI, 10 PPS in 10 pictures
#   x265: 10 SEI of 22,700 bytes, 71 % of 32,011; 10 PPS, and 10 with repeat-headers=0
#   x265, info=0: 0 SEI, 9,311 bytes
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1
video source.yuv 416x240 10 yuv420p

coded() {
  ffmpeg -v error -f rawvideo -pix_fmt yuv420p -video_size 416x240 -i source.yuv -qp 51 -g 1 "$@" \
    2>log
}
coded -c:v libx264 -f h264 -y out.h264
coded -c:v libx265 -x265-params log-level=none:keyint=1 -f hevc -y out.hevc
coded -c:v libx265 -x265-params log-level=none:keyint=1:repeat-headers=0 -f hevc -y once.hevc
coded -c:v libx265 -x265-params log-level=none:keyint=1:info=0 -f hevc -y bare.hevc

cat >units.py <<'PY'
"""Numbers and bytes of the SEI and PPS units of Annex B streams, each FILE:SEI:PPS:SHIFT:MASK."""
import re
import sys

for argument in sys.argv[1:]:
    name, *numbers = argument.split(":")
    sei, pps, shift, mask = map(int, numbers)
    data = open(name, "rb").read()
    marks = [(m.start(), m.end()) for m in re.finditer(rb"\x00?\x00\x00\x01", data)]
    ends = [start for start, _ in marks[1:]] + [len(data)]
    units = [(data[header] >> shift & mask, end - start)
             for (start, header), end in zip(marks, ends)]
    size = sum(size for kind, size in units if kind == sei)
    print(sum(kind == sei for kind, _ in units), sum(kind == pps for kind, _ in units),
          round(100 * size / len(data)), size, len(data))
PY
python units.py out.h264:6:8:0:31 {out,once,bare}.hevc:39:34:1:63 >counted
{
  read -r avc_sei avc_pps _
  read -r sei pps share bytes total
  read -r _ once_pps _
  read -r bare _ _ _ bare_total
} <counted
echo "x265: $bytes of $total bytes are SEI, $share %; $bare_total bytes with info=0"
check "x264: SEI in 10 pictures" 1 "$avc_sei"
check "x264: PPS in 10 pictures" 10 "$avc_pps"
check "x265: SEI in 10 pictures" 10 "$sei"
check "x265: more than half of the stream" yes "$( ((share > 50)) && echo yes || echo no)"
check "x265: PPS in 10 pictures" 10 "$pps"
check "x265: PPS with repeat-headers=0" 10 "$once_pps"
check "x265: SEI with info=0" 0 "$bare"
