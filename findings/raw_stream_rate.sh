#!/usr/bin/env bash
# A raw HEVC, AVC or VVC stream of 50 Hz: FFmpeg's header line says "25 fps", its output has 50 Hz.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1).
#
# The line that `ffmpeg -i` prints has two rates: fps, an average, is 25 for any stream without a
# container, whatever rate its parameter sets give (the demuxer's default); tbr is the one of the
# parameter sets (of AVC, its double: fields). What it decodes and writes, to Y4M say, has 50 Hz.
#
# Seen:
#   HEVC: 25 fps, 50 tbr; Y4M F50:1
#   AVC:  25 fps, 100 tbr; Y4M F50:1
#   VVC:  25 fps, 50 tbr; Y4M F50:1
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1

# rates ENCODER CONTAINER PIXEL_FORMAT
rates() {
  ffmpeg -v error -f lavfi -i testsrc2=size=128x96:rate=50 -frames:v 4 -pix_fmt "$3" -c:v "$1" \
    -f "$2" -y out >log 2>&1
  ffmpeg -f "$2" -i out >log 2>&1 || true # it wants an output as well
  ffmpeg -v error -f "$2" -i out -strict -1 -f yuv4mpegpipe -y out.y4m
  echo "$(grep -oE '[0-9]+ fps, [0-9]+ tbr' log); Y4M $(head -n 1 out.y4m | grep -oE 'F[0-9:]+')"
}

check HEVC "25 fps, 50 tbr; Y4M F50:1" "$(rates libx265 hevc yuv420p)"
check AVC "25 fps, 100 tbr; Y4M F50:1" "$(rates libx264 h264 yuv420p)"
check VVC "25 fps, 50 tbr; Y4M F50:1" "$(rates libvvenc vvc yuv420p10le)"
