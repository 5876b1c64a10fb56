#!/usr/bin/env bash
# ffmpeg-python: two inputs of the same file become one, and the same filter on both is an error.
#
# Version: ffmpeg-python 0.2.0.
#
# Nodes are compared by their arguments: the second `ffmpeg.input` of a file is the first again. A
# filter of two inputs, to measure a file against itself, then has one `-i` and reads it twice; as
# soon as both sides pass a filter with equal arguments, compiling fails with "multiple outgoing
# edges". Two spellings of the name (`file:` before one) keep them apart.
#
# Seen:
#   psnr of two inputs: -i a.y4m -filter_complex [0][0]psnr[s0] …
#   both trimmed: ValueError
#   second as file:a.y4m, both trimmed: two -i
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages ffmpeg-python==0.2.0

cat >inputs.py <<'PY'
import ffmpeg


def compared(first, second, trimmed):
    sides = [ffmpeg.input(first), ffmpeg.input(second)]
    if trimmed:
        sides = [side.filter("trim", end_frame=3) for side in sides]
    try:
        command = ffmpeg.filter(sides, "psnr").output("-", format="null").compile()
    except ValueError as error:
        return f"ValueError, edges {'multiple outgoing edges' in str(error)}"
    return f"inputs {command.count('-i')}"


print(compared("a.y4m", "a.y4m", trimmed=False))
print(compared("a.y4m", "a.y4m", trimmed=True))
print(compared("a.y4m", "file:a.y4m", trimmed=True))
PY
python inputs.py >seen
check "psnr of two inputs" "inputs 1" "$(sed -n 1p seen)"
check "both trimmed" "ValueError, edges True" "$(sed -n 2p seen)"
check "two spellings, both trimmed" "inputs 2" "$(sed -n 3p seen)"
