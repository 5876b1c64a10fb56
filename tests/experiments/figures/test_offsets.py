"""Bars of the times and tiles of an adaptive layout's decisions."""

import numpy as np
import pytest
from PIL import Image

from experiments.figures.modes import decisions, modes_figure
from experiments.figures.offsets_of_run import qp_figures
from experiments.figures.plots import all_plots
from experiments.figures.style import method_styles, mode_fills, save, svg_bytes
from experiments.figures.times import times_figure
from experiments.report.write import write_report

CRS = "crs k2 δ5 + lanczos"


def _texts(axes):
    return [text.get_text() for text in axes.texts]


# --- times ---------------------------------------------------------------------------------------


def test_bars_are_the_geometric_mean_of_the_ratios_to_the_anchor(make_run):
    points, _ = make_run(sequences=(("A", "D"), ("B", "B")))
    points["encode_s"] = 4.0
    crs = points["method"] == CRS
    points.loc[crs & (points["sequence"] == "A"), "encode_s"] = 2.0
    points.loc[crs & (points["sequence"] == "B"), "encode_s"] = 8.0
    points.loc[points["method"].str.startswith("uniform"), "encode_s"] = 1.0
    figure = times_figure(points, method_styles(points), title="t")
    encoding, decoding = figure.axes
    labels = [text.get_text() for text in encoding.get_yticklabels()]
    assert labels == ["anchor", "uniform k2 + lanczos", CRS]
    widths = [patch.get_width() for patch in encoding.patches]
    assert widths == pytest.approx([100, 25, 100])
    assert _texts(encoding) == ["100 % (4 s)", "25 % (1 s)", "100 % (5 s)"]
    # Decoding and enhancement are stacked; together they are the ratio.
    assert len(decoding.patches) == 2 * 3
    crs_parts = [patch.get_width() for patch in decoding.patches[-2:]]
    row = points[crs].mean(numeric_only=True)
    assert crs_parts[1] / sum(crs_parts) == pytest.approx(
        row["enhance_s"] / (row["enhance_s"] + row["decode_s"])
    )


def test_without_an_anchor_bars_are_seconds(make_run):
    points, _ = make_run()
    points = points[~points["is_anchor"]]
    axes = times_figure(points, method_styles(points), title="t").axes[0]
    assert axes.get_xlabel() == "CPU time [s]"
    assert axes.patches[0].get_width() == pytest.approx(points["encode_s"].iloc[:4].mean())


def test_without_times_there_are_no_bars(make_run):
    points, _ = make_run()
    nothing = points.drop(columns=["encode_s", "decode_s", "enhance_s"])
    assert times_figure(nothing, method_styles(points), title="t") is None
    zero = points.assign(encode_s=0.0, decode_s=np.nan)
    assert times_figure(zero, method_styles(points), title="t") is None
    half = points.assign(encode_s=np.nan)
    assert len(times_figure(half, method_styles(points), title="t").axes) == 1


def test_a_method_that_shares_no_qp_with_the_anchor_says_so(make_run):
    points, _ = make_run()
    points.loc[points["method"] == CRS, "qp"] += 1
    axes = times_figure(points, method_styles(points), title="t").axes[0]
    assert _texts(axes)[-1] == "no time to compare with"


# --- decisions -----------------------------------------------------------------------------------


@pytest.fixture
def adaptive(make_run):
    """A run with an adaptive method whose GOPs of 8 are coded in two ways."""
    points, frames = make_run(sequences=(("A", "D"), ("B", "D")))
    chosen = points["method"] == CRS
    points.loc[chosen, "layout"] = "adaptive"
    frames["mode"] = np.where(
        frames["method"] != CRS, None, np.where(frames["frame"] < 8, "anchor", "crs k2")
    )
    return points, frames


def test_tiles_are_gops_and_runs_of_one_mode(adaptive):
    points, frames = adaptive
    decided = decisions(points, frames)
    assert set(decided["method"]) == {CRS}
    one = decided[decided["sequence"] == "A"]
    figure = modes_figure(one, mode_fills(["anchor", "crs k2"]), title="t")
    (axes,) = figure.axes
    tiles = [(p.get_x(), p.get_width()) for p in axes.patches]
    # 17 frames: a GOP as the anchor, a GOP and its last frame, which begins the next one, as CRS.
    assert tiles == [(0, 8), (8, 8), (16, 1)] * 4
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        f"QP {qp}" for qp in (22, 27, 32, 37)
    ]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["anchor", "crs k2"]


def test_a_figure_a_sequence_and_a_place_in_the_report(adaptive, tmp_path):
    points, frames = adaptive
    plots = [plot for plot in all_plots(points, frames) if plot.kind == "modes"]
    assert [plot.alt.partition(":")[0] for plot in plots] == [
        f"Decisions of {sequence}, x265 LDP, {CRS}" for sequence in "AB"
    ]
    assert svg_bytes(plots[0].figure) != svg_bytes(all_plots(points, frames)[0].figure)
    files = write_report(points, frames, {}, tmp_path)
    html = files.html.read_text(encoding="utf-8")
    assert '<a href="#modes">' in html
    assert 'id="modes"' in html
    assert "Decisions of A, x265 LDP, crs k2 δ5 + lanczos" in html


def test_other_layouts_have_none(make_run, adaptive, tmp_path):
    points, frames = make_run()
    assert decisions(points, frames).empty
    html = write_report(points, frames, {}, tmp_path).html.read_text(encoding="utf-8")
    assert "#modes" not in html
    assert "#qp" not in html
    points, frames = adaptive
    points["layout"] = "crs"
    assert decisions(points, frames).empty
    assert not [plot for plot in all_plots(points, frames.head(0)) if plot.kind == "modes"]


# --- several QP offsets of one layout ------------------------------------------------------------


def _grid(make_run, deltas=(2, 4, 6), label="crs k2 δ{} + lanczos"):
    methods = tuple((label.format(d), 0.8 + 0.03 * abs(d - 4), -0.1, 2.0) for d in deltas)
    points, frames = make_run(methods=methods, sequences=(("A", "D"), ("B", "D")))
    for delta, (name, *_) in zip(deltas, methods, strict=True):
        points.loc[points["method"] == name, "delta_qp"] = delta
    return points, frames


@pytest.mark.parametrize(
    ("label", "method"),
    [("crs k2 δ{} + lanczos", "crs k2 + lanczos"), ("offset {}", "crs + lanczos")],
)
def test_three_offsets_of_a_layout_are_studied(make_run, label, method):
    points, _ = _grid(make_run, label=label)
    found = list(qp_figures(points))
    assert [(kind, where) for kind, where, _ in found] == [
        (kind, (sequence, "x265", "LDP", method)) for sequence in "AB" for kind in ("heat", "cloud")
    ]
    heat = found[0][2].axes[0]
    assert [text.get_text() for text in heat.get_yticklabels()] == ["2", "4", "6"]
    assert [text.get_text() for text in heat.get_xticklabels()] == ["22", "27", "32", "37"]


def test_fewer_offsets_or_no_anchor_or_several_layouts_are_not(make_run):
    points, _ = _grid(make_run, deltas=(2, 4))
    assert not list(qp_figures(points))
    points, _ = _grid(make_run)
    assert not list(qp_figures(points[~points["is_anchor"]]))
    assert not list(qp_figures(points.drop(columns="delta_qp")))
    points.loc[points["method"] == "crs k2 δ2 + lanczos", "scale"] = 4.0
    assert not list(qp_figures(points))


def test_they_are_in_the_report_and_turn_grey(make_run, tmp_path):
    points, frames = _grid(make_run)
    points = points[points["sequence"] == "A"]
    html = write_report(points, frames.head(0), {}, tmp_path).html.read_text(encoding="utf-8")
    assert '<a href="#qp">' in html
    assert "QP study of A, x265 LDP, crs k2 + lanczos" in html
    for plot in all_plots(points, frames.head(0), palette="grey"):
        (path,) = save(plot.figure, tmp_path, "x", ("png",))
        pixels = np.asarray(Image.open(path).convert("RGB"), dtype=int)
        assert np.ptp(pixels, axis=2).max() <= 2, plot.stem
