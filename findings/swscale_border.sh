#!/usr/bin/env bash
# swscale scaling up by bicubic: the left and the upper border are not the right and the lower one.
#
# Version: FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1), numpy 2.4.6.
#
# Scaling a mirrored picture does not give the mirrored result. Where the kernel reaches over the
# right or lower border, swscale puts the weight onto the last sample, which is what repeating the
# border does. At the left and upper one it drops some of it and normalizes the rest: the third
# sample of the result is another one. This is so with accurate_rnd+bitexact, too.
#
# Seen (random 64x48 samples to 128x96):
#   columns that differ from those of the picture mirrored twice: 2 125; rows: 2 93
#   largest difference inside: 0, at these: 6
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1 numpy==2.4.6

cat >border.py <<'PY'
import subprocess
import sys

import numpy as np


def scaled(picture):
    command = [sys.argv[1], "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray",
               "-video_size", "64x48", "-i", "-",
               "-vf", "scale=128:96:flags=bicubic+accurate_rnd+bitexact",
               "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    run = subprocess.run(command, input=picture.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.frombuffer(run.stdout, np.uint8).reshape(96, 128).astype(int)


picture = np.random.default_rng(1).integers(0, 256, (48, 64), dtype=np.uint8)
difference = np.abs(scaled(picture) - scaled(picture[::-1, ::-1])[::-1, ::-1])
# Rounding alone may make differences of 1.
print(*np.flatnonzero((difference[8:-8] > 1).any(axis=0)))
print(*np.flatnonzero((difference[:, 8:-8] > 1).any(axis=1)))
print(difference[8:-8, 8:-8].max(), difference.max())
PY
python border.py "$ffmpeg_path" >seen
cat seen
check "columns that differ" "2 125" "$(sed -n 1p seen)"
check "rows that differ" "2 93" "$(sed -n 2p seen)"
