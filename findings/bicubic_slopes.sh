#!/usr/bin/env bash
# "Bicubic" is three kernels: a = -0.75 in torch, -0.5 in torch with antialias, -0.6 in swscale.
#
# Versions: torch 2.13.0 (CPU), FFmpeg n9.0.2-17-g2a571b6068 (imageio-ffmpeg 0.8.1), numpy 2.4.6.
#
# Keys' cubic convolution has one parameter, a, its slope at distance 1. `antialias=True` of
# torch.nn.functional.interpolate changes it also where a picture is scaled up and nothing can
# alias. swscale's default is (B, C) = (0, 0.6), which is a = -0.6. A network that adds its output
# to torch's bicubic picture must first undo the difference to the one that swscale made.
#
# Seen (×2 up of an impulse, at distances 0.25, 0.75 and 1.75, a by least squares):
#   torch 0.8789 0.2617 -0.0352, a = -0.750;  antialias 0.8672 0.2266 -0.0234, a = -0.500
#   swscale 0.8719 0.2407 -0.0282, a = -0.600
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ffmpeg_of 0.8.1 torch==2.13.0 numpy==2.4.6

cat >slopes.py <<'PY'
import subprocess
import sys

import numpy as np
import torch
from torch.nn.functional import interpolate

SIZE, AT = 32, 16
DISTANCES = np.array([0.25, 0.75, 1.75])


def slope(weights):
    """a of the cubic kernel with these weights at DISTANCES; the kernel is linear in a."""
    def kernel(a):
        x = DISTANCES
        near = (a + 2) * x**3 - (a + 3) * x**2 + 1
        return np.where(x < 1, near, a * (x**3 - 5 * x**2 + 8 * x - 4))
    change = kernel(1.0) - kernel(0.0)
    return float(change @ (weights - kernel(0.0)) / (change @ change))


def show(name, line):
    weights = line[[2 * AT, 2 * AT + 2, 2 * AT + 4]]
    print(name, *(f"{w:.4f}" for w in weights), f"a={slope(weights):.3f}")


columns = torch.zeros(1, 1, SIZE, SIZE, dtype=torch.float64)
columns[..., AT] = 1
for antialias in (False, True):
    up = interpolate(columns, scale_factor=2, mode="bicubic", antialias=antialias)
    show("antialias" if antialias else "torch", up[0, 0, SIZE].numpy())

low, high = 20000, 40000
picture = np.full((SIZE, SIZE), low, "<u2")
picture[:, AT] = high
command = [sys.argv[1], "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray16le",
           "-video_size", f"{SIZE}x{SIZE}", "-i", "-",
           "-vf", f"scale={2 * SIZE}:{2 * SIZE}:flags=bicubic+accurate_rnd+bitexact",
           "-f", "rawvideo", "-pix_fmt", "gray16le", "-"]
out = subprocess.run(command, input=picture.tobytes(), stdout=subprocess.PIPE, check=True).stdout
up = np.frombuffer(out, "<u2").reshape(2 * SIZE, 2 * SIZE)[SIZE].astype(float)
show("swscale", (up - low) / (high - low))
PY
python slopes.py "$ffmpeg_path" | tee seen
slope_of() { sed -nE "s/^$1 .*a=//p" seen; }
check "a of torch" -0.750 "$(slope_of torch)"
check "a of torch with antialias" -0.500 "$(slope_of antialias)"
check "a of swscale" -0.600 "$(slope_of swscale)"
