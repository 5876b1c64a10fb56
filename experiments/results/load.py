"""From run folders to the tables ``points`` and ``frames``, and to the files made of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from codecpipe.errors import InputError
from experiments.results.merge import LoadedRun, merged
from experiments.run.store import read_json, write_atomically

META = "run.json"


def load_run(folder: str | Path, name: str | None = None) -> LoadedRun:
    """Points, frames and meta data of a run folder; points that are not finished are left out.

    Args:
        folder: what ``codecpipe rd`` wrote.
        name: what messages call the run; None: as its folder is called.

    Raises:
        InputError: it is no run folder, or holds no finished point.
    """
    run = Path(folder)
    meta = read_json(run / META)
    if meta is None or not {"points", "anchor"} <= meta.keys():
        raise InputError(f"'{run}' is not a run folder: make one with 'codecpipe rd FILE -o {run}'")
    rows, frames, missing = [], [], 0
    for point in meta["points"]:
        result = read_json(run / "points" / f"{point}.json")
        if result is None:
            missing += 1
            continue
        # Finished points are kept when the experiment names another anchor.
        row = {**result["row"], "is_anchor": result["row"]["method"] == meta["anchor"]}
        rows.append(row)
        frame = pd.DataFrame(result["frames"])
        for key in ("qp", "is_anchor", "method", "config", "codec", "class", "sequence", "point"):
            frame.insert(0, key, row[key])
        frames.append(frame)
    if not rows:
        raise InputError(f"no point of '{run}' is finished: run 'codecpipe rd' again")
    meta["missing_points"] = missing
    return LoadedRun(
        name=run.resolve().name if name is None else name,
        points=pd.DataFrame(rows),
        frames=pd.concat(frames, ignore_index=True),
        meta=meta,
    )


def merge_runs(
    runs: Sequence[Path], anchor: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Points, frames and meta data of several runs together; ``anchor`` names another method.

    Raises:
        InputError: no run, no method of that name, or the runs do not go together.
    """
    loaded = load_runs(runs)
    points, frames, meta = loaded[0].points, loaded[0].frames, dict(loaded[0].meta)
    if len(loaded) > 1:
        points, frames, meta = merged(loaded)
    anchors = {str(run.meta["anchor"]): run.name for run in loaded}
    if anchor is None and len(anchors) > 1:
        said = ", ".join(f"'{method}' in '{name}'" for method, name in anchors.items())
        raise InputError(f"the runs have different anchors ({said}): name one with --anchor")
    chosen = anchor or str(meta["anchor"])
    if anchor is not None and anchor not in set(points["method"]):
        have = ", ".join(sorted(set(points["method"])))
        raise InputError(f"there is no method '{anchor}' in these runs: choose one of {have}")
    points["is_anchor"] = points["method"] == chosen
    frames["is_anchor"] = frames["method"] == chosen
    return points, frames, meta


def load_runs(runs: Sequence[Path]) -> list[LoadedRun]:
    """Run folders, each under its folder's name, or under its path where two have one name.

    Raises:
        InputError: as `load_run`, or a folder is named twice.
    """
    folders = [run.resolve() for run in runs]
    twice = [run for run, folder in zip(runs, folders, strict=True) if folders.count(folder) > 1]
    if twice:
        raise InputError(f"'{twice[0]}' is named twice: name each run once")
    names = [folder.name for folder in folders]
    return [
        load_run(run, str(run) if names.count(name) > 1 else name)
        for run, name in zip(runs, names, strict=True)
    ]


def write_points(points: pd.DataFrame, frames: pd.DataFrame, out: Path) -> None:
    """``points.csv`` and ``frames.parquet`` into ``out``, each whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "points.csv", points.to_csv(index=False))
    part = out / ".frames.parquet.part"
    try:
        frames.to_parquet(part, index=False)
        part.replace(out / "frames.parquet")
    finally:
        part.unlink(missing_ok=True)


def shown_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a run's meta data that a report shows."""
    unshown = {"points", "bd_method", "anchor", "catalogues", "remarks"}
    if not meta.get("missing_points"):
        unshown.add("missing_points")
    return {key: value for key, value in meta.items() if key not in unshown}
