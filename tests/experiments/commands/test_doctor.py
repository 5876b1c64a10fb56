"""The doctor: what is there, what is not, and what to do about it."""

from collections import namedtuple

import pytest
from kits.pipeline import FFMPEG_CODECS

from experiments.commands.doctor import additions, examine


def _found(folder):
    return {finding.name: finding for finding in examine(folder)}


@pytest.mark.codec
def test_all_is_well_with_the_ffmpeg_that_comes_along(tmp_path, monkeypatch):
    monkeypatch.delenv("CODECPIPE_FFMPEG", raising=False)
    found = _found(tmp_path)
    for name in (
        "ffmpeg",
        *(f"codec {c}" for c in FFMPEG_CODECS),
        "filter libvmaf",
        "filter xpsnr",
    ):
        assert found[name].ok, name
        assert not found[name].advice, name
    assert "imageio_ffmpeg" in found["ffmpeg"].detail
    assert found["ffmpeg"].needed
    assert str(tmp_path) in found["disk"].detail


@pytest.mark.parametrize("binary", ["/nowhere/ffmpeg", "/bin/true"])
def test_everything_missing_has_an_advice(tmp_path, monkeypatch, binary):
    monkeypatch.setenv("CODECPIPE_FFMPEG", binary)
    found = _found(tmp_path)
    bad = ["ffmpeg", *(f"codec {name}" for name in FFMPEG_CODECS)]
    bad += [name for name in found if name.startswith(("filter", "metrics"))]
    assert len(bad) > 1 + len(FFMPEG_CODECS)
    for name in bad:
        assert not found[name].ok, name
        assert found[name].advice, name


def test_one_line_each_says_how_to_add_what_is_optional(tmp_path, monkeypatch):
    for variable in ("CODECPIPE_HM", "CODECPIPE_VTM"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    lines = additions(examine(tmp_path))
    assert [line.partition(":")[0] for line in lines] == ["to add HM", "to add VTM"]
    for line, variable in zip(lines, ("CODECPIPE_HM", "CODECPIPE_VTM"), strict=True):
        assert variable in line
        assert "https://" in line
    found = _found(tmp_path)
    for name in ("codec hm", "codec vtm"):
        assert not found[name].ok
        assert not found[name].needed


def test_a_folder_that_is_not_the_software(tmp_path, monkeypatch):
    monkeypatch.setenv("CODECPIPE_HM", str(tmp_path))
    finding = _found(tmp_path)["codec hm"]
    assert not finding.ok
    assert str(tmp_path) in finding.detail
    assert "CODECPIPE_HM" in finding.advice
    assert not [line for line in additions(examine(tmp_path)) if "HM:" in line]


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
