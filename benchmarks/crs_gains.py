"""What a network gains over the filters, from run folders of `codecpipe rd`.

    python benchmarks/crs_gains.py RUN...

For each clip and QP: PSNR-Y of the LR frames by bicubic, Lanczos and the network, in dB over each.
For each clip: BD-rate Y of all frames against the anchor (pchip).
"""

import argparse
from pathlib import Path

import pandas as pd


def gains(run: Path) -> pd.DataFrame:
    """dB of the LR frames' PSNR-Y: a row a clip and QP, a column an enhancer."""
    points = pd.read_csv(run / "points.csv")[["point", "enhancer"]]
    frames = pd.read_parquet(run / "frames.parquet").merge(points, on="point")
    low = frames[(frames["scale"].astype(float) > 1) & frames["enhancer"].notna()]
    return low.pivot_table(
        index=["codec", "sequence", "qp"], columns="enhancer", values="psnr_y", sort=False
    )


def bd_rates(run: Path) -> pd.DataFrame:
    """BD-rate Y in per cent against the anchor: a row a clip, a column a method."""
    table = pd.read_csv(run / "bd_all_frames.csv")
    table = table[table["scope"] == "sequence"]
    return table.pivot_table(
        index=["codec", "sequence"], columns="method", values="bd_rate_y_percent", sort=False
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    for run in parser.parse_args().runs:
        table = gains(run)
        for name in [column for column in table if column not in ("bicubic", "lanczos")]:
            for over in ("bicubic", "lanczos"):
                table[f"{name} over {over}"] = table[name] - table[over]
        print(table.round(2).to_markdown(), end="\n\n")
        print(bd_rates(run).round(2).to_markdown(), end="\n\n")


if __name__ == "__main__":
    main()
