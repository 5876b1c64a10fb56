"""A small experiment that is really run, and how its results are compared."""

from pathlib import Path

import pandas as pd

FRAMES, FPS = 6, 30
CLIP = "clip_64x64_30.yuv"
EXPERIMENT = f"""
name: small
sequences: [{{file: {CLIP}}}]
codecs:
  - {{codec: x265, preset: ultrafast}}
  - {{codec: x264, preset: fast}}
layouts: [{{layout: anchor}}, {{layout: crs, gop: 3}}]
qps: [22, 27, 32, 37]
"""
POINTS = 2 * 2 * 4
CRS = "crs k2 δ5 + lanczos"
TIMES = ["encode_s", "encode_wall_s", "decode_s", "enhance_s"]


def result_tables(run: Path) -> dict[str, pd.DataFrame]:
    """Result tables without what times the machine took."""
    tables = {"points": pd.read_csv(run / "points.csv").drop(columns=TIMES)}
    tables["frames"] = pd.read_parquet(run / "frames.parquet")
    for name in "bd_all_frames", "bd_lr_frames":
        table = pd.read_csv(run / f"{name}.csv")
        tables[name] = table.drop(columns=[column for column in table if "time" in column])
    return tables


def assert_alike(run: Path, other: Path, without: tuple[str, ...] = ()) -> None:
    ours, theirs = result_tables(run), result_tables(other)
    for tables in ours, theirs:
        tables["points"] = tables["points"].drop(columns=[*without])
    for name, table in ours.items():
        pd.testing.assert_frame_equal(table, theirs[name], check_exact=True, obj=name)


def stamps(run: Path) -> dict[str, tuple[int, int]]:
    """When each finished point was written, and which file it is."""
    found = [(path.name, path.stat()) for path in (run / "points").glob("*.json")]
    return {name: (stat.st_mtime_ns, stat.st_ino) for name, stat in found}
