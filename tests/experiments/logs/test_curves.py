"""Curves and BD tables from logs of HM and VTM that were really printed."""

import re
import shutil
from pathlib import Path

import bjontegaard
import numpy as np
import pytest

from codecpipe.errors import InputError
from experiments.logs.curves import log_points
from experiments.logs.read import read_logs
from experiments.tables.bd import bd_rows

LOGS = Path(__file__).parents[2] / "data" / "logs"
CURVES = LOGS / "curves"


def read(*paths):
    return read_logs([LOGS / path for path in paths])[0]


def edited(folder, source, name=None, **changes):
    """A copy of a log with all occurrences of some texts replaced; the path."""
    text = (LOGS / source).read_text(encoding="utf-8")
    for old, new in changes.pop("replace", {}).items():
        assert old in text
        text = text.replace(old, new)
    path = folder / (name or Path(source).name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("method", ["pchip", "cubic"])
def test_bd_of_two_folders_agrees_with_an_independent_implementation(method):
    points = log_points(read("curves/hm", "curves/vtm"))
    row = bd_rows(points, bd_method=method)[0]
    numbers = {}
    for folder in "hm", "vtm":
        texts = [p.read_text(encoding="utf-8") for p in sorted((CURVES / folder).iterdir())]
        rate = [float(re.search(r"Bytes written.*\(([0-9.]+)", text)[1]) for text in texts]
        psnr = [float(re.search(r"\ba +[0-9.]+ +([0-9.]+)", text)[1]) for text in texts]
        numbers[folder] = rate[::-1], psnr[::-1]
    args = *map(np.array, numbers["hm"]), *map(np.array, numbers["vtm"])
    rate = bjontegaard.bd_rate(*args, method, min_overlap=0)
    assert row.cells["bd_rate_y_percent"].value == pytest.approx(rate, abs=1e-3)
    psnr = bjontegaard.bd_psnr(*args, method, min_overlap=0)
    assert row.cells["bd_psnr_y_db"].value == pytest.approx(psnr, abs=1e-5)
    assert row.cells["enc_time_percent"].value > 500
    assert "different-bit-depth" in row.cells["bd_rate_y_percent"].notes[0]


def test_the_first_of_two_methods_is_the_anchor():
    for folders in ("hm", "vtm"), ("vtm", "hm"):
        points = log_points(read(*(f"curves/{folder}" for folder in folders)))
        anchors = set(points.loc[points["is_anchor"], "software"])
        assert anchors == {"HM 16.25" if folders[0] == "hm" else "VTM 23.13"}
        assert list(points["qp"]) == [22, 27, 32, 37] * 2
        assert set(points["codec"]) == {" and ".join(f.upper() for f in folders)}


def test_one_method_has_no_anchor_unless_it_is_named():
    assert not log_points(read("curves/hm"))["is_anchor"].any()
    assert log_points(read("curves/hm"), anchor="HM 16.25")["is_anchor"].all()
    with pytest.raises(InputError, match=r"no method 'x' to compare with: choose 'HM 16\.25'"):
        log_points(read("curves/hm"), anchor="x")


def test_logs_alike_are_of_the_methods_that_their_folders_are_named_after(tmp_path):
    for name in "plain", "tuned":
        shutil.copytree(CURVES / "vtm", tmp_path / name)
    logs, _ = read_logs([tmp_path / "plain", tmp_path / "tuned"])
    points = log_points(logs)
    assert list(dict.fromkeys(points["method"])) == ["plain", "tuned"]
    row = bd_rows(points)[0]
    assert row.cells["bd_rate_y_percent"].value == pytest.approx(0, abs=1e-9)
    named = log_points(logs, labels={tmp_path / "tuned": "better", tmp_path: "VTM"})
    assert list(dict.fromkeys(named["method"])) == ["VTM", "better"]
    partly = log_points(logs, labels={tmp_path / "tuned": "better"})
    assert list(dict.fromkeys(partly["method"])) == ["VTM 23.13", "better"]
    with pytest.raises(InputError, match="no log lies in"):
        log_points(logs, labels={tmp_path / "other": "x"})


def test_folders_with_a_folder_for_each_configuration_go_by_their_own_name(tmp_path):
    for name in "plain", "tuned":
        shutil.copytree(CURVES / "vtm", tmp_path / name / "LDP")
    points = log_points(read_logs([tmp_path / "plain", tmp_path / "tuned"])[0])
    assert list(dict.fromkeys(points["method"])) == ["plain", "tuned"]


def test_logs_that_stay_alike_are_refused_by_name(tmp_path):
    for name in "a.log", "b.log":
        edited(tmp_path, "vtm/ra.log", name)
    logs, _ = read_logs([tmp_path])
    alone, _ = read_logs([tmp_path / "a.log", tmp_path / "b.log"])
    for alike in logs, alone:
        with pytest.raises(InputError, match=r"a\.log' and '.*b\.log' are both of bp8, RA, QP 42"):
            log_points(alike)
    logs = read("curves/hm", "curves/vtm")
    with pytest.raises(InputError, match=r"of the method 'HM 16\.25'"):
        log_points(read("curves/hm", "hm/ldp.log"), labels={LOGS: "HM 16.25"})
    assert len(log_points(logs)) == 8


def test_three_methods_need_the_anchors_name(tmp_path):
    shutil.copytree(CURVES / "vtm", tmp_path / "mine")
    logs = (*read("curves/hm", "curves/vtm"), *read_logs([tmp_path / "mine"])[0])
    with pytest.raises(InputError, match=r"with --anchor, of 'HM 16\.25', 'vtm', 'm"):
        log_points(logs)
    points = log_points(logs, anchor="vtm")
    assert {row.method for row in bd_rows(points)} == {"HM 16.25", "mine"}


def test_different_numbers_of_frames_are_not_compared(tmp_path):
    points = log_points(read("curves/hm", "curves/vtm"))
    points.loc[points["method"] == "VTM 23.13", "frames"] = 4
    cell = bd_rows(points)[0].cells["bd_rate_y_percent"]
    assert (cell.value, cell.error) == (None, "different-frames")


def test_different_frames_and_sizes_are_not_compared(tmp_path):
    with pytest.raises(InputError, match=r"of 50 coded frames a second and the other of 6\.25"):
        log_points(read("hm/ai.log", "vtm/ai.log"))
    assert len(log_points(read("hm/ai_subsampled.log", "vtm/ai.log"))) == 2
    other = edited(tmp_path, "vtm/ra.log", replace={"416x240 50Hz": "832x480 50Hz"})
    with pytest.raises(InputError, match="one at 416x240 and the other at 832x480"):
        log_points((*read("hm/ra.log"), *read_logs([other])[0]))
    other = edited(tmp_path, "vtm/ra.log", replace={": 0 - 8 (9 frames)": ": 9 - 17 (9 frames)"})
    with pytest.raises(InputError, match="the one from frame 0 on and the other from 9: encode"):
        log_points((*read("hm/ra.log"), *read_logs([other])[0]))


def test_no_logs_are_an_error():
    with pytest.raises(InputError, match="no log of a finished encode"):
        log_points([])
