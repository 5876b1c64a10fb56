"""The doctor: what is there, what is not, and what to do about it."""

from collections import namedtuple

import pytest

from encoders import CODECS
from experiments.doctor import examine


def _found(folder):
    return {finding.name: finding for finding in examine(folder)}


@pytest.mark.codec
def test_all_is_well_with_the_ffmpeg_that_comes_along(tmp_path, monkeypatch):
    monkeypatch.delenv("CODECPIPE_FFMPEG", raising=False)
    found = _found(tmp_path)
    for name in ("ffmpeg", *(f"codec {c}" for c in CODECS), "filter libvmaf", "filter xpsnr"):
        assert found[name].ok, name
        assert not found[name].advice, name
    assert "imageio_ffmpeg" in found["ffmpeg"].detail
    assert found["ffmpeg"].needed
    assert str(tmp_path) in found["disk"].detail


@pytest.mark.parametrize("binary", ["/nowhere/ffmpeg", "/bin/true"])
def test_everything_missing_has_an_advice(tmp_path, monkeypatch, binary):
    monkeypatch.setenv("CODECPIPE_FFMPEG", binary)
    found = _found(tmp_path)
    bad = ["ffmpeg", *(f"codec {name}" for name in CODECS)]
    bad += [name for name in found if name.startswith(("filter", "metrics"))]
    assert len(bad) > 1 + len(CODECS)
    for name in bad:
        assert not found[name].ok, name
        assert found[name].advice, name


def test_a_disk_that_is_nearly_full(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(2**40, 2**40 - 2**30, 2**30))
    disk = _found(tmp_path)["disk"]
    assert not disk.ok
    assert disk.detail.startswith("1.0 GiB free")
    assert disk.advice


def test_without_torch(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    torch = _found(tmp_path)["torch"]
    assert not torch.ok
    assert "pip install torch" in torch.advice
    assert not torch.needed
