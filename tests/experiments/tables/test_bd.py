import csv
import io
import math

import bjontegaard
import numpy as np
import pandas as pd
import pytest

from codecpipe.errors import InputError
from experiments.results.frames import clean_points
from experiments.results.lr_frames import lr_points
from experiments.tables.bd import bd_rows
from experiments.tables.table import shown
from experiments.tables.view import bd_flat, bd_markdown, bd_overview, bd_texts, bd_view
from experiments.tables.writers.csv import csv as csv_text
from experiments.tables.writers.latex import latex

THREE = (("BasketballPass", "D"), ("BQSquare", "D"), ("Cactus", "B"))
ONE = (("crs k2", 0.83, -0.3, 2.0),)


def rows_of(rows, scope):
    return [row for row in rows if row.scope == scope]


def scaled_run(make_run, factor, **options):
    """A run whose only test method is its anchor at ``factor`` times the rate."""
    points, frames = make_run(methods=ONE, **options)
    anchor = points[points["is_anchor"]]
    test = anchor.assign(
        method="scaled", is_anchor=False, rate_kbps=factor * anchor["rate_kbps"], lr_keys="none"
    )
    return pd.concat([anchor, test], ignore_index=True), frames


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.3])
@pytest.mark.parametrize("bd_method", ["pchip", "cubic", "akima"])
def test_a_scaled_rate_is_that_bd_rate(make_run, factor, bd_method):
    points, _ = scaled_run(make_run, factor, sequences=THREE)
    for row in bd_rows(points, bd_method=bd_method):
        for plane in "y", "u", "v", "yuv":
            value = row.cells[f"bd_rate_{plane}_percent"].value
            assert value == pytest.approx(100 * (factor - 1), abs=1e-6)


def test_bd_agrees_with_an_independent_implementation(make_run):
    points, _ = make_run(sequences=THREE, configs=("LDP", "RA"))
    rows = rows_of(bd_rows(points), "sequence")
    assert len(rows) == 3 * 2 * 2
    for row in rows:
        same = points[(points["sequence"] == row.sequence) & (points["config"] == row.config)]
        anchor = same[same["is_anchor"]].sort_values("rate_kbps")
        test = same[same["method"] == row.method].sort_values("rate_kbps")
        rates = anchor["rate_kbps"].to_numpy(), test["rate_kbps"].to_numpy()
        for plane in "y", "u", "v", "yuv":
            psnr = anchor[f"psnr_{plane}"].to_numpy(), test[f"psnr_{plane}"].to_numpy()
            expected = bjontegaard.bd_rate(
                rates[0], psnr[0], rates[1], psnr[1], "pchip", min_overlap=0
            )
            assert row.cells[f"bd_rate_{plane}_percent"].value == pytest.approx(expected, abs=1e-6)
        expected = bjontegaard.bd_psnr(
            rates[0], anchor["psnr_y"].to_numpy(), rates[1], test["psnr_y"].to_numpy(),
            "pchip", min_overlap=0,
        )  # fmt: skip
        assert row.cells["bd_psnr_y_db"].value == pytest.approx(expected, abs=1e-6)


def test_class_and_overall_are_means_of_sequences(make_run):
    points, _ = make_run(sequences=THREE, methods=ONE)
    rows = bd_rows(points)
    key = "bd_rate_y_percent"
    by_name = {row.sequence: row.cells[key].value for row in rows_of(rows, "sequence")}
    by_class = {row.sequence_class: row.cells[key].value for row in rows_of(rows, "class")}
    assert by_class["D"] == pytest.approx((by_name["BasketballPass"] + by_name["BQSquare"]) / 2)
    assert by_class["B"] == pytest.approx(by_name["Cactus"])
    (overall,) = rows_of(rows, "overall")
    assert overall.cells[key].value == pytest.approx(sum(by_name.values()) / 3)
    assert overall.sequences == 3


def test_time_ratios_are_geometric_means_and_decoding_includes_enhancement(make_run):
    points, _ = make_run(methods=ONE, qps=(22, 27, 32, 37))
    test = ~points["is_anchor"]
    points.loc[~test, ["encode_s", "decode_s", "enhance_s"]] = [10.0, 1.0, 0.0]
    points.loc[test, "encode_s"] = [5.0, 20.0, 10.0, 10.0]
    points.loc[test, "decode_s"] = 0.5
    points.loc[test, "enhance_s"] = 3.5
    row = bd_rows(points)[0]
    assert row.cells["enc_time_percent"].value == pytest.approx(100)
    assert row.cells["dec_time_percent"].value == pytest.approx(400)


def test_the_anchor_is_that_of_the_same_codec_and_config(make_run):
    points, _ = scaled_run(make_run, 0.8, codecs=("x265", "vvenc"), configs=("AI", "RA"))
    other = (points["codec"] == "vvenc") & (points["config"] == "AI")
    points.loc[other, "rate_kbps"] *= 7
    for row in rows_of(bd_rows(points), "sequence"):
        assert row.cells["bd_rate_y_percent"].value == pytest.approx(-20, abs=1e-6)


def test_a_failed_bd_is_named_and_left_out_of_the_mean(make_run):
    points, _ = make_run(sequences=THREE, methods=ONE)
    bad = (points["sequence"] == "Cactus") & ~points["is_anchor"]
    points.loc[bad, "psnr_u"] = [40.0, 41.0, 39.0, 38.0]
    rows = bd_rows(points)
    cell = next(row for row in rows if row.sequence == "Cactus").cells["bd_rate_u_percent"]
    assert cell.value is None
    assert cell.error == "non-monotonic"
    assert cell.notes[0].startswith("non-monotonic: ")
    (overall,) = rows_of(rows, "overall")
    assert overall.cells["bd_rate_u_percent"].value is not None
    (note,) = overall.cells["bd_rate_u_percent"].notes
    assert note == "left-out: mean over 2 of 3 sequences, without Cactus (non-monotonic)."
    text = bd_markdown(bd_view(rows), "t")
    assert "non-monotonic<sup>" in text
    assert note in text


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda p: p[~p["is_anchor"]], "no-anchor"),
        (lambda p: p.assign(frames=p["frames"] - ~p["is_anchor"]), "different-frames"),
        (lambda p: p.assign(is_anchor=p["method"] != "crs k2 δ5 + lanczos"), "several-anchors"),
    ],
)
def test_points_that_must_not_be_compared_are_refused(make_run, spoil, name):
    points, _ = make_run()
    rows = bd_rows(spoil(points))
    assert rows[0].cells["bd_rate_y_percent"].error == name
    assert rows[0].cells["bd_rate_y_percent"].notes[0].startswith(f"{name}: ")
    assert name in bd_markdown(bd_view(rows), "t")


def test_different_measuring_depths_are_noted(make_run):
    points, _ = make_run(methods=ONE)
    points.loc[points["is_anchor"], "measured_bit_depth"] = 10
    assert "different-bit-depth" in bd_rows(points)[0].cells["bd_rate_y_percent"].notes[0]


def test_missing_planes_have_no_number_but_the_rest_has(make_run):
    points, _ = make_run(methods=ONE)
    points[["psnr_u", "psnr_v", "psnr_yuv"]] = math.nan
    cells = bd_rows(points)[0].cells
    assert cells["bd_rate_u_percent"].value is None
    assert cells["bd_rate_y_percent"].value is not None


def test_extra_metrics_get_a_column(make_run):
    points, _ = make_run(extra=("vmaf", "ssim"))
    cells = bd_rows(points)[0].cells
    assert cells["bd_rate_vmaf_percent"].value is not None
    assert cells["bd_rate_ssim_percent"].value is not None


def test_paid_keys_are_said(make_run):
    points, _ = make_run(methods=ONE, lr_keys="paid")
    assert all("lr-keys-paid" in row.notes[0] for row in bd_rows(points))


def test_bad_input_is_one_sentence(make_run):
    points, _ = make_run(methods=ONE)
    with pytest.raises(InputError, match="no rate point"):
        clean_points(points.head(0))
    with pytest.raises(InputError, match="rate_kbps"):
        clean_points(points.drop(columns="rate_kbps"))
    with pytest.raises(InputError):
        bd_rows(points, bd_method="spline")


def test_lr_points_count_the_low_resolution_frames_of_both(make_run):
    points, frames = make_run(methods=ONE, n_frames=17)
    lr = lr_points(frames, points)
    assert set(lr["frames"]) == {14}  # all but the keys 0, 8 and 16
    assert set(lr.loc[lr["is_anchor"], "anchor_for"]) == {"crs k2"}
    row = lr[(lr["method"] == "anchor") & (lr["qp"] == 32)].iloc[0]
    of_anchor = frames[(frames["point"] == row["point"]) & (frames["frame"] % 8 != 0)]
    assert row["rate_kbps"] == pytest.approx(of_anchor["bits"].sum() * 50 / 14 / 1000)
    assert row["psnr_y"] == pytest.approx(np.mean(of_anchor["psnr_y"]))
    means = [np.mean(of_anchor[f"psnr_{plane}"]) for plane in "yuv"]
    assert row["psnr_yuv"] == pytest.approx((6 * means[0] + means[1] + means[2]) / 8)


def test_lr_bd_of_a_scaled_lr_stream_is_the_scale(make_run):
    points, frames = make_run(methods=(("crs k2", 1.0, 0.0, 2.0),))
    low = frames["scale"] > 1
    anchor = frames[frames["is_anchor"]].set_index(["qp", "frame"])
    same = pd.MultiIndex.from_frame(frames.loc[low, ["qp", "frame"]])
    for plane in "yuv":
        frames.loc[low, f"psnr_{plane}"] = anchor.loc[same, f"psnr_{plane}"].to_numpy()
    frames["bits"] = frames["bits"].astype(float)
    frames.loc[low, "bits"] = 0.7 * anchor.loc[same, "bits"].to_numpy()
    frames.loc[frames["key_frame"] & ~frames["is_anchor"], "bits"] *= 9  # must not count
    row = bd_rows(lr_points(frames, points), times=False)[0]
    assert row.cells["bd_rate_y_percent"].value == pytest.approx(-30, abs=1e-6)
    assert "enc_time_percent" not in row.cells


def test_each_method_has_the_anchor_of_its_own_lr_frames(make_run):
    points, frames = make_run()
    lr = lr_points(frames, points)
    counts = lr[lr["is_anchor"]].groupby("anchor_for")["frames"].unique()
    assert counts["uniform k2 + lanczos"].tolist() == [17]
    assert counts["crs k2 δ5 + lanczos"].tolist() == [14]


def test_lr_comparison_is_refused_where_the_anchor_lacks_a_frame(make_run):
    points, frames = make_run(methods=ONE)
    short = frames[~(frames["is_anchor"] & (frames["frame"] == 3))]
    row = bd_rows(lr_points(short, points), times=False)[0]
    assert row.cells["bd_rate_y_percent"].error == "different-frames"


def test_boundaries_below_source_size_are_no_lr_frames(make_run):
    points, frames = make_run(methods=(("tds 4x", 0.8, 0.0, 4.0),), n_frames=10)
    test = ~frames["is_anchor"]
    boundary = test & frames["frame"].isin([0, 4, 5, 9])
    frames.loc[test, "key_frame"] = False
    frames.loc[boundary, ["scale", "key_frame"]] = [2.0, True]
    lr = lr_points(frames, points)
    assert set(lr["frames"]) == {6}
    row = lr[(lr["anchor_for"] == "tds 4x") & (lr["qp"] == 32)].iloc[0]
    used = frames[(frames["point"] == row["point"]) & frames["frame"].isin([1, 2, 3, 6, 7, 8])]
    assert row["rate_kbps"] == pytest.approx(used["bits"].sum() * 50 / 6 / 1000)
    assert row["psnr_y"] == pytest.approx(used["psnr_y"].mean())


def test_no_lr_frames_no_lr_points(make_run):
    points, frames = make_run(methods=(("denoise", 0.9, 0.0, 1.0),))
    assert lr_points(frames, points).empty
    assert lr_points(frames.head(0), points).empty


def test_csv_has_all_digits_and_one_line_a_row(make_run):
    points, _ = make_run(sequences=THREE)
    rows = bd_rows(points)
    lines = list(csv.DictReader(io.StringIO(csv_text([bd_flat(rows)]))))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert float(line["bd_rate_y_percent"]) == row.cells["bd_rate_y_percent"].value
        assert (line["scope"], line["sequence"]) == (row.scope, row.sequence)


def test_latex_is_balanced_and_escaped(make_run):
    points, _ = make_run(sequences=THREE, methods=(("50%_crs & δ5", 0.8, -0.2, 2.0),))
    text = latex(bd_view(bd_rows(points)), title="BD")
    assert r"50\%\_crs \& $\delta$5" in text
    assert text.count(r"\begin{") == text.count(r"\end{")
    for table in text.split(r"\begin{tabular}{")[1:]:
        columns = table.index("}")
        body = table[: table.index(r"\end{tabular}")].splitlines()[1:]
        plain = [line for line in body if line.endswith(r"\\") and "multicolumn" not in line]
        assert all(line.replace(r"\&", "").count("&") == columns - 1 for line in plain)


def test_the_overview_is_a_table_of_means_for_each_configuration(make_run):
    points, _ = make_run(sequences=THREE, configs=("RA", "LDP"))
    tables = bd_overview(bd_rows(points), "all frames")
    titles = [f"x265, {config}: BD against anchor, all frames" for config in ("RA", "LDP")]
    assert [table.title for table in tables] == titles
    assert [[row.cells[1] for row in table.rows] for table in tables] == [["3", "3"]] * 2
    (table,) = bd_overview(bd_rows(make_run()[0]), "all frames")
    assert table.rows[0].cells[1] == "BasketballPass"
    y = table.columns[2]
    assert y.full_head == "BD-rate Y [%]"
    assert float(shown(table.rows[0].cells[2], y)) == round(table.rows[0].cells[2].value, 2)


def test_the_overview_has_the_notes_of_all_sequences(make_run):
    points, _ = make_run(sequences=THREE, methods=ONE)
    gone = (points["sequence"] == "Cactus") & ~points["is_anchor"] & (points["qp"] == 37)
    (table,) = bd_overview(bd_rows(points[~gone]), "all frames")
    (note,) = [note for note in table.notes if note.startswith("few-points: ")]
    assert "[Cactus, x265 LDP, crs k2: BD-rate Y, BD-rate U" in note


def test_same_input_same_texts(make_run):
    points, _ = make_run(sequences=THREE)
    one, two = (bd_texts(bd_rows(points), "bd", "t") for _ in range(2))
    assert list(one) == ["bd.csv", "bd.md", "bd.tex"]
    assert one == two


def test_only_an_anchor_gives_empty_tables(make_run):
    points, _ = make_run(methods=())
    assert bd_rows(points) == ()
    assert all(bd_texts((), "bd", "t").values())
    assert bd_overview((), "all frames") == ()
