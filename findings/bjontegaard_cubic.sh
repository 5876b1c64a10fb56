#!/usr/bin/env bash
# The package bjontegaard: a curve that falls has a BD-rate by `cubic`, and none by the others.
#
# Version: bjontegaard 1.3.0, numpy 2.4.6, scipy 1.17.1.
#
# Where PSNR falls by 2 dB from one rate to the next, rate is no function of PSNR. pchip and akima
# raise ValueError. cubic fits its polynomial to the points all the same and gives -9.9 % without a
# warning; with two rates of one PSNR it gives a number, too, beside numpy's RankWarning.
#
# Seen (rates 100, 200, 400, 800; anchor 30, 33, 36, 39 dB):
#   test 30, 35, 33, 39 dB: cubic -9.9, pchip ValueError, akima ValueError
#   test 30, 33, 33, 39 dB: cubic 30.5, pchip ValueError, akima ValueError
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages bjontegaard==1.3.0 numpy==2.4.6 scipy==1.17.1

cat >falling.py <<'PY'
import warnings

import bjontegaard

warnings.simplefilter("ignore")
RATES = [100, 200, 400, 800]
ANCHOR = [30, 33, 36, 39]
for name, psnr in (("falling", [30, 35, 33, 39]), ("level", [30, 33, 33, 39])):
    for method in ("cubic", "pchip", "akima"):
        try:
            seen = f"{bjontegaard.bd_rate(RATES, ANCHOR, RATES, psnr, method):.1f}"
        except ValueError:
            seen = "ValueError"
        print(name, method, seen)
PY
python falling.py | tee seen
seen() { sed -nE "s/^$1 $2 //p" seen; }
for curve in falling level; do
  check "$curve, pchip" ValueError "$(seen $curve pchip)"
  check "$curve, akima" ValueError "$(seen $curve akima)"
done
check "falling, cubic" -9.9 "$(seen falling cubic)"
check "level, cubic" 30.5 "$(seen level cubic)"
