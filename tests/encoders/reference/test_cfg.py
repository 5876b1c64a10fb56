"""Configuration files of the software: how they are read, which are chosen, that they stay."""

import re
from pathlib import Path

import pytest
from kits.reference import case, reference

from codecpipe.errors import InputError, MismatchError
from codecpipe.format import Chroma, VideoFormat
from encoders.reference.cfg import cfg_digest, check_cfg, read_cfg, sequence_cfg

SMALL = VideoFormat(416, 240)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("QP : 32", {"QP": "32"}),
        ("QP:32", {"QP": "32"}),
        (
            "  IntraPeriod                   : -1          # Period of I-Frame",
            {"IntraPeriod": "-1"},
        ),
        ("Frame1 : P 1 5 -6.5 0.2590 # a : b", {"Frame1": "P 1 5 -6.5 0.2590"}),
        ("QpInValCb                   : 17 22 34 42", {"QpInValCb": "17 22 34 42"}),
        ("Profile\t:\tmain10\r", {"Profile": "main10"}),
        ("ReconFile :", {"ReconFile": ""}),
        ("ReconFile : # none", {"ReconFile": ""}),
        ("# QP : 32", {}),
        ("   #QP : 32", {}),
        ("#======== File I/O ===============", {}),
        ("", {}),
        ("no colon", {}),
        ("1QP : 3", {}),
    ],
)
def test_lines(line: str, entry: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text(f"{line}\nLast : 1\n", encoding="utf-8", newline="")
    assert read_cfg(path) == {**entry, "Last": "1"}


def test_the_last_of_two_entries_holds_and_bytes_that_are_no_text_do_no_harm(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.cfg"
    path.write_bytes(b"QP : 30\n# \xe9t\xe9\nQP : 31\n")
    assert read_cfg(path) == {"QP": "31"}


@pytest.mark.parametrize("what", ["missing.cfg", "."])
def test_what_cannot_be_read_is_named(what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        read_cfg(tmp_path / what)
    assert str(tmp_path) in str(caught.value)


# --- which are chosen ----------------------------------------------------------------------------


@pytest.fixture
def cfg(tmp_path: Path) -> Path:
    """Files of our own, named and filled in as those of the CTC are."""
    for file, (source, width, height, depth, chroma) in {
        "RaceHorses": ("RaceHorses_416x240_30", 416, 240, 8, "420"),
        "RaceHorsesC": ("RaceHorses_832x480_30", 832, 480, 8, "420"),
        "Kimono": ("Kimono1_1920x1080_24", 1920, 1080, 8, "420"),
        "Kimono_422_10bit": ("Kimono1_1920x1080_24_10bit_422", 1920, 1080, 10, "422"),
        "Tango2": ("Tango2_3840x2160_60fps_10bit_420", 3840, 2160, 10, ""),
    }.items():
        lines = [
            f"InputFile : {source}.yuv",
            f"InputBitDepth : {depth}  # bits",
            f"SourceWidth : {width}",
            f"SourceHeight : {height}",
            "Level : 2.1",
            f"InputChromaFormat : {chroma}" if chroma else "",
        ]
        path = tmp_path / "per-sequence" / f"{file}.cfg"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "per-class").mkdir()
    (tmp_path / "per-class" / "classF.cfg").write_text("IBC : 1\n", encoding="utf-8")
    return tmp_path


def _names(chosen: tuple[tuple[str, str], ...]) -> list[str]:
    return [name for name, _ in chosen]


def _fmt(width: int, height: int, depth: int, chroma: str = "420") -> VideoFormat:
    return VideoFormat(width, height, depth, Chroma(chroma))


@pytest.mark.parametrize(
    ("name", "fmt", "file"),
    [
        ("RaceHorses", _fmt(416, 240, 8), "RaceHorses"),
        ("racehorses", _fmt(416, 240, 8), "RaceHorses"),
        ("RaceHorses", _fmt(832, 480, 8), "RaceHorsesC"),
        ("RaceHorsesC", _fmt(832, 480, 8), "RaceHorsesC"),
        ("RaceHorsesC", _fmt(416, 240, 8), None),
        ("RaceHorses", _fmt(416, 240, 10), None),
        ("RaceHorses", _fmt(208, 120, 8), None),
        ("RaceHorses", _fmt(240, 416, 8), None),
        ("RaceHorsesX", _fmt(416, 240, 8), None),
        ("Race", _fmt(416, 240, 8), None),
        ("Kimono", _fmt(1920, 1080, 8), "Kimono"),
        ("Kimono1", _fmt(1920, 1080, 8), "Kimono"),
        ("Kimono1", _fmt(1920, 1080, 10, chroma="422"), None),
        ("Kimono1", _fmt(1920, 1080, 10), None),
        ("Tango2", _fmt(3840, 2160, 10), "Tango2"),
        ("Tango2", _fmt(3840, 2160, 8), None),
        ("bikes", _fmt(416, 240, 8), None),
        ("", _fmt(416, 240, 8), None),
        ("../RaceHorses", _fmt(416, 240, 8), None),
    ],
)
def test_the_file_of_a_sequence(cfg: Path, name: str, fmt: VideoFormat, file: str | None) -> None:
    chosen = sequence_cfg(cfg, name, class_name="", fmt=fmt)
    assert _names(chosen) == ([f"per-sequence/{file}.cfg"] if file else [])
    assert [digits for _, digits in chosen] == [cfg_digest(cfg / one) for one in _names(chosen)]


@pytest.mark.parametrize(
    ("class_name", "found"),
    [("F", True), ("D", False), ("", False), ("../classF", False), ("/F", False)],
)
def test_the_file_of_a_class(cfg: Path, class_name: str, found: bool) -> None:
    files = _names(sequence_cfg(cfg, "", class_name=class_name, fmt=SMALL))
    assert files == (["per-class/classF.cfg"] if found else [])


def test_the_file_of_the_sequence_is_read_before_that_of_the_class(cfg: Path) -> None:
    files = _names(sequence_cfg(cfg, "RaceHorses", class_name="F", fmt=SMALL))
    assert files == ["per-sequence/RaceHorses.cfg", "per-class/classF.cfg"]


def test_software_without_such_files(tmp_path: Path) -> None:
    assert sequence_cfg(tmp_path, "RaceHorses", class_name="F", fmt=SMALL) == ()


@pytest.mark.parametrize(
    ("name", "sequence", "class_name", "fmt", "files"),
    [
        case("hm", "RaceHorses", "D", SMALL, ["per-sequence/RaceHorses.cfg"]),
        case("vtm", "RaceHorses", "D", SMALL, ["per-sequence/RaceHorses.cfg"]),
        case("hm", "RaceHorsesC", "C", _fmt(832, 480, 8), ["per-sequence/RaceHorsesC.cfg"]),
        case("vtm", "RaceHorses", "C", _fmt(832, 480, 8), ["per-sequence/RaceHorsesC.cfg"]),
        case("vtm", "x", "F", SMALL, ["per-class/classF.cfg"]),
        case("hm", "BasketballPass", "D", _fmt(416, 240, 10), []),
    ],
)
def test_in_the_real_ones(
    name: str, sequence: str, class_name: str, fmt: VideoFormat, files: list[str]
) -> None:
    assert _names(reference(name).cfg_for(sequence, class_name, fmt)) == files


# --- that they are what was chosen ---------------------------------------------------------------


def test_unchanged_files_pass(cfg: Path) -> None:
    check_cfg(cfg, sequence_cfg(cfg, "RaceHorses", class_name="F", fmt=SMALL), "HM")
    check_cfg(cfg, (), "HM")


@pytest.mark.parametrize(
    "name",
    [
        "../secret.cfg",
        "per-sequence/../../secret.cfg",
        "/etc/passwd",
        "secret.cfg",
        "per-sequence/..cfg",
        "per-sequence/x..cfg",
        "per-sequence/.hidden.cfg",
        "",
        "per-sequence/sub/x.cfg",
        "per-sequence/x.txt",
        "per-class/x.cfg\n",
        "-c",
        "per-sequence\\x.cfg",
        "per-sequence/x y.cfg",
        "rpr/gopBasedRPR.cfg",
    ],
)
def test_other_files_are_refused_even_if_they_are_there(cfg: Path, name: str) -> None:
    secret = cfg.parent / "secret.cfg"
    secret.write_text("QP : 3\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not a configuration file of HM"):
        check_cfg(cfg, ((name, cfg_digest(secret)),), "HM")
    secret.unlink()


def _appended(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\nQP : 20\n", encoding="utf-8")


def _as_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [_appended, Path.unlink, _as_a_folder])
def test_changed_and_missing_files_are_refused(cfg: Path, change) -> None:
    chosen = sequence_cfg(cfg, "RaceHorses", class_name="F", fmt=SMALL)
    change(cfg / chosen[0][0])
    with pytest.raises(MismatchError, match=re.escape("RaceHorses.cfg")) as caught:
        check_cfg(cfg, chosen, "HM")
    assert "HM" in str(caught.value)


def test_the_digest_of_nothing_does_not_stand_for_a_missing_file(cfg: Path) -> None:
    with pytest.raises(MismatchError):
        check_cfg(cfg, (("per-sequence/Gone.cfg", cfg_digest()),), "HM")


def test_the_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    one, two = tmp_path / "one.cfg", tmp_path / "two.cfg"
    one.write_text("a", encoding="utf-8")
    two.write_text("a", encoding="utf-8")
    assert cfg_digest(one) != cfg_digest(two)
    assert cfg_digest(one, two) not in (cfg_digest(one), cfg_digest(two, one))
    assert re.fullmatch(r"[0-9a-f]{16}", cfg_digest(one))
