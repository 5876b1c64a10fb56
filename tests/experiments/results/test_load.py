"""From run folders to tables and files."""

import json

import pandas as pd
import pytest

from codecpipe.errors import InputError
from experiments.report.write import write_report
from experiments.results.load import load_run, merge_runs

METHOD = "crs k2 δ5 + lanczos"


@pytest.fixture
def run_folder(make_run, tmp_path):
    """``run_folder(name, anchor="anchor", lost=0, **options)``: a folder as a run leaves it."""

    def make(name, anchor="anchor", lost=0, **options):
        points, frames = make_run(**options)
        folder = tmp_path / name
        (folder / "points").mkdir(parents=True)
        keys = list(points["point"])
        for row in points.to_dict("records"):
            of_point = frames[frames["point"] == row["point"]]
            columns = of_point.drop(columns=[c for c in of_point if c in row and c[:4] != "psnr"])
            columns = columns.drop(columns="scale", errors="ignore").assign(scale=of_point["scale"])
            result = {"row": row, "frames": columns.to_dict("list")}
            (folder / "points" / f"{row['point']}.json").write_text(json.dumps(result))
        for key in keys[:lost]:
            (folder / "points" / f"{key}.json").unlink()
        meta = {
            **{"title": name, "bd_method": "pchip", "anchor": anchor, "points": keys},
            **{"command_line": f"codecpipe rd {name}", "experiment_yaml": f"name: {name}\n"},
            "sources": {name: "a file"},
        }
        (folder / "run.json").write_text(json.dumps(meta))
        return folder

    return make


def test_points_come_in_the_order_of_the_plan(run_folder, make_run):
    run = load_run(run_folder("a"))
    points, frames = run.points, run.frames
    expected, all_frames = make_run()
    assert list(points["point"]) == list(expected["point"])
    assert len(frames) == len(all_frames)
    assert (run.name, run.meta["missing_points"]) == ("a", 0)
    for _, part in frames.groupby("point"):
        assert list(part["frame"]) == list(range(17))


def test_missing_points_are_counted(run_folder):
    run = load_run(run_folder("a", lost=3))
    assert run.meta["missing_points"] == 3
    assert len(run.points) == 3 * 4 - 3


def test_points_that_the_run_does_not_name_are_left_out(run_folder):
    folder = run_folder("a")
    meta = json.loads((folder / "run.json").read_text())
    left_out = meta["points"].pop()
    (folder / "run.json").write_text(json.dumps(meta))
    run = load_run(folder)
    assert left_out not in set(run.points["point"]) | set(run.frames["point"])


def test_the_anchor_is_the_runs_not_the_points_own(run_folder):
    run = load_run(run_folder("a", anchor=METHOD))
    for table in run.points, run.frames:
        assert set(table.loc[table["is_anchor"].astype(bool), "method"]) == {METHOD}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "not a run folder"),
        ("{}", "not a run folder"),
        ("[]", "is damaged"),
        ("{", "is damaged"),
        ('{"points": [], "anchor": "anchor"}', "no point"),
        ('{"points": ["x"], "anchor": "anchor"}', "no point"),
    ],
)
def test_what_is_no_run_is_refused(tmp_path, content, words):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match=words):
        load_run(tmp_path)


def test_runs_are_merged_and_shared_points_counted_once(run_folder):
    a, b = run_folder("a"), run_folder("b", sequences=(("BasketballPass", "D"), ("Cactus", "B")))
    points, frames, meta = merge_runs([a, b])
    assert len(points) == 2 * 12
    assert not points["point"].duplicated().any()
    assert not frames.duplicated(["point", "frame"]).any()
    assert meta["title"] == "a + b"
    assert meta["command_line"] == "codecpipe rd a\ncodecpipe rd b"
    assert set(meta["sources"]) == {"a", "b"}


def test_another_anchor_can_be_named(run_folder):
    folder = run_folder("a")
    points, frames, _ = merge_runs([folder], METHOD)
    for table in points, frames:
        assert set(table.loc[table["is_anchor"], "method"]) == {METHOD}
    with pytest.raises(InputError, match="choose one of anchor, crs"):
        merge_runs([folder], "HM")


def test_boundaries_of_two_sizes_are_not_one_method(run_folder):
    """Points from before there were such say nothing of them, also beside others of their run."""
    runs = {}
    for name, scales in (("old", ()), ("mixed", (1.0, None)), ("one", (1.0,)), ("half", (2.0,))):
        runs[name] = run_folder(name)
        for at, path in enumerate(sorted((runs[name] / "points").glob("*.json")) if scales else ()):
            result = json.loads(path.read_text())
            result["row"]["boundary_scale"] = scales[at % len(scales)]
            path.write_text(json.dumps(result))
    for fine in ("old", "mixed"):
        assert len(merge_runs([runs[fine], runs["one"]])[0]) == 12
    with pytest.raises(InputError, match=r"boundary_scale 1\.0.*boundary_scale 2\.0"):
        merge_runs([runs["one"], runs["half"]])


def test_all_files_are_written_and_read_back(run_folder, tmp_path):
    points, frames, meta = merge_runs([run_folder("a", lost=1)])
    out = tmp_path / "deep" / "out"
    files = write_report(points, frames, meta, out)
    assert files.html == out / "report.html"
    pd.testing.assert_frame_equal(
        pd.read_csv(out / "points.csv", keep_default_na=False), points, check_dtype=False
    )
    pd.testing.assert_frame_equal(pd.read_parquet(out / "frames.parquet"), frames)
    html = files.html.read_text(encoding="utf-8")
    assert "codecpipe rd a" in html
    assert "missing points" in html.lower().replace("_", " ")
    whole = write_report(points, frames, {**meta, "missing_points": 0}, tmp_path / "whole")
    assert "missing points" not in whole.html.read_text(encoding="utf-8").lower().replace("_", " ")
    assert not list(out.rglob("*.part"))


def test_a_failed_write_leaves_the_old_table_and_no_part(run_folder, tmp_path, monkeypatch):
    points, frames, meta = merge_runs([run_folder("a")])
    write_report(points, frames, meta, tmp_path / "out")
    before = (tmp_path / "out" / "frames.parquet").read_bytes()

    def fail(_self, path, **_):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(OSError, match="No space"):
        write_report(points, frames, meta, tmp_path / "out")
    assert (tmp_path / "out" / "frames.parquet").read_bytes() == before
    assert not list((tmp_path / "out").rglob("*.part"))
