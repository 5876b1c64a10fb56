"""From run folders to the tables ``points`` and ``frames``, and to the files made of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from experiments.plan import PlannedEncode
from experiments.report import ReportFiles, write_report
from experiments.store import read_json, write_atomically

META = "run.json"


def keys_of(encodes: Sequence[PlannedEncode]) -> list[str]:
    """Keys of all points, in the order of the plan."""
    return [point.key for planned in encodes for point in planned.points]


def load_run(run: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Points, frames and meta data of a run folder; points that are not finished are left out.

    Raises:
        InputError: it is no run folder, or holds no finished point.
    """
    meta = read_json(run / META)
    if meta is None or not {"points", "anchor"} <= meta.keys():
        raise InputError(f"'{run}' is not a run folder: make one with 'codecpipe rd FILE -o {run}'")
    rows, frames, missing = [], [], 0
    for key in meta["points"]:
        result = read_json(run / "points" / f"{key}.json")
        if result is None:
            missing += 1
            continue
        # Finished points are kept when the experiment names another anchor.
        row = {**result["row"], "is_anchor": result["row"]["method"] == meta["anchor"]}
        rows.append(row)
        frame = pd.DataFrame(result["frames"])
        for name in ("qp", "is_anchor", "method", "config", "codec", "class", "sequence", "point"):
            frame.insert(0, name, row[name])
        frames.append(frame)
    if not rows:
        raise InputError(f"no point of '{run}' is finished: run 'codecpipe rd' again")
    meta["missing_points"] = missing
    return pd.DataFrame(rows), pd.concat(frames, ignore_index=True), meta


def merge_runs(
    runs: Sequence[Path], anchor: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Points, frames and meta data of several runs together; ``anchor`` names another method.

    Raises:
        InputError: no run, or no method of that name.
    """
    loaded = [load_run(run) for run in runs]
    points = pd.concat([one[0] for one in loaded], ignore_index=True)
    frames = pd.concat([one[1] for one in loaded], ignore_index=True)
    if len(loaded) > 1:
        points = points.drop_duplicates("point", ignore_index=True)
        frames = frames.drop_duplicates(["point", "frame"], ignore_index=True)
    meta = dict(loaded[0][2])
    if len(loaded) > 1:
        meta["title"] = " + ".join(str(one[2].get("title", "")) for one in loaded)
        for name in ("command_line", "experiment_yaml"):
            meta[name] = "\n".join(str(one[2].get(name, "")) for one in loaded)
        meta["catalogues"] = sorted({c for one in loaded for c in one[2].get("catalogues", ())})
        meta["sources"] = {k: v for one in loaded for k, v in one[2].get("sources", {}).items()}
    if anchor is not None:
        if anchor not in set(points["method"]):
            have = ", ".join(sorted(set(points["method"])))
            raise InputError(f"there is no method '{anchor}' in these runs: choose one of {have}")
        points["is_anchor"] = points["method"] == anchor
        frames["is_anchor"] = frames["method"] == anchor
    return points, frames, meta


def write_results(
    points: pd.DataFrame, frames: pd.DataFrame, meta: Mapping[str, Any], out: Path
) -> ReportFiles:
    """``points.csv``, ``frames.parquet``, BD tables, plots and ``report.html`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "points.csv", points.to_csv(index=False))
    part = out / ".frames.parquet.part"
    try:
        frames.to_parquet(part, index=False)
        part.replace(out / "frames.parquet")
    finally:
        part.unlink(missing_ok=True)
    unshown = ("points", "bd_method", "anchor", "catalogues")
    shown = {key: value for key, value in meta.items() if key not in unshown}
    if not shown.get("missing_points"):
        shown.pop("missing_points", None)
    return write_report(
        points,
        frames,
        shown,
        out,
        bd_method=str(meta.get("bd_method", "pchip")),
        catalogues=meta.get("catalogues", ()),
    )
