"""HM and VTM in segments: the stream of one run, byte for byte, or a refusal.

Skipped, with the reason, where they are not installed.
"""

from pathlib import Path

import pytest
from kits.hm_vtm import copy_of
from kits.pipeline import Clip
from kits.reference import case, coded, needs, reference, settings

from codecpipe.codec import CodecOptions
from codecpipe.errors import InputError, ToolError

pytestmark = pytest.mark.codec


def _threads(name: str, threads: int, folder: Path, frames: int, extra=()) -> bytes:
    codec, qp = reference(name), 45
    clip = Clip(64, 64, frames=frames, depth=codec.coded_depth(8))
    options = CodecOptions(extra=extra, threads=threads)
    out = folder / f"{threads}.bin"
    coded(codec, clip, settings(codec, "RA", qp=qp, intra_period=16, options=options), out=out)
    return out.read_bytes()


@pytest.mark.parametrize(("name", "frames"), [case("hm", 33), case("hm", 40), case("vtm", 18)])
def test_segments_give_the_stream_of_one_run(name: str, frames: int, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    one = _threads(name, 1, tmp_path / "work", frames=frames)
    assert _threads(name, 2, tmp_path / "work", frames=frames) == one
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == ["1.bin", "2.bin"]


@pytest.mark.parametrize(("name", "extra"), [case("hm", ("AccessUnitDelimiter", "1"))])
def test_settings_for_which_segments_differ_are_refused(
    name: str, extra: tuple[str, str], tmp_path: Path
) -> None:
    """HM's parcat does not know access unit delimiters: the joined stream lacks some."""
    (tmp_path / "work").mkdir()
    with pytest.raises(InputError, match=r"codes segments differently .* leave --threads at 1"):
        _threads(name, 2, tmp_path / "work", frames=33, extra=(extra,))
    assert not list((tmp_path / "work").iterdir())
    assert _threads(name, 1, tmp_path / "work", frames=17, extra=(extra,))


@needs("hm")
def test_segments_need_the_joiner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_of("hm", tmp_path / "hm", monkeypatch)
    (tmp_path / "work").mkdir()
    with pytest.raises(ToolError, match=r"hm has no parcat beside its encoder.* --threads at 1$"):
        _threads("hm", 2, tmp_path / "work", frames=33)
    assert not list((tmp_path / "work").iterdir())


@needs("hm")
@pytest.mark.parametrize(
    ("joiner", "says"),
    [
        ('for out; do :; done; cat "$1" > "$out"', "segments"),
        ('for out; do :; done; : > "$out"', "did not decode|segments|exit status"),
        ("echo it cannot; exit 5", "exit status 5, saying 'it cannot'"),
    ],
)
def test_a_joiner_that_goes_wrong(
    joiner: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of("hm", tmp_path / "hm", monkeypatch)
    script = folder / "bin" / "parcatStatic"
    script.write_text(f"#!/bin/sh\n{joiner}\n", encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "work").mkdir()
    with pytest.raises((InputError, ToolError), match=says):
        _threads("hm", 2, tmp_path / "work", frames=33)
    assert not list((tmp_path / "work").iterdir())
