"""Parameters and operations of the CRS variants, as the table in docs/enhancers/crs.md.

    python benchmarks/crs_size.py

GFLOP by formula (`enhancers.crs.cost`, tested against PyTorch's counter), for LDP and k = 2:
restoring a 4:2:0 picture with features of frames and keys kept, and exact matching on top of it,
which grows with the square of the picture's area.
"""

from tabulate import tabulate

from enhancers.crs.config import VARIANTS
from enhancers.crs.cost import cost
from enhancers.crs.method import METHOD
from enhancers.crs.network import Crs

SIZES = ((416, 240), (1280, 720), (1920, 1080))


def row(name: str, planes: int) -> list[str]:
    config = METHOD.config(name, planes=planes)
    cells = [name, "Y" if planes == 1 else "UV"]
    cells.append(f"{sum(p.numel() for p in Crs(config).parameters()):,}")
    for width, height in SIZES:
        at = cost(config, height // planes, width // planes)
        cells.append(f"{at.frame / 1e9:,.1f} + {at.matching / 1e9:,.1f}")
        cells.append(f"{at.key / 1e9:,.1f}")
    return cells


def main() -> None:
    heads = ["variant", "planes", "parameters"]
    for width, height in SIZES:
        heads += [f"{width}×{height}: GFLOP a picture + matching", "a key"]
    rows = [row(name, planes) for name in VARIANTS for planes in (1, 2)]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
