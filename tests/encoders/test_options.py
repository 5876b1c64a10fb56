"""What codecs refuse, in which words, before anything runs; and that what they allow reaches
the encoder."""

import subprocess
from pathlib import Path

import pytest
from kits.pipeline import Clip, job

from codecpipe.codec import CodecOptions
from codecpipe.encoding import encode
from codecpipe.errors import InputError
from encoders import get_codec

Extra = tuple[tuple[str, str], ...]


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that were started nevertheless, other than the question which encoders there are."""
    started: list[list[str]] = []
    popen = subprocess.Popen

    class Watched(popen):  # type: ignore[type-arg, misc, valid-type]
        def __init__(self, command: list[str], *rest: object, **more: object) -> None:
            if "-encoders" not in command:
                started.append(command)
            super().__init__(command, *rest, **more)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    return started


REFUSALS: list[tuple[str, str, str, int, str, Extra, str]] = [
    ("x265", "LDP", "anchor", 52, "", (), "coded at QP 52, and x265 takes 1 to 51: change --qp"),
    ("x265", "LDP", "anchor", 0, "", (), "coded at QP 0, and x265 takes 1 to 51"),
    ("x265", "LDP", "crs", 5, "", (), "coded at QP 0, and x265 takes 1 to 51"),
    ("vvenc", "LDP", "anchor", 64, "", (), "coded at QP 64, and vvenc takes 0 to 63"),
    ("vvenc", "LDP", "uniform", 4, "", (), "coded at QP -1, and vvenc takes 0 to 63"),
    ("svtav1", "RA", "anchor", 0, "", (), "coded at QP 0, and svtav1 takes 1 to 63"),
    ("x264", "RA", "anchor", 52, "", (), "coded at QP 52, and x264 takes 1 to 51"),
    (
        "x265",
        "LDP",
        "anchor",
        32,
        "slowest",
        (),
        "x265 has no preset 'slowest': choose one of ultr",
    ),
    ("vvenc", "LDP", "anchor", 32, "ultrafast", (), "vvenc has no preset 'ultrafast': choose one"),
    ("x264", "LDP", "anchor", 32, "../../x", (), "x264 has no preset '../../x': choose one of"),
    ("svtav1", "LDP", "anchor", 32, "14", (), "svtav1 has no preset '14': choose one of 0, 1"),
    ("x265", "LDB", "anchor", 32, "", (), "x265 has no LDB, its B pictures always refer to later"),
    ("x264", "LDB", "crs", 32, "", (), "x264 has no LDB: choose one of AI, LDP, RA, or another"),
]
NAMES_A_FILE: list[tuple[str, str, str]] = [
    ("x265", "csv", "x.csv"),
    ("x265", "csv-log-level", "2"),
    ("x265", "recon", "r.yuv"),
    ("x265", "analysis-save", "a.dat"),
    ("x265", "analysis_save", "a.dat"),
    ("x265", "CSV", "x.csv"),
    ("x265", "no-csv", "0"),
    ("x265", "lambda_file", "etc"),
    ("x265", "no_analysis_save", "0"),
    ("x265", "qp", "20"),
    ("x265", "pools", "8"),
    ("x264", "dump-yuv", "x.yuv"),
    ("x264", "dump_yuv", "x.yuv"),
    ("x264", "nodump-yuv", "0"),
    ("x264", "stats", "s.log"),
    ("x264", "qp_constant", "20"),
    ("x264", "ip-factor", "1"),
    ("vvenc", "tracefile", "t.txt"),
    ("vvenc", "RCStatsFile", "s"),
    ("vvenc", "qpa", "1"),
    ("svtav1", "stats", "s.log"),
    ("svtav1", "lp", "8"),
    ("svtav1", "fgs-table", "t"),
]
HELD: list[tuple[str, str, str]] = [
    ("x265", "keyint", "50"),
    ("x265", "bframes", "3"),
    ("x265", "b_adapt", "2"),
    ("x265", "no-open-gop", "1"),
    ("x265", "aq-mode", "2"),
    ("x265", "cutree", "1"),
    ("x264", "mbtree", "1"),
    ("x264", "noscenecut", "0"),
    ("x264", "AQ-MODE", "1"),
    ("vvenc", "gopsize", "32"),
    ("vvenc", "IntraPeriod", "64"),
    ("vvenc", "mctf", "2"),
    ("svtav1", "pred-struct", "2"),
    ("svtav1", "scd", "1"),
]
NOT_A_PARAMETER: list[tuple[str, str]] = [
    ("rd", "/etc/passwd"),
    ("rd", ".."),
    ("rd", "a..b"),
    ("rd", "3:csv=x"),
    ("rd", "3 4"),
    ("--rd", "3"),
    ("-i", "x"),
    ("", "3"),
    ("rd=3:csv", "x"),
    ("rd", "$HOME"),
    ("rd", "3\n"),
    ("rd", "a'b"),
    ("rd\n", "3"),
    ("rd", "\\"),
    ("rd", "%d"),
]


def _refused(
    name: str, config: str, layout: str, qp: int, preset: str, extra: Extra, folder: Path
) -> str:
    clip = Clip(64, 64, frames=9)
    chosen = job(name, config, layout, frames=9, qp=qp, preset=preset, extra=extra)
    with pytest.raises(InputError) as caught:
        encode(clip, get_codec(name), chosen, out=folder / "out" / "x.cpv", work_dir=folder)
    assert not clip.asked
    assert not list(folder.iterdir())
    text = str(caught.value)
    assert "\n" not in text.replace("\n'", "").replace("3\n", "").replace("rd\n", "")
    return text


@pytest.mark.parametrize(("name", "config", "layout", "qp", "preset", "extra", "said"), REFUSALS)
def test_refusals(
    name: str,
    config: str,
    layout: str,
    qp: int,
    preset: str,
    extra: Extra,
    said: str,
    tmp_path: Path,
    no_children: list[list[str]],
) -> None:
    assert said in _refused(
        name, config, layout, qp=qp, preset=preset, extra=extra, folder=tmp_path
    )
    assert not no_children


@pytest.mark.parametrize(("name", "key", "value"), NAMES_A_FILE)
def test_parameters_that_name_files_are_refused_however_they_are_spelt(
    name: str, key: str, value: str, tmp_path: Path, no_children: list[list[str]]
) -> None:
    said = _refused(name, "LDP", "anchor", qp=32, preset="", extra=((key, value),), folder=tmp_path)
    assert said.startswith(f"'{key}' cannot be set for {name}")
    assert not no_children


@pytest.mark.parametrize(("name", "key", "value"), HELD)
def test_parameters_that_are_held_are_refused(
    name: str, key: str, value: str, tmp_path: Path, no_children: list[list[str]]
) -> None:
    said = _refused(name, "LDP", "anchor", qp=32, preset="", extra=((key, value),), folder=tmp_path)
    assert said.startswith(f"'{key}' is held by codecpipe to keep LDP comparable")
    assert not no_children


@pytest.mark.parametrize(("key", "value"), NOT_A_PARAMETER)
@pytest.mark.parametrize("name", ["x265", "vvenc"])
def test_what_is_no_parameter_is_refused(
    name: str, key: str, value: str, tmp_path: Path, no_children: list[list[str]]
) -> None:
    said = _refused(name, "LDP", "anchor", qp=32, preset="", extra=((key, value),), folder=tmp_path)
    assert "is not an encoder parameter: give KEY=VALUE" in said
    assert not no_children


def test_no_threads_are_refused() -> None:
    with pytest.raises(InputError, match="at least one thread"):
        get_codec("x265").resolve(CodecOptions(threads=0))


def test_unknown_codec_is_refused() -> None:
    with pytest.raises(InputError, match="there is no codec 'h266': choose one of x265, vvenc"):
        get_codec("h266")


@pytest.mark.codec
@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("x265", ("rd", "6")),
        ("x265", ("no-deblock", "1")),
        ("x265", ("max-merge", "5")),
        ("x264", ("deblock", "-3,-3")),
        ("x264", ("8x8dct", "1")),
        ("vvenc", ("sao", "0")),
        ("vvenc", ("alf", "0")),
        ("svtav1", ("enable-cdef", "0")),
    ],
)
def test_extra_parameters_reach_the_encoder(
    name: str, extra: tuple[str, str], tmp_path: Path
) -> None:
    clip, sizes = Clip(frames=9), []
    for at, pairs in enumerate([(), (extra,)]):
        chosen = job(name, "LDP", "crs", frames=9, extra=pairs)
        done = encode(clip, get_codec(name), chosen, out=tmp_path / f"{at}.cpv")
        assert done.manifest.codec.extra == pairs
        assert (f"{extra[0]}={extra[1]}" in done.manifest.streams[0].command) == bool(pairs)
        sizes.append([s.md5 for s in done.manifest.streams] + [done.manifest.stream_bytes])
    assert sizes[0] != sizes[1]


@pytest.mark.codec
def test_default_preset_is_written_down(tmp_path: Path) -> None:
    clip = Clip(64, 64, frames=2)
    done = encode(
        clip,
        get_codec("x264"),
        job("x264", "LDP", "anchor", frames=2, preset=""),
        out=tmp_path / "x.cpv",
    )
    assert done.manifest.codec.preset == "medium"
    assert "-preset medium" in done.manifest.streams[0].command
    assert str(tmp_path) not in done.manifest.model_dump_json()
