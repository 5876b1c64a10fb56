"""The same job gives the same file, byte for byte, whatever else the machine does."""

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kits.pipeline import FFMPEG_CODECS, GRID, Clip, ffmpeg_codec, job

from codecpipe.encoding import encode
from encoders import get_codec

pytestmark = pytest.mark.codec


def _spin() -> None:
    while True:
        sum(range(10_000))


@pytest.fixture
def busy_cores() -> Iterator[None]:
    """Every core busy, so that threads of an encoder meet in another order."""
    fork = multiprocessing.get_context("fork")
    spinners = [fork.Process(target=_spin, daemon=True) for _ in range(os.cpu_count() or 1)]
    for spinner in spinners:
        spinner.start()
    yield
    for spinner in spinners:
        spinner.kill()
        spinner.join()


def _bytes(name: str, config: str, layout: str, out: Path, clip: Clip) -> bytes:
    encode(clip, get_codec(name), job(name, config, layout), out=out)
    return out.read_bytes()


@pytest.mark.parametrize(("name", "config"), GRID)
def test_two_runs_write_one_file(name: str, config: str, tmp_path: Path) -> None:
    clip = Clip()
    layout = "tds" if config == "AI" else "crs"
    first = _bytes(name, config, layout, out=tmp_path / "a" / "x.cpv", clip=clip)
    assert _bytes(name, config, layout, out=tmp_path / "b" / "x.cpv", clip=clip) == first


@pytest.mark.parametrize("name", FFMPEG_CODECS)
def test_load_changes_nothing(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    clip, config = Clip(), ffmpeg_codec(name).configs[-1].value
    alone = _bytes(name, config, "crs", out=tmp_path / "alone.cpv", clip=clip)
    request.getfixturevalue("busy_cores")
    assert _bytes(name, config, "crs", out=tmp_path / "loaded.cpv", clip=clip) == alone


def test_another_qp_is_another_file(tmp_path: Path) -> None:
    clip = Clip(frames=3)
    sizes = [
        encode(
            clip,
            get_codec("x265"),
            job("x265", "LDP", "anchor", frames=3, qp=qp),
            out=tmp_path / "x.cpv",
        ).manifest.stream_bytes
        for qp in (22, 27, 32, 37)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4
