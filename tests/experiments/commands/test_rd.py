"""``codecpipe rd`` and ``report``: the results, and going on with others."""

import json
import shutil
import zipfile

import pytest
from kits.commands import forked, succeeds
from kits.small_run import (
    CLIP,
    CRS,
    EXPERIMENT,
    FPS,
    FRAMES,
    POINTS,
    assert_alike,
    result_tables,
    stamps,
)

pytestmark = pytest.mark.codec


def test_results_agree_with_the_files(small_run):
    run = small_run / "quiet"
    tables = result_tables(run)
    points, frames = tables["points"], tables["frames"]
    assert len(points) == POINTS
    for row in points.itertuples():
        with zipfile.ZipFile(run / row.cpv) as archive:
            sizes = [e.file_size for e in archive.infolist() if e.filename != "manifest.json"]
        assert row.stream_bytes == sum(sizes)
        assert row.rate_kbps == pytest.approx(8 * sum(sizes) * FPS / FRAMES / 1000, rel=1e-12)
        of_point = frames[frames["point"] == row.point]
        assert list(of_point["frame"]) == list(range(FRAMES))
        assert of_point["bits"].sum() == 8 * sum(sizes)
        assert of_point["psnr_y"].mean() == pytest.approx(row.psnr_y, rel=1e-12)
    assert set(points.loc[points["is_anchor"], "method"]) == {"anchor"}
    crs = points[points["method"] == CRS]
    assert set(crs["lr_keys"]) == {"injected"}
    keys = frames[(frames["method"] == CRS) & frames["key_frame"]]
    assert set(keys["frame"]) == {0, 3}
    rates = points.groupby(["codec", "method"], sort=False)["rate_kbps"]
    assert all(rate.is_monotonic_decreasing for _, rate in rates)  # QPs rise


def test_all_files_are_there(small_run):
    run = small_run / "quiet"
    for name in "bd_all_frames", "bd_lr_frames":
        for suffix in ".csv", ".md", ".tex":
            assert "crs" in (run / f"{name}{suffix}").read_text(encoding="utf-8")
    bd = result_tables(run)["bd_all_frames"]
    assert set(bd["codec"]) == {"x265 ultrafast", "x264 fast"}
    plots = sorted((run / "plots").glob("rd_*"))
    assert {path.suffix for path in plots} == {".svg"}
    html = (run / "report.html").read_text(encoding="utf-8")
    assert "x264 fast" in html
    assert 'src="http' not in html
    assert (run / "experiment.yaml").read_text() == EXPERIMENT
    assert not (run / "work").exists()


def test_each_point_measures_as_its_decoded_file_does(small_run, tmp_path):
    points = result_tables(small_run / "quiet")["points"]
    for codec in "x265 ultrafast", "x264 fast":
        row = points[(points["method"] == CRS) & (points["codec"] == codec)].iloc[-1]
        decoded = tmp_path / f"{row['point']}.y4m"
        succeeds("decode", f"quiet/{row['cpv']}", "-o", decoded, cwd=small_run)
        argv = ("measure", CLIP, decoded, "--json")
        means = json.loads(succeeds(*argv, cwd=small_run))["means"]
        for name in "psnr_y", "psnr_u", "psnr_v", "psnr_yuv":
            assert means[name] == pytest.approx(row[name], abs=1e-9), name


def test_points_csv_is_a_file_of_curves(small_run):
    lines = (small_run / "quiet" / "points.csv").read_text(encoding="utf-8").splitlines()
    for name, word in (("anchor", ",anchor,"), ("crs", f",{CRS},")):
        kept = [line for line in lines[1:] if word in line and "x265" in line]
        (small_run / f"{name}.csv").write_text("\n".join([lines[0], *kept]), encoding="utf-8")
    document = json.loads(succeeds("bdrate", "anchor.csv", "crs.csv", "--json", cwd=small_run))
    bd = result_tables(small_run / "quiet")["bd_all_frames"]
    row = bd[(bd["codec"] == "x265 ultrafast") & (bd["scope"] == "sequence")].iloc[0]
    result = document[0]["results"]["psnr_y"]
    found = result.get("bd_psnr_db", result.get("bd_quality"))
    assert found == pytest.approx(row["bd_psnr_y_db"], abs=1e-9)


def test_a_second_start_computes_nothing(small_run):
    run = small_run / "quiet"
    before = stamps(run)
    cpvs = {path: path.stat().st_mtime_ns for path in (run / "cpv").iterdir()}
    ran = forked("rd", "exp.yaml", "-o", "quiet", cwd=small_run)
    assert (ran.code, ran.err) == (0, "16 of 16 points were finished before\n")
    assert stamps(run) == before
    assert {path: path.stat().st_mtime_ns for path in (run / "cpv").iterdir()} == cpvs


def test_dry_run_lists_and_computes_nothing(small_run):
    out = succeeds("rd", "exp.yaml", "-o", "dry", "--dry-run", cwd=small_run)
    assert f"{POINTS} rate points from {POINTS} files" in out
    assert out.count(CRS) == out.count("anchor (anchor)") == POINTS / 2
    assert not (small_run / "dry").exists()


def test_report_again_and_against_another_anchor(small_run):
    run = small_run / "quiet"
    kept = small_run / "copy"
    shutil.copytree(run, kept)
    for path in kept.glob("bd_*"):
        path.unlink()
    succeeds("report", "copy", cwd=small_run)
    assert_alike(kept, run)
    out = succeeds("report", "quiet", "--anchor", CRS, "-o", "other", cwd=small_run)
    assert f"BD against {CRS}" in out
    again = result_tables(small_run / "other")
    assert set(again["points"].loc[again["points"]["is_anchor"], "method"]) == {CRS}
    assert set(again["bd_all_frames"]["method"]) == {"anchor"}
    ran = forked("report", "quiet", "--anchor", "HM", "-o", "x", cwd=small_run)
    assert ran.code == 1
    assert f"choose one of anchor, {CRS}" in ran.err


def test_another_anchor_in_the_file_needs_no_new_points(small_run):
    shutil.copytree(small_run / "quiet", small_run / "turned")
    before = stamps(small_run / "turned")
    (small_run / "turned.yaml").write_text(EXPERIMENT + f"anchor: {CRS}\n", encoding="utf-8")
    out = succeeds("rd", "turned.yaml", "-o", "turned", cwd=small_run)
    assert f"BD against {CRS}" in out
    assert stamps(small_run / "turned") == before
    tables = result_tables(small_run / "turned")
    for name in "points", "frames":
        table = tables[name]
        assert set(table.loc[table["is_anchor"], "method"]) == {CRS}
    assert set(tables["bd_all_frames"]["method"]) == {"anchor"}


def test_another_enhancer_needs_no_new_encoding(small_run):
    more = small_run / "more"
    shutil.copytree(small_run / "quiet", more)
    before = stamps(more)
    cpvs = {path: path.stat().st_mtime_ns for path in (more / "cpv").iterdir()}
    (small_run / "more.yaml").write_text(EXPERIMENT + "enhancers: [lanczos, bicubic]\n")
    succeeds("rd", "more.yaml", "-o", "more", cwd=small_run)
    now = stamps(more)
    assert {name: now[name] for name in before} == before
    assert len(now) == len(before) + 8
    assert {path: path.stat().st_mtime_ns for path in (more / "cpv").iterdir()} == cpvs


def test_two_experiments_in_one_folder(small_run):
    shutil.copytree(small_run / "quiet", small_run / "both")
    before = stamps(small_run / "both")
    text = EXPERIMENT.replace("crs, gop: 3", "uniform").replace("name: small", "name: other")
    text = text.replace("  - {codec: x264, preset: fast}\n", "")
    (small_run / "other.yaml").write_text(text)
    succeeds("rd", "other.yaml", "-o", "both", cwd=small_run)
    now = stamps(small_run / "both")
    assert {name: now[name] for name in before} == before
    assert len(now) == len(before) + 4  # the anchor's points served both
    points = result_tables(small_run / "both")["points"]
    assert set(points["method"]) == {"anchor", "uniform k2 δ5 + lanczos"}
    succeeds("rd", "exp.yaml", "-o", "both", cwd=small_run)
    assert stamps(small_run / "both") == now
    assert_alike(small_run / "both", small_run / "quiet")
