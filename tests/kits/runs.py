"""Runs that never ran, as they are loaded and as folders."""

import json

import yaml

from experiments.results.merge import LoadedRun

CRS = "crs k2 δ5 + lanczos"
YAML = {
    "name": "one",
    "sequences": [{"file": "a.yuv"}],
    "codecs": [{"codec": "x265", "preset": "fast"}],
    "layouts": [{"layout": "anchor"}, {"layout": "crs", "name": "mine"}],
}


def source(name):
    """The words of ``run.json`` on a source."""
    return f"{name}.yuv, SHA-256 of their samples {name.encode().hex():0>64}"


def meta_of(change=None, **meta):
    """Meta data with the experiment `YAML`, some of it changed."""
    return {"experiment_yaml": yaml.safe_dump({**YAML, **(change or {})}), **meta}


def loaded_run(name, points, frames, meta=None):
    """A run of some points and frames."""
    content = {
        "title": name,
        "anchor": "anchor",
        "bd_method": "pchip",
        "points": list(points["point"]),
        "sources": {sequence: source(sequence) for sequence in points["sequence"].unique()},
        **(meta or {}),
    }
    return LoadedRun(name, points, frames, content)


def cheaper(run, factor, method=CRS, name="b"):
    """The same run with a method's rates times ``factor``, by sequence or all alike."""
    points = run.points.copy()
    factors = factor if isinstance(factor, dict) else dict.fromkeys(points["sequence"], factor)
    chosen = points["method"] == method
    points.loc[chosen, "rate_kbps"] *= points.loc[chosen, "sequence"].map(factors)
    points["point"] = name + points["point"]
    return LoadedRun(name, points, run.frames.assign(point=name + run.frames["point"]), run.meta)


def written(folder, run):
    """The run as a folder of its own."""
    (folder / "points").mkdir(parents=True)
    for row in run.points.to_dict("records"):
        part = run.frames[run.frames["point"] == row["point"]]
        columns = part.drop(columns=[c for c in part if c in row and c not in ("psnr_y", "scale")])
        content = {"row": row, "frames": columns.to_dict("list")}
        (folder / "points" / f"{row['point']}.json").write_text(json.dumps(content))
    meta = {**run.meta, "points": list(run.points["point"]), **meta_of()}
    (folder / "run.json").write_text(json.dumps(meta))
    return folder
