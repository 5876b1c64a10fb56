"""What networks gain over the filters, from run folders of `codecpipe rd`, as Markdown.

    python benchmarks/gains.py RUN... [--plane y]

For each codec, configuration and layout: PSNR of the LR frames by bicubic, Lanczos and each
network, and each network's gain over both in dB, by clip and QP. Then BD-rates against the anchor
(pchip), of all frames and of the LR frames alone. Points that are not there yet are "–".
"""

import argparse
from pathlib import Path

import pandas as pd

FILTERS = ("bicubic", "lanczos")
PARTS = ["codec", "config", "layout"]
COUNTINGS = {"all frames": "bd_all_frames.csv", "LR frames alone": "bd_lr_frames.csv"}


def gains(run: Path, plane: str) -> pd.DataFrame:
    """PSNR of LR frames in dB: a row a layout, clip and QP, a column an enhancer."""
    points = pd.read_csv(run / "points.csv")[["point", "enhancer", "layout"]]
    frames = pd.read_parquet(run / "frames.parquet").merge(points, on="point")
    boundary = frames.groupby("point")["scale"].transform(lambda s: s.astype(float).max())
    low = frames[(frames["scale"].astype(float) == boundary) & frames["enhancer"].notna()]
    return low.pivot_table(
        index=[*PARTS, "sequence", "qp"], columns="enhancer", values=f"psnr_{plane}", sort=False
    )


def bd_rates(run: Path, plane: str) -> pd.DataFrame:
    """BD-rate in per cent against the anchor: a row a clip, a column a counting and a method."""
    found = {}
    for counting, file in COUNTINGS.items():
        table = pd.read_csv(run / file)
        table = table[table["scope"] == "sequence"]
        found[counting] = table.pivot_table(
            index=["codec", "config", "sequence"],
            columns="method",
            values=f"bd_rate_{plane}_percent",
            sort=False,
        )
    return pd.concat(found, axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--plane", choices=("y", "u", "v"), default="y")
    args = parser.parse_args()
    for run in args.runs:
        for part, table in gains(run, args.plane).groupby(PARTS, sort=False):
            print(f"{' '.join(map(str, part))}: PSNR-{args.plane.upper()} of LR frames [dB]\n")
            print(_markdown(_with_gains(table.dropna(axis=1, how="all")), "{:.2f}"), end="\n\n")
        print(f"BD-rate {args.plane.upper()} against the anchor [%]\n")
        print(_markdown(bd_rates(run, args.plane), "{:+.1f}"), end="\n\n")


def _with_gains(table: pd.DataFrame) -> pd.DataFrame:
    table = table.droplevel(PARTS).copy()
    for name in [column for column in table if column not in FILTERS]:
        for over in FILTERS:
            if over in table:
                table[f"{name} − {over}"] = table[name] - table[over]
    return table


def _markdown(table: pd.DataFrame, shown: str) -> str:
    cells = table.map(lambda value: "–" if pd.isna(value) else shown.format(value)).reset_index()
    cells.columns = [": ".join(filter(None, name)) if isinstance(name, tuple) else name
                     for name in cells.columns]  # fmt: skip
    return str(cells.to_markdown(index=False, disable_numparse=True))


if __name__ == "__main__":
    main()
