"""What networks gain over the filters, from run folders of `codecpipe rd`, as Markdown.

    python benchmarks/gains.py RUN... [--plane y] [--long]

For each codec, configuration, layout and network: what the LR frames' PSNR gains over bicubic and
over Lanczos in dB, by clip and QP; with --long the PSNRs. Then BD-rates against the anchor (pchip),
of all frames and of the LR frames alone. What is not there yet is "–".
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


def bd_rates(file: Path, plane: str) -> pd.DataFrame:
    """BD-rate in per cent against the anchor: a row a clip, a column a method."""
    table = pd.read_csv(file)
    return table[table["scope"] == "sequence"].pivot_table(
        index=["codec", "config", "sequence"],
        columns="method",
        values=f"bd_rate_{plane}_percent",
        sort=False,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--plane", choices=("y", "u", "v"), default="y")
    parser.add_argument("--long", action="store_true", help="PSNRs, too.")
    args = parser.parse_args()
    for run in args.runs:
        for part, table in gains(run, args.plane).groupby(PARTS, sort=False):
            found = table.droplevel(PARTS).dropna(axis=1, how="all")
            what = f"{' '.join(map(str, part))}, {args.plane.upper()} of LR frames [dB]"
            if args.long:
                print(f"{what}: PSNR\n\n{_markdown(found, '{:.2f}')}\n")
            for network in [column for column in found if column not in FILTERS]:
                print(f"{what}: {network} over bicubic / Lanczos\n")
                print(_markdown(_over_filters(found, network), "{}"), end="\n\n")
        for counting, file in COUNTINGS.items():
            print(f"BD-rate {args.plane.upper()} against the anchor, {counting} [%]\n")
            print(_markdown(bd_rates(run / file, args.plane), "{:+.1f}"), end="\n\n")


def _over_filters(psnr_db: pd.DataFrame, network: str) -> pd.DataFrame:
    """A row a clip, a column a QP."""
    cells = psnr_db.apply(
        lambda row: (
            " / ".join(f"{row[network] - row[name]:+.2f}" for name in FILTERS if name in row)
            if pd.notna(row[network])
            else None
        ),
        axis=1,
    )
    return cells.unstack("qp", sort=False)


def _markdown(table: pd.DataFrame, shown: str) -> str:
    cells = table.map(lambda value: "–" if pd.isna(value) else shown.format(value)).reset_index()
    return str(cells.to_markdown(index=False, disable_numparse=True))


if __name__ == "__main__":
    main()
