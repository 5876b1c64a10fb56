"""``codecpipe logs`` on logs that HM and VTM really printed."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from kits.commands import forked, succeeds

LOGS = Path(__file__).parents[2] / "data" / "logs"


@pytest.fixture
def here(tmp_path):
    """A folder with the logs in it."""
    shutil.copytree(LOGS, tmp_path / "user" / "logs")
    return tmp_path / "user"


def cells(printed):
    return [[c.strip() for c in line.strip("│").split("│")] for line in printed.splitlines()]


def test_two_folders_give_points_and_bd(here):
    printed = succeeds("logs", "logs/curves/hm", "logs/curves/vtm", cwd=here)
    rows = cells(printed)
    assert ["bp8", "LDP", "HM 16.25 (anchor)", "37", "3", "398.267", "32.0971", "37.9170",
            "37.4649", "33.4956", "0.9"] in rows  # fmt: skip
    assert "HM and VTM, LDP: BD against HM 16.25, all frames (pchip)" in printed
    (bd,) = [row for row in rows if row[0] == "VTM 23.13"]
    assert bd[:3] == ["VTM 23.13", "bp8", "-20.84"]
    assert "different-bit-depth: the anchor was measured at 8 bits, the test at 10." in printed


def test_the_anchor_can_be_named_and_the_method_chosen(here):
    args = ("logs", "logs/curves/hm", "logs/curves/vtm", "--anchor", "VTM 23.13")
    printed = succeeds(*args, "--method", "cubic", cwd=here)
    assert "BD against VTM 23.13, all frames (cubic)" in printed
    ran = forked(*args[:-1], "VTM", cwd=here)
    assert (ran.code, ran.out) == (1, "")
    assert "no method 'VTM' to compare with: choose 'HM 16.25', 'VTM 23.13'" in ran.err


def test_one_method_gives_points_and_no_bd(here):
    ran = forked("logs", "logs/hm/ra.log", cwd=here)
    assert (ran.code, ran.err) == (0, "")
    assert "1 rate point" in ran.out
    assert "BD" not in ran.out
    assert "(anchor)" not in ran.out


def test_labels_name_the_methods_of_folders(here):
    folders = [f"logs/curves/{name}" for name in ("vtm", "hm")]
    printed = succeeds("logs", *folders, "--label", "logs/curves/hm=old", cwd=here)
    assert "VTM 23.13 (anchor)" in printed
    assert [row[0] for row in cells(printed) if row[1:2] == ["bp8"]] == ["old"]
    for label in "logs/curves/hm", "none=x", "logs/curves/hm=":
        ran = forked("logs", *folders, "--label", label, cwd=here)
        assert (ran.code, ran.out) == (1, "")
        assert "is not FOLDER=NAME" in ran.err


def test_the_points_can_be_kept_and_compared_again(here):
    said = forked("logs", "logs/curves/hm", "-o", "hm.csv", cwd=here)
    assert "hm.csv written" in said.err
    succeeds("logs", "logs/curves/vtm", "-o", "vtm.csv", cwd=here)
    with (here / "hm.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["qp"] for row in rows] == ["22", "27", "32", "37"]
    assert {row["log"] for row in rows} == {
        f"logs/curves/hm/ldp_q{q}.log" for q in (22, 27, 32, 37)
    }
    document = json.loads(succeeds("logs", "logs/curves/hm", "logs/curves/vtm", "--json", cwd=here))
    for metric in "psnr_y", "psnr_yuv":
        args = ("bdrate", "hm.csv", "vtm.csv", "--metric", metric, "--json")
        (again,) = json.loads(succeeds(*args, cwd=here))
        cell = document["bd"][0]["cells"][f"bd_rate_{metric.removeprefix('psnr_')}_percent"]
        assert again["results"][metric]["bd_rate_percent"] == pytest.approx(cell["value"], abs=1e-9)


def test_json_is_one_document(here):
    paths = ("logs/vtm", "logs/verbosity5", "--label", "logs/verbosity5=quiet", "--json")
    document = json.loads(
        succeeds("logs", "logs/vtm/ra.log", "logs/verbosity5/bp8_LDP_q42.log", "--json", cwd=here)
    )
    assert document["bd"] == []
    ra, ldp = document["points"]
    assert (ra["sequence"], ra["config"], ra["rate_from"]) == ("bp8", "RA", "file")
    assert (ldp["config"], ldp["rate_from"], ldp["from_name"]) == ("LDP", "log", "sequence and QP")
    assert ldp["measured_bit_depth"] is None
    assert forked("logs", *paths, cwd=here).code == 1  # ldp.log and ldp_hash.log are alike


def test_a_rate_without_sei_and_what_names_say_are_noted(here):
    ran = forked("logs", "logs/verbosity5", cwd=here)
    assert ran.code == 0
    assert "the rate of 2 of 2 points is the log's own, which leaves SEI out" in ran.err
    assert "sequence and QP of 2 points: taken from the names of the logs" in ran.err


def test_a_source_that_was_coded_with_fewer_bits_is_noted(here):
    log = here / "logs/hm/ra.log"
    text = log.read_text(encoding="utf-8").replace(
        "Input bit depth                        : (Y:8", "Input bit depth : (Y:10"
    )
    log.write_text(text, encoding="utf-8")
    ran = forked("logs", log, cwd=here)
    assert "1 of 1 points: the source has more bits a sample than it was coded" in ran.err


def test_a_log_without_pictures_needs_a_configuration(here):
    shutil.copy(here / "logs/verbosity3/bp8_LDP_q42.log", here / "bp8_q42.log")
    ran = forked("logs", "bp8_q42.log", cwd=here)
    assert (ran.code, ran.out) == (1, "")
    assert "'bp8_q42.log' does not tell its configuration: give --config" in ran.err
    assert "│ LDB " in succeeds("logs", "bp8_q42.log", "--config", "LDB", cwd=here)


@pytest.mark.parametrize("name", ["hm_cut", "hm_missing_input", "vtm_bad_option", "vtm_killed"])
def test_a_bad_log_that_was_named_is_an_error_and_one_in_a_folder_a_note(here, name):
    bad = f"logs/failed/{name}.log"
    ran = forked("logs", "logs/curves/hm", bad, cwd=here)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"codecpipe: '{bad}' ")
    assert ran.err.count("\n") == 1
    shutil.copy(here / bad, here / "logs/curves/hm/bad.log")
    ran = forked("logs", "logs/curves/hm", cwd=here)
    assert ran.code == 0
    assert ran.err.startswith("note: left out: 'logs/curves/hm/bad.log' ")
    assert "4 rate points" in ran.out


def test_folders_without_a_good_log_are_an_error(here):
    (here / "empty").mkdir()
    for folder in "empty", "logs/failed":
        ran = forked("logs", folder, cwd=here)
        assert (ran.code, ran.out) == (1, "")
        assert "there is no log of a finished encode" in ran.err
    assert ran.err.count("note: left out: ") == len(list((LOGS / "failed").glob("*.log")))


def test_only_a_csv_file_is_written(here):
    for output, problem in ("logs/hm/ra.log", "not a .csv file"), ("no/x.csv", "does not exist"):
        before = (here / "logs/hm/ra.log").read_bytes()
        ran = forked("logs", "logs/hm/ra.log", "-o", output, cwd=here)
        assert (ran.code, ran.out) == (1, "")
        assert problem in ran.err
        assert (here / "logs/hm/ra.log").read_bytes() == before


def test_no_file_and_no_such_file_are_errors(here):
    for args in (), ("nothing.log",):
        ran = forked("logs", *args, cwd=here)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.count("\n") == 1
