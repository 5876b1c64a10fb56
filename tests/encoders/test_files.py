"""Files that were damaged or made up: an error that says so, never other pictures, never a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kits.pipeline import Clip, job, rewritten

from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.errors import CodecpipeError, InputError, MismatchError, ToolError
from codecpipe.video.picture_md5 import picture_md5
from encoders import get_codec

pytestmark = pytest.mark.codec

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str, str], Path]:
    """A maker of good files, each made once."""
    folder = tmp_path_factory.mktemp("files")

    def make(name: str, config: str, layout: str) -> Path:
        path = folder / f"{name}-{config}-{layout}.cpv"
        if not path.exists():
            encode(Clip(frames=9), get_codec(name), job(name, config, layout, frames=9), out=path)
        return path

    return make


def _digests(path: Path, work: Path | None = None) -> list[str]:
    with Decoder(path, get_codec, work_dir=work) as decoder:
        return [picture_md5(frame.frame) for frame in decoder.frames()]


@pytest.mark.parametrize(
    ("name", "config", "layout", "entry"),
    [
        ("x265", "LDP", "anchor", "hr"),
        ("x265", "LDP", "crs", "lr"),
        ("x265", "RA", "crs", "hr"),
        ("vvenc", "LDP", "crs", "lr"),
        ("x264", "RA", "tds", "hr"),
        ("svtav1", "LDP", "anchor", "hr"),
        ("vvenc", "RA", "anchor", "hr"),
    ],
)
def test_damaged_stream_gives_an_error_or_the_same_pictures(
    name: str,
    config: str,
    layout: str,
    entry: str,
    files: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    """Bytes turned over with the ZIP's checksums put right: only the MD5s can tell."""
    good = files(name, config, layout)
    due = _digests(good)
    failed = 0
    for at in (0.02, 0.3, 0.6, 0.97):

        def damage(file: str, data: bytes, at: float = at) -> bytes:
            if not file.startswith(entry):
                return data
            place = int(len(data) * at)
            return (
                data[:place] + bytes(b ^ 0xFF for b in data[place : place + 3]) + data[place + 3 :]
            )

        bad = rewritten(good, tmp_path / "bad.cpv", stream=damage)
        try:
            assert _digests(bad) == due
        except (MismatchError, ToolError) as error:
            assert "\n" not in str(error)
            failed += 1
    assert failed >= 3


@pytest.mark.parametrize(
    ("name", "layout"), [("x265", "anchor"), ("x265", "crs"), ("vvenc", "crs")]
)
def test_stream_that_is_all_zeros(
    name: str, layout: str, files: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    bad = rewritten(
        files(name, "LDP", layout), tmp_path / "bad.cpv", stream=lambda _, data: bytes(len(data))
    )
    with pytest.raises((MismatchError, ToolError)) as caught:
        _digests(bad, tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [bad]


def _other_version(manifest: dict[str, Any]) -> None:
    manifest["codec"]["version"] = "9.9"


def test_injected_file_of_another_encoder_version(
    files: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    bad = rewritten(files("x265", "LDP", "crs"), tmp_path / "bad.cpv", _other_version)
    with pytest.raises(
        MismatchError, match=r"was written with x265 9\.9, and its LR keys"
    ) as caught:
        _digests(bad)
    assert "CODECPIPE_FFMPEG" in str(caught.value)


@pytest.mark.parametrize("layout", ["anchor", "uniform"])
def test_plain_file_of_another_encoder_version_is_decoded(
    layout: str, files: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    good = files("x265", "LDP", layout)
    assert _digests(rewritten(good, tmp_path / "other.cpv", _other_version)) == _digests(good)


def _extra(key: str, value: str) -> Change:
    def change(manifest: dict[str, Any]) -> None:
        manifest["codec"]["extra"] = [[key, value]]

    return change


def _preset(preset: str) -> Change:
    def change(manifest: dict[str, Any]) -> None:
        manifest["codec"]["preset"] = preset

    return change


def _codec(name: str) -> Change:
    def change(manifest: dict[str, Any]) -> None:
        manifest["codec"]["name"] = name

    return change


HOSTILE: list[tuple[str, Change, str]] = [
    ("csv", _extra("csv", "stolen"), "'csv' cannot be set for x265"),
    ("csv in capitals", _extra("CSV", "stolen"), "'CSV' cannot be set"),
    ("underscores", _extra("analysis_save", "stolen"), "'analysis_save' cannot be set"),
    ("negated", _extra("no-csv", "0"), "'no-csv' cannot be set"),
    ("analysis-save", _extra("analysis-save", "stolen"), "'analysis-save' cannot be set"),
    ("recon", _extra("recon", "stolen"), "'recon' cannot be set"),
    ("a path", _extra("rd", "../stolen"), "is not an encoder parameter"),
    ("two in one", _extra("rd", "3:csv=stolen"), "is not an encoder parameter"),
    ("two in one key", _extra("rd=3:csv", "stolen"), "is not an encoder parameter"),
    ("preset", _preset("../../x"), "x265 has no preset '../../x'"),
    ("preset that is an option", _preset("-y"), "x265 has no preset '-y'"),
    ("codec", _codec("../x265"), "there is no codec '../x265'"),
]


@pytest.mark.parametrize(("change", "said"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
@pytest.mark.parametrize("layout", ["anchor", "crs"])
def test_parameters_in_a_file_are_checked_like_a_users(
    layout: str,
    change: Change,
    said: str,
    files: Callable[[str, str, str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = rewritten(files("x265", "LDP", layout), tmp_path / "bad.cpv", change)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    with pytest.raises(InputError) as caught:
        _digests(bad, work)
    assert said in str(caught.value)
    assert not list(work.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.cpv", "work"]


def test_held_parameter_in_an_injected_file_is_refused(
    files: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    bad = rewritten(files("x265", "LDP", "crs"), tmp_path / "bad.cpv", _extra("keyint", "7"))
    with pytest.raises(InputError, match="'keyint' is held by codecpipe"):
        _digests(bad, tmp_path)
    assert list(tmp_path.iterdir()) == [bad]


@pytest.mark.parametrize("qp", [-1, 99, 10**9])
def test_qp_in_an_injected_file_is_checked(
    qp: int, files: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["streams"][1]["qp"] = qp

    bad = rewritten(files("x265", "LDP", "crs"), tmp_path / "bad.cpv", change)
    with pytest.raises(CodecpipeError) as caught:
        _digests(bad)
    assert "\n" not in str(caught.value)


def test_swapped_streams_are_noticed(
    files: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    """One picture's MD5 put for another's: the pictures are whole, and not the ones due."""

    def change(manifest: dict[str, Any]) -> None:
        md5 = manifest["streams"][0]["md5"]
        md5[2], md5[3] = md5[3], md5[2]

    bad = rewritten(files("x265", "LDP", "anchor"), tmp_path / "bad.cpv", change)
    with pytest.raises(MismatchError, match="picture 2 of stream hr decodes to other samples"):
        _digests(bad)
