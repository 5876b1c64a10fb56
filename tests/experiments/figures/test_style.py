"""Figures for papers: told apart by the colour-blind and in grey, the same bytes every time."""

import io
import re
from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from experiments.figures import style as plot_style
from experiments.figures.plots import all_plots, write_plots
from experiments.figures.style import RC, method_styles, mode_fills, new_figure, save

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])
TEN = tuple((f"crs k2 δ{n}", 0.8 + 0.02 * n, -0.05 * n, 2.0) for n in range(10))


def lab(colour, vision):
    """CIE L*a*b* of a colour as it is seen."""
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_line_colours_are_far_apart_for_the_colour_blind(vision, make_run):
    points, _ = make_run(methods=TEN[:6])
    seen = [lab(style.colour, vision) for style in method_styles(points).values()]
    assert len(seen) == 7
    # 2.3 is a just noticeable difference; 15 is plain in a thin line.
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15
    white = lab("#ffffff", vision)
    assert min(np.linalg.norm(white - one) for one in seen) > 25


@pytest.mark.parametrize("palette", plot_style.PALETTES)
def test_without_colour_lines_differ_by_marker_and_dashes(palette, make_run):
    points, _ = make_run(methods=TEN)
    styles = method_styles(points, palette)
    assert len({style.marker for style in styles.values()}) == 11
    pairs = list(styles.values())
    for a, b in pairwise(pairs):
        assert str(a.dashes) != str(b.dashes)
    assert max(lab(style.colour, "normal")[0] for style in pairs) < 75  # L* of white is 100


def test_greys_are_grey_and_neighbours_differ(make_run):
    points, _ = make_run(methods=TEN)
    colours = [style.colour for style in method_styles(points, "grey").values()]
    colours += [fill.colour for fill in mode_fills([f"m{n}" for n in range(9)], "grey").values()]
    assert all(re.fullmatch(r"#(..)\1\1", colour) for colour in colours)
    light = [lab(colour, "normal")[0] for colour in colours[:11]]
    assert all(abs(a - b) > 10 for a, b in pairwise(light))


@pytest.mark.parametrize("palette", plot_style.PALETTES)
def test_areas_differ_by_hatch(palette):
    fills = mode_fills(["uniform k2", "anchor", *(f"crs k{n}" for n in range(2, 9))], palette)
    assert (fills["anchor"].colour, fills["anchor"].hatch) == ("#ffffff", "")
    others = [fill.hatch for mode, fill in fills.items() if mode != "anchor"]
    assert len(set(others)) == len(others) == 8
    # Black hatches are seen on all of them.
    assert min(lab(fill.colour, "normal")[0] for fill in fills.values()) > 50
    assert mode_fills(["crs k2", "anchor"], palette) == mode_fills(["anchor", "crs k2"], palette)


def test_grey_figures_have_no_colour(make_run, tmp_path, monkeypatch):
    monkeypatch.setenv("CODECPIPE_FIGURES", "png")
    points, frames = make_run()
    frames = _adaptive(points, frames)
    plots = all_plots(points, frames, palette="grey")
    assert {plot.kind for plot in plots} == {"rd", "frames", "times", "modes"}
    for path in write_plots(plots, tmp_path):
        pixels = np.asarray(Image.open(path).convert("RGB"), dtype=int)
        assert np.ptp(pixels, axis=2).max() <= 2


def _adaptive(points, frames):
    chosen = points["method"].str.startswith("crs")
    points.loc[chosen, "layout"] = "adaptive"
    mode = np.where(frames["frame"] < 8, "anchor", "crs k2")
    return frames.assign(mode=np.where(frames["method"].str.startswith("crs"), mode, None))


def _figure():
    with mpl.rc_context(RC):
        figure = new_figure(3, 2)
        figure.subplots().plot([1, 2], [3, 4], label="crs k2 δ5 lanczos↓ ∞")
        figure.legend()
    return figure


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_same_figure_same_file_without_a_date(suffix, tmp_path):
    files = [save(_figure(), tmp_path, name, (suffix,))[0].read_bytes() for name in "ab"]
    assert files[0] == files[1]
    assert not re.search(rb"CreationDate|dc:date|tIME|20[2-9]\d-\d\d-\d\d", files[0])


def test_pdf_has_truetype_text_and_no_missing_glyph(tmp_path, recwarn):
    (path,) = save(_figure(), tmp_path, "x", ("pdf",))
    data = path.read_bytes()
    assert b"/Type0" in data or b"/TrueType" in data
    assert b"/Type3" not in data
    assert b"DejaVuSans" in data
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_png_is_two_hundred_dpi(tmp_path):
    (path,) = save(_figure(), tmp_path, "x", ("png",))
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        assert image.size == (600, 400)
