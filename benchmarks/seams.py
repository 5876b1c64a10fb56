"""What tiles change in a restored video, by the weights that come along, and whether seams show.

    codecpipe encode CLIP -o FILE.cpv --layout tds --gop 5 …
    python benchmarks/seams.py FILE.cpv [--enhancer srfr] [--tile 256] [--precision auto]

Restores FILE twice, whole frames and in tiles, and compares the LR frames' luma as it is put out,
in whole numbers. "Near" is within four samples of a seam. The step is the mean difference of two
neighbouring samples on both sides of a seam: one that the tiles made would be larger than in the
whole frames.
"""

import argparse
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np

from codecpipe.enhancer import restored
from codecpipe.opening import open_decoder
from encoders import get_codec
from enhancers import get_enhancer
from enhancers.engine.options import EngineOptions, parse_tile
from enhancers.engine.tiles import spans

NEAR = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--enhancer", default="srfr")
    parser.add_argument("--tile", type=int, default=256)
    parser.add_argument("--grid", type=int, default=8, help="What tiles begin on: 4·shuffle.")
    parser.add_argument("--precision", default="auto")
    args = parser.parse_args()
    near, far, steps = [], [], []
    with ExitStack() as stack:
        videos = []
        for tile in ("none", str(args.tile)):
            decoder = stack.enter_context(open_decoder(args.file, get_codec))
            options = EngineOptions("auto", args.precision, parse_tile(tile), False)
            videos.append(restored(decoder, get_enhancer(args.enhancer, options=options)))
        fmt, streams = decoder.fmt, decoder.manifest.streams
        lr = {at for stream in streams if Fraction(stream.scale) != 1 for at in stream.plan().shown}
        rows, columns = (
            [span.start for span in spans(side, args.tile, 0, args.grid)][1:]
            for side in (fmt.height, fmt.width)
        )
        if not rows and not columns:
            parser.error(f"a picture of {fmt.size} is one tile of {args.tile}: give a smaller one")
        at_seam = np.zeros((fmt.height, fmt.width), bool)
        for seam in rows:
            at_seam[seam - NEAR : seam + NEAR] = True
        for seam in columns:
            at_seam[:, seam - NEAR : seam + NEAR] = True
        for index, frames in enumerate(zip(*videos, strict=True)):
            if index not in lr:
                continue
            whole, tiled = (
                frame[: fmt.height * fmt.width].reshape(fmt.height, fmt.width).astype(np.int64)
                for frame in frames
            )
            change = abs(whole - tiled)
            near.append(change[at_seam])
            far.append(change[~at_seam])
            steps.append([_step(luma, rows, columns) for luma in (whole, tiled)])
    print(f"{fmt.size}, tiles of {args.tile}: {len(near)} LR frames")
    for name, parts in (("near seams", near), ("elsewhere", far)):
        all_of = np.concatenate(parts)
        share = np.mean(all_of > 0)
        print(f"{name}: {share:.4%} of {all_of.size} samples differ, by {all_of.max()} at most")
    whole_step, tiled_step = np.mean(steps, axis=0)
    print(f"mean step across seams: whole {whole_step:.5f}, in tiles {tiled_step:.5f}")


def _step(luma: np.ndarray, rows: list[int], columns: list[int]) -> float:
    parts = [abs(luma[seam] - luma[seam - 1]) for seam in rows]
    parts += [abs(luma[:, seam] - luma[:, seam - 1]) for seam in columns]
    return float(np.mean(np.concatenate(parts)))


if __name__ == "__main__":
    main()
