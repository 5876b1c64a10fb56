"""Which curves of two files belong together."""

import pytest

from bdrate import BadArgumentError, BDResult, CurveFileError, UnpairedError, compare_files

POINTS = ((100, 30), (200, 33), (400, 36), (800, 38))


def write(path, groups, columns=("sequence", "class")):
    """``groups``: (key values, factor on the rate) for each curve."""
    lines = [",".join((*columns, "qp", "rate_kbps", "psnr_y", "psnr_u"))]
    for values, factor in groups:
        for qp, (rate, quality) in enumerate(POINTS):
            lines.append(",".join(map(str, (*values, qp, rate * factor, quality, quality + 4))))
    path.write_text("\n".join(lines) + "\n")
    return path


def rates(comparisons):
    return [round(c.results["psnr_y"].bd_rate_percent, 6) for c in comparisons]


def test_sequences_are_paired_by_name_and_not_by_order(tmp_path):
    anchor = write(tmp_path / "a.csv", [(("S1", "B"), 1), (("S2", "C"), 2)])
    test = write(tmp_path / "t.csv", [(("S2", "C"), 1), (("S1", "B"), 0.9)])
    found = compare_files(anchor, test, ("psnr_y", "psnr_u"))
    assert rates(found) == [-50, -10]
    assert found[0].keys == {"sequence": "S2", "class": "C"}
    assert found[1].results["psnr_u"].bd_rate_percent == pytest.approx(-10)


def test_each_variant_is_compared_with_the_one_anchor(tmp_path):
    columns = ("sequence", "layout")
    anchor = write(tmp_path / "a.csv", [(("S1", "anchor"), 1), (("S2", "anchor"), 1)], columns)
    groups = [((s, layout), f) for s in ("S1", "S2") for layout, f in (("crs", 0.9), ("tds", 0.8))]
    found = compare_files(anchor, write(tmp_path / "t.csv", groups, columns))
    assert rates(found) == [-10, -20, -10, -20]
    assert found[1].keys == {"sequence": "S1", "layout": "tds"}


def test_columns_that_vary_in_both_files_are_matched(tmp_path):
    columns = ("sequence", "codec", "layout")
    anchor = [(("S1", "x265", "anchor"), 1), (("S1", "vvenc", "anchor"), 2)]
    test = [(("S1", "vvenc", "crs"), 1), (("S1", "x265", "crs"), 0.9)]
    found = compare_files(
        write(tmp_path / "a.csv", anchor, columns), write(tmp_path / "t.csv", test, columns)
    )
    assert rates(found) == [-50, -10]


def test_different_sequences_are_never_compared(tmp_path):
    anchor = write(tmp_path / "a.csv", [(("S1", "B"), 1)])
    test = write(tmp_path / "t.csv", [(("S2", "B"), 1)])
    with pytest.raises(UnpairedError, match=r"sequence.*S2 against S1"):
        compare_files(anchor, test)


def test_different_configurations_are_never_compared(tmp_path):
    columns = ("sequence", "config")
    anchor = write(tmp_path / "a.csv", [(("S1", "AI"), 1)], columns)
    test = write(tmp_path / "t.csv", [(("S1", "RA"), 1)], columns)
    with pytest.raises(UnpairedError):
        compare_files(anchor, test)


def test_a_curve_without_counterpart_is_a_row_that_says_so(tmp_path):
    anchor = write(tmp_path / "a.csv", [(("S1", "B"), 1), (("S2", "B"), 1)])
    test = write(tmp_path / "t.csv", [(("S1", "B"), 0.9), (("S3", "B"), 1)])
    first, new, gone = compare_files(anchor, test)
    assert isinstance(first.results["psnr_y"], BDResult)
    assert "a.csv has no curve for S3" in str(new.results["psnr_y"])
    assert gone.keys["sequence"] == "S2"
    assert "t.csv has no curve for S2" in str(gone.results["psnr_y"])
    assert gone.results["psnr_y"].name == "unpaired"


def test_several_anchors_for_one_curve_are_not_chosen_from(tmp_path):
    columns = ("sequence", "codec")
    anchor = write(tmp_path / "a.csv", [(("S1", "x265"), 1), (("S1", "hm"), 1)], columns)
    test = write(tmp_path / "t.csv", [(("S1", "x265"), 1)], columns)
    with pytest.raises(UnpairedError, match="2 curves for S1 x265"):
        compare_files(anchor, test)


def test_single_curves_without_keys_are_paired(tmp_path):
    plain = write(tmp_path / "a.csv", [((), 1)], ())
    named = write(tmp_path / "t.csv", [(("S1", "B"), 0.9)])
    assert rates(compare_files(plain, named)) == [-10]
    assert rates(compare_files(named, plain)) == [pytest.approx(100 / 9)]


def test_an_anchor_without_keys_does_not_stand_for_several_sequences(tmp_path):
    plain = write(tmp_path / "a.csv", [((), 1)], ())
    several = write(tmp_path / "t.csv", [(("S1", "B"), 0.9), (("S2", "B"), 0.9)])
    with pytest.raises(UnpairedError, match="column 'sequence'"):
        compare_files(plain, several)


def test_one_bad_curve_leaves_the_others_their_numbers(tmp_path):
    anchor = write(tmp_path / "a.csv", [(("S1", "B"), 1), (("S2", "B"), 1)])
    test = write(tmp_path / "t.csv", [(("S1", "B"), -1), (("S2", "B"), 0.9)])
    bad, good = compare_files(anchor, test)
    assert bad.results["psnr_y"].name == "non-positive-rate"
    assert good.results["psnr_y"].bd_rate_percent == pytest.approx(-10)


def test_bad_arguments_come_before_work(tmp_path):
    path = write(tmp_path / "a.csv", [(("S1", "B"), 1)])
    with pytest.raises(BadArgumentError, match="at least one metric"):
        compare_files(path, path, ())
    with pytest.raises(BadArgumentError):
        compare_files(path, path, method="linear")
    with pytest.raises(CurveFileError, match="no column 'vmaf'"):
        compare_files(path, path, ("vmaf",))


def test_a_class_need_not_be_in_both_files(tmp_path):
    anchor = write(tmp_path / "a.csv", [(("S1",), 1), (("S2",), 2)], ("sequence",))
    test = write(tmp_path / "t.csv", [(("S1", "B"), 0.9), (("S2", "C"), 1)])
    found = compare_files(anchor, test)
    assert rates(found) == [-10, -50]
    assert [c.keys["class"] for c in found] == ["B", "C"]
    assert [c.keys["class"] for c in compare_files(test, anchor)] == ["B", "C"]
