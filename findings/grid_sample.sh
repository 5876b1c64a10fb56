#!/usr/bin/env bash
# torch's grid_sample: positions are exact for sides of powers of two only, and in bf16 for few.
#
# Version: torch 2.13.0 (CPU), numpy 2.4.6.
#
# Positions go in as fractions of the side, from -1 to 1. For a width of 416 a fifth of the whole
# numbers come back as others in float32, so that a warp by a whole motion vector interpolates, and
# the derivative with respect to the position, which jumps at whole numbers, is that of the wrong
# side. With sides padded to a power of two all are whole. A grid in bf16 is off by up to 0.4
# samples at that width, and by half a sample at 512; under autocast grid_sample computes in
# float32, which does not help: the grid itself must not be bf16.
#
# Seen (align_corners=False):
#   width 416: 81 samples are not the picture's own; a bf16 grid shifts by up to 0.375
#   width 512: 0 samples; 0.5
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages torch==2.13.0 numpy==2.4.6

cat >whole.py <<'PY'
import torch
from torch.nn.functional import grid_sample

torch.manual_seed(0)
for width in (416, 512):
    picture = torch.rand(1, 1, 1, width)
    whole = torch.arange(width)
    x = (2 * whole + 1) / width - 1
    grid = torch.stack((x, torch.zeros(width)), dim=-1).view(1, 1, width, 2)
    same = grid_sample(picture, grid, align_corners=False)
    moved = int((same != picture).sum())
    coarse = ((x.bfloat16().double() + 1) * width - 1) / 2
    ramp = whole.float().view(1, 1, 1, width)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        sampled = grid_sample(ramp, grid.bfloat16(), padding_mode="border", align_corners=False)
    shift = (sampled.flatten().double() - whole).abs().max()
    assert sampled.dtype == torch.float32
    assert abs(shift - (coarse - whole).abs().max()) < 1e-3
    print(width, moved, f"{shift:.3f}")
PY
python whole.py | tee seen
read -r _ moved shift <seen
check "416: not all whole" yes "$( ((moved > 20)) && echo yes || echo no)"
check "416: shift of a bf16 grid" 0.375 "$shift"
check "512" "512 0 0.500" "$(sed -n 2p seen)"
