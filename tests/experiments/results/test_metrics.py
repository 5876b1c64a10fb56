"""A metric is one row of the catalogue: measured, in the table, in the report."""

import re

import ffmpeg
import numpy as np
import pytest
from click.testing import CliRunner

import bdrate
from codecpipe.metrics import catalogue
from codecpipe.metrics.catalogue import METRICS, FilterMetric
from codecpipe.metrics.filters import Filter
from experiments.commands.measure import measure_command
from experiments.report.write import write_report
from experiments.results.frames import clean_points, extra_metrics
from experiments.results.metrics import metric_of
from experiments.tables.bd import bd_rows


def _msad(videos, log, _features, _model):
    pair = ffmpeg.filter([videos.reference, videos.test], "msad", shortest=1)
    return pair.filter("metadata", mode="print", file=log)


def _msad_log(log, keys, _feature):
    frames = []
    for part in log.split("frame:")[1:]:
        found = dict(re.findall(r"lavfi\.msad\.msad\.([YUV])=([\d.]+)", part))
        frames.append({key: float(found[key[-1].upper()]) for key in keys})
    means = {key: sum(frame[key] for frame in frames) / len(frames) for key in keys}
    return frames, means


MSAD = FilterMetric(
    "msad",
    ("msad_y", "msad_u", "msad_v"),
    "MSAD",
    best="low",
    filter=Filter("msad", _msad),
    parse=_msad_log,
)


@pytest.fixture
def with_msad(monkeypatch):
    """The catalogue with one row more: FFmpeg's mean sum of absolute differences."""
    monkeypatch.setattr(catalogue, "METRICS", (*METRICS, MSAD))


@pytest.mark.parametrize("key", [key for metric in METRICS for key in metric.keys])
def test_the_catalogue_and_bdrate_say_the_same_of_a_metric(key):
    assert metric_of(key) == bdrate.metric_of(key)


def test_a_column_of_no_metric_goes_by_its_name():
    assert metric_of("lpips") == bdrate.metric_of("lpips")
    assert metric_of("msad_y").title == "msad_y"


@pytest.mark.codec
@pytest.mark.usefixtures("with_msad")
def test_a_new_row_is_measured(tmp_path):
    width, height = 64, 48
    clips = [np.full(2 * width * height * 3 // 2, level, np.uint8) for level in (100, 105)]
    for name, clip in zip("ab", clips, strict=True):
        clip.tofile(tmp_path / f"{name}_{width}x{height}.yuv")
    paths = [str(tmp_path / f"{name}_{width}x{height}.yuv") for name in "ab"]
    ran = CliRunner().invoke(measure_command, [*paths, "--metric", "psnr,msad", "--format", "csv"])
    assert ran.exit_code == 0, ran.output
    rows = dict(line.split(",") for line in ran.output.splitlines()[1:])
    assert float(rows["MSAD-Y"]) == pytest.approx(5 / 255, abs=1e-4)
    assert float(rows["PSNR-Y [dB]"]) == pytest.approx(20 * np.log10(255 / 5))


@pytest.mark.usefixtures("with_msad")
def test_a_new_row_is_in_the_tables_and_in_the_report(make_run, tmp_path):
    points, frames = make_run(methods=(("same", 1.0, 0.0, 1.0),))
    points["msad_y"] = 10 ** (-points["psnr_y"] / 20)
    points.loc[~points["is_anchor"], "rate_kbps"] *= 0.9
    assert extra_metrics(clean_points(points)) == ("msad_y",)
    cell = bd_rows(clean_points(points))[0].cells["bd_rate_msad_y_percent"]
    assert cell.value == pytest.approx(-10, abs=1e-6)  # lower is better, and less rate a saving
    files = write_report(points, frames, {}, tmp_path)
    html = files.html.read_text(encoding="utf-8")
    assert '<th scope="col">MSAD-Y</th>' in html
    assert "BD-rate MSAD-Y [%]" in files.tables[1].read_text(encoding="utf-8")


def test_without_the_row_its_column_is_no_metric(make_run):
    points, _ = make_run()
    points["msad_y"] = 1.0
    assert extra_metrics(clean_points(points)) == ()


@pytest.mark.codec
def test_the_table_of_a_measurement_names_each_metric_as_reports_do(tmp_path):
    path = tmp_path / "a_192x176.yuv"
    np.random.default_rng(1).integers(0, 256, 2 * 192 * 176 * 3 // 2, np.uint8).tofile(path)
    names = ",".join(metric.name for metric in METRICS)
    args = [str(path), str(path), "--metric", names, "--format", "csv"]
    ran = CliRunner().invoke(measure_command, args)
    assert ran.exit_code == 0, ran.output
    rows = dict(line.split(",") for line in ran.output.splitlines()[1:])
    assert list(rows) == [
        *(f"PSNR-{plane} [dB]" for plane in ("Y", "U", "V", "YUV")),
        *(f"PSNR-{plane} of the mean MSE [dB]" for plane in ("Y", "U", "V", "YUV")),
        *("SSIM", "MS-SSIM", "VMAF", "XPSNR-Y [dB]", "XPSNR-U [dB]", "XPSNR-V [dB]"),
    ]
    assert rows["XPSNR-Y [dB]"] == "inf"
    assert float(rows["SSIM"]) == 1
