"""Configuration files of HM and VTM: of a test sequence, at the receiver, and in a file.

Skipped, with the reason, where they are not installed.
"""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from kits.hm_vtm import MAIN, copy_of, job_of, stream_of
from kits.pipeline import Clip, rewritten
from kits.reference import VARIABLE, case, reference

from codecpipe.codec import CodecOptions
from codecpipe.decoding import Decoder
from codecpipe.encoding import Encoded, encode
from codecpipe.errors import InputError, MismatchError
from codecpipe.video.source import Source
from encoders import get_codec

pytestmark = pytest.mark.codec


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_a_test_sequence_gets_its_own_file(
    name: str, tmp_path: Path, real: Callable[[int], Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(name, tmp_path / "software", monkeypatch)
    codec, source = reference(name), real(8)
    assert codec.cfg_for(source.name, "", source.fmt) == ()
    cfg = codec.cfg_for("BasketballPass", "", source.fmt)
    assert [file for file, _ in cfg] == ["per-sequence/BasketballPass.cfg"]
    options = CodecOptions(cfg=cfg)
    done = encode(
        source, codec, job_of("AI", "anchor", 1, gop=1, options=options), out=tmp_path / "x.cpv"
    )
    bare = encode(source, codec, job_of("AI", "anchor", 1, gop=1), out=tmp_path / "bare.cpv")
    command = shlex.split(done.manifest.streams[0].command)
    assert command[3:5] == ["-c", "BasketballPass.cfg"]
    assert "BasketballPass.cfg" not in bare.manifest.streams[0].command
    assert done.manifest.codec.cfg == cfg
    # Its level is in the stream: 2.1 is written as 63 in HEVC and as 35 in VVC.
    assert _level(name, done, tmp_path) == {"hm": 63, "vtm": 35}[name]
    assert _level(name, bare, tmp_path) != _level(name, done, tmp_path)
    # Nothing else changes, and nothing that the file says of size, rate and frames holds.
    assert done.manifest.streams[0].md5 == bare.manifest.streams[0].md5
    (folder / "cfg" / cfg[0][0]).write_text("Level : 6.2\n", encoding="utf-8")
    with pytest.raises(MismatchError, match=re.escape("BasketballPass.cfg' is missing or not")):
        Decoder(done.path, get_codec)


def _level(name: str, done: Encoded, folder: Path) -> int:
    _, stream = stream_of(done, folder / "level.bin")
    data = stream.read_bytes()
    # HEVC: after the NAL unit header, 4 bytes of VPS, 11 of profile and flags. VVC: in the SPS,
    # after 2 bytes of ids and sizes and one of the profile.
    if name == "hm":
        at = data.index(b"\0\0\1\x40\x01") + 5 + 4
        payload = data[at : at + 20].replace(b"\0\0\3", b"\0\0")
        return payload[11]
    at = data.index(b"\0\0\1\0\x79") + 5
    return data[at + 3]


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_a_receiver_with_other_configuration_files_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leads are coded again by the receiver: with another file they would not be the same."""
    folder = copy_of(name, tmp_path / "software", monkeypatch)
    done = encode(Clip(64, 64, 3), get_codec(name), job_of("LDP", "crs", 3), out=tmp_path / "x.cpv")
    main = folder / "cfg" / MAIN[name, "LDP"].format("")
    main.write_text(main.read_text() + "\nSearchRange : 32\n", encoding="utf-8")
    with Decoder(done.path, get_codec) as decoder, pytest.raises(MismatchError) as caught:
        list(decoder.frames())
    assert VARIABLE[name] in str(caught.value)


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_a_file_that_asks_for_files_is_refused(name: str, tmp_path: Path) -> None:
    done = encode(
        Clip(64, 64, 1), get_codec(name), job_of("AI", "anchor", 1, gop=1), out=tmp_path / "x.cpv"
    )

    def cfg(manifest: dict) -> None:
        manifest["codec"]["cfg"] = [["per-class/../../../etc/passwd.cfg", "0" * 16]]

    def extra(manifest: dict) -> None:
        manifest["codec"]["extra"] = [["ReconFile", "x.yuv"]]

    for change in (cfg, extra):
        changed = rewritten(done.path, tmp_path / f"{change.__name__}.cpv", change)
        with pytest.raises(InputError):
            Decoder(changed, get_codec)
