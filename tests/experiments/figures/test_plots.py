import pytest

from codecpipe.errors import InputError
from experiments.figures.plots import all_plots, middle_qp, write_plots
from experiments.figures.rd import rd_figure
from experiments.figures.style import figure_formats, method_styles, svg_bytes

TEN = tuple((f"crs k2 δ{n}", 0.8 + 0.02 * n, -0.05 * n, 2.0) for n in range(10))


def test_every_sequence_codec_and_config_has_both_plots(make_run, tmp_path, monkeypatch):
    monkeypatch.delenv("CODECPIPE_FIGURES")
    points, frames = make_run(sequences=(("A b/c", "D"), ("A:b c", "D")), configs=("RA", "LDP"))
    plots = all_plots(points, frames)
    assert len(plots) == 2 * 2 * 2 + 2
    assert [plot.kind for plot in plots].count("times") == 2  # RA and LDP
    assert len({plot.stem for plot in plots}) == len(plots)
    paths = write_plots(plots[:2], tmp_path)
    assert [path.suffix for path in paths] == [".png", ".svg", ".pdf"] * 2
    assert all(path.parent == tmp_path and path.stat().st_size > 1000 for path in paths)
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert paths[2].read_bytes().startswith(b"%PDF")


def test_figures_of_an_earlier_experiment_go_and_those_of_others_stay(
    make_run, tmp_path, monkeypatch
):
    points, frames = make_run()
    plots = all_plots(points, frames)
    monkeypatch.setenv("CODECPIPE_FIGURES", "svg,png")
    write_plots(plots, tmp_path)
    others = tmp_path / "mine.png", tmp_path / "rd_notes.txt"
    for path in others:
        path.touch()
    monkeypatch.setenv("CODECPIPE_FIGURES", "svg")
    kept = write_plots(plots[:1], tmp_path)
    assert {*tmp_path.iterdir()} == {*kept, *others}


def test_formats_are_those_that_the_user_names(monkeypatch):
    monkeypatch.setenv("CODECPIPE_FIGURES", "svg, pdf")
    assert figure_formats() == ("svg", "pdf")
    monkeypatch.setenv("CODECPIPE_FIGURES", "svg,gif")
    with pytest.raises(InputError, match="CODECPIPE_FIGURES names 'gif': write some of png,svg"):
        figure_formats()


def test_styles_differ_and_stay_with_the_method(make_run):
    points, _ = make_run(methods=TEN)
    styles = method_styles(points)
    assert styles["anchor"].colour == "#000000"
    assert styles["anchor"].dashes == "-"
    # Told apart without colour.
    assert len({(style.marker, str(style.dashes)) for style in styles.values()}) == 11
    assert method_styles(points) == styles


def test_rd_plot_shows_all_methods_and_the_anchors_qps(make_run):
    points, _ = make_run()
    figure = rd_figure(points, method_styles(points))
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert len(axes.lines) == 3
    assert [text.get_text() for text in axes.texts] == ["QP 37", "QP 32", "QP 27", "QP 22"]
    for line in axes.lines:
        assert list(line.get_xdata()) == sorted(line.get_xdata())


@pytest.mark.parametrize(
    ("rate_axis", "scales"), [("linear", ["linear"]), ("both", ["linear", "log"])]
)
def test_rate_axis_can_be_chosen(make_run, rate_axis, scales):
    points, _ = make_run()
    figure = rd_figure(points, method_styles(points), rate_axis=rate_axis)
    assert [axes.get_xscale() for axes in figure.axes] == scales


def test_frame_plot_is_at_a_qp_that_all_have_and_rings_keys(make_run):
    points, frames = make_run(n_frames=17)
    points = points[~((points["qp"] == 32) & (points["method"] == "uniform k2 + lanczos"))]
    assert middle_qp(points) == 27
    plot = all_plots(points, frames)[1]
    assert plot.kind == "frames"
    assert plot.alt.endswith(" at QP 27")
    top, bottom = plot.figure.axes
    rings = [list(line.get_xdata()) for line in top.lines if line.get_linestyle() == "None"]
    assert [0, 8, 16] in rings
    lines = [line for line in top.lines if line.get_linestyle() != "None"]
    assert len(lines) == len(bottom.lines) == 3


@pytest.mark.filterwarnings("error")
def test_long_and_odd_runs_draw(make_run):
    points, frames = make_run(
        sequences=(("", ""), ("$x_1$", "")), methods=(("a$b", 0.8, 0.0, 2.0),), n_frames=129
    )
    frames.loc[0, "bits"] = 0
    points.loc[1, "psnr_y"] = float("nan")
    for plot in all_plots(points, frames):
        assert svg_bytes(plot.figure)


def test_without_frames_there_is_no_frame_plot(make_run):
    points, frames = make_run()
    assert [plot.kind for plot in all_plots(points, frames.head(0))] == ["rd", "times"]


def test_an_svg_is_the_same_every_time(make_run):
    points, frames = make_run()
    first, second = (
        [svg_bytes(plot.figure) for plot in all_plots(points, frames)] for _ in range(2)
    )
    assert first == second
    assert b"dc:date" not in first[0]


@pytest.mark.parametrize("factor", [1.0, 1.08, 1.5, 20.0])
def test_a_narrow_log_axis_still_has_ticks(make_run, factor):
    points, _ = make_run(methods=())
    points["rate_kbps"] = [100 * factor, 100 * factor**0.6, 100 * factor**0.3, 100.0]
    figure = rd_figure(points, method_styles(points))
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    assert sum(low <= tick <= high for tick in figure.axes[0].get_xticks()) >= 2
