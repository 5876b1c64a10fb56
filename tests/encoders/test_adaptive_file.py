"""Adaptive files out of other hands: every part must be what the whole says of it."""

import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kits.adaptive import CRS2, UNIFORM2, BlurredClip, adaptive_job

from codecpipe.adaptive.encode import _Coded, _manifest
from codecpipe.adaptive.file import write_adaptive
from codecpipe.adaptive.gops import pack, segments_of
from codecpipe.adaptive.job import SourcePart
from codecpipe.encoding import encode
from codecpipe.errors import CodecpipeError, FileFormatError
from codecpipe.format import VideoFormat
from codecpipe.opening import open_cpv, open_decoder
from encoders import get_codec

pytestmark = pytest.mark.codec
CHOICES = (0, 1, 2)


@pytest.fixture(scope="module")
def good(moving_clip, tmp_path_factory):
    """Name and content of every entry of a file of three parts: anchor, crs, uniform."""
    folder = tmp_path_factory.mktemp("good")
    clip = BlurredClip(moving_clip(64, 64, 7), VideoFormat(64, 64), range(0))
    job = adaptive_job(7, gop=3, modes=(CRS2, UNIFORM2))
    parts = []
    for at, segment in enumerate(segments_of(CHOICES, 7, 3)):
        path = folder / f"{at}.cpv"
        cut = SourcePart(clip, segment.first)
        parts.append(encode(cut, get_codec("x265"), job.part(segment), out=path))
    out = folder / "good.cpv"
    manifest = _manifest(job, _Coded(CHOICES, tuple(parts)))
    size = write_adaptive(out, manifest, choices=CHOICES, parts=[part.path for part in parts])
    assert size == out.stat().st_size
    with zipfile.ZipFile(out) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(entries, method=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as out:
        for name, content in entries.items():
            out.writestr(name, content)
    return data.getvalue()


@pytest.fixture
def refusal(tmp_path):
    """What is said of a file with these entries (or bytes)."""

    def said(entries):
        path = tmp_path / "test.cpv"
        path.write_bytes(entries if isinstance(entries, bytes) else packed(entries))
        with pytest.raises(FileFormatError) as caught:
            open_cpv(path)
        text = str(caught.value)
        assert "\n" not in text
        assert "test.cpv" in text
        return text

    return said


def changed(entries, name="manifest.json", **content):
    """The entries with keys of a manifest changed; ``a__b`` is key b of a."""
    manifest = json.loads(entries[name])
    for key, value in content.items():
        place, *rest = key.split("__")
        if rest:
            manifest[place][rest[0]] = value
        else:
            manifest[place] = value
    return entries | {name: json.dumps(manifest).encode()}


def inner_changed(entries, name, **content):
    """The entries with a part's own manifest changed."""
    with zipfile.ZipFile(io.BytesIO(entries[name])) as archive:
        inside = {info.filename: archive.read(info) for info in archive.infolist()}
    return entries | {name: packed(changed(inside, **content))}


def test_the_good_one(good, tmp_path):
    path = tmp_path / "good.cpv"
    path.write_bytes(packed(good))
    with open_cpv(path) as file:
        assert [part.mode for part in file.parts] == ["anchor", "crs k2", "uniform k2"]
    with open_decoder(path, get_codec) as decoder:
        sizes = [[f.frame.size for f in one.frames()] for one in decoder.decoders()]
    full, low = 64 * 64 * 3 // 2, 32 * 32 * 3 // 2
    assert sizes == [[full] * 3, [full, low, low], [low]]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"version": 3}, "format version 3 and this codecpipe reads up to 2: update"),
        ({"kind": "other"}, "kind"),
        ({"more": 1}, "more"),
        ({"sequence__frames": 8}, "every frame exactly once"),
        ({"sequence__width": 66}, "another sequence"),
        ({"sequence__fps": "25"}, "another sequence"),
        ({"sequence__name": "x"}, "another sequence"),
        ({"codec__version": "1"}, "another codec"),
        ({"codec__preset": "slow"}, "another codec"),
        ({"layout__gop": 2}, "choices"),
        ({"layout__qp": 31}, "mode of its GOPs"),
        ({"layout__config": "RA"}, "mode of its GOPs"),
        ({"layout__kernel": "area"}, "mode of its GOPs"),
        ({"layout__candidates": []}, "candidates"),
        ({"segments": []}, "segments"),
    ],
)
def test_a_changed_manifest(good, refusal, content, what):
    assert what in refusal(changed(good, **content))


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("file", "0002.cpv", "in their order"),
        ("file", "../0001.cpv", "file"),
        ("first", 2, "every frame exactly once"),
        ("frames", 2, "every frame exactly once"),
        ("mode", 2, "choices are not those of the parts"),
        ("mode", 9, "none of the candidates"),
        ("stream_bytes", 1, "has not the size"),
    ],
)
def test_a_changed_part_of_the_manifest(good, refusal, key, value, what):
    manifest = json.loads(good["manifest.json"])
    manifest["segments"][1][key] = value
    assert what in refusal(good | {"manifest.json": json.dumps(manifest).encode()})


def test_other_candidates_than_the_parts_were_coded_in(good, refusal):
    for at, key, value, what in (
        (1, "scale", "4", "mode of its GOPs"),
        (2, "delta_qp", 4, "mode of its GOPs"),
        (1, "layout", "uniform", "the same"),
        (0, "scale", "2", "scale of its layout"),
    ):
        manifest = json.loads(good["manifest.json"])
        manifest["layout"]["candidates"][at][key] = value
        assert what in refusal(good | {"manifest.json": json.dumps(manifest).encode()})


def test_other_choices(good, refusal):
    assert "choices are not those" in refusal(good | {"modes.bin": pack((0, 1, 1), 3)})
    assert "choices are not those" in refusal(good | {"modes.bin": pack((1, 0, 2), 3)})
    assert "none of the candidates" in refusal(good | {"modes.bin": b"\xff"})
    assert "none of the candidates" in refusal(good | {"modes.bin": b"\x19"})
    assert "size" in refusal(good | {"modes.bin": good["modes.bin"] + b"\x00"})


def test_entries_that_are_not_due(good, refusal):
    assert "are due" in refusal({k: v for k, v in good.items() if k != "0001.cpv"})
    assert "are due" in refusal(good | {"0003.cpv": good["0002.cpv"]})
    assert "not stored" in refusal(packed(good, zipfile.ZIP_DEFLATED))


def test_parts_that_are_not_what_is_said_of_them(good, refusal):
    swapped = good | {"0000.cpv": good["0002.cpv"], "0002.cpv": good["0000.cpv"]}
    assert "of another sequence" in refusal(swapped)
    assert "not a whole .cpv file" in refusal(good | {"0001.cpv": b"PK" + bytes(300)})
    assert "0001.cpv" in refusal(good | {"0001.cpv": good["0001.cpv"][:-30]})
    nested = packed(good)
    assert "version 2" in refusal(good | {"0001.cpv": nested})
    for content in (
        {"sequence__bit_depth": 9},
        {"layout__qp": 33},
        {"layout__gop": 4},
        {"layout__name": "tds"},
        {"resample__kernel": "area"},
        {"resample__lr_width": 34},
        {"version": 2},
    ):
        refusal(inner_changed(good, "0001.cpv", **content))


def test_a_file_that_is_cut_off_is_not_taken_for_one_of_its_parts(good, refusal):
    whole = packed(good)
    at = whole.index(good["0001.cpv"]) + len(good["0001.cpv"])
    for end in (at - 1, at, at + 1, at + 200, len(whole) - 1):
        assert "not a whole" in refusal(whole[:end])
    assert "not a whole" in refusal(whole + b"\0")
    assert "not a whole" in refusal(b"\0" + whole)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damage_anywhere_is_found_or_harmless(good, tmp_path, data):
    """A flipped byte gives one of our errors, at once or when the pictures are read."""
    whole = bytearray(packed(good))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.cpv"
    path.write_bytes(bytes(whole[: data.draw(st.sampled_from([len(whole), len(whole) // 2]))]))
    out = tmp_path / "stream"
    try:
        with open_cpv(path) as file:
            assert len(file.parts) == 3
            for index, part in enumerate(file.parts):
                with file.part(index) as inner:
                    for stream in part.manifest.streams:
                        inner.extract(stream, out)
    except CodecpipeError as error:
        assert "\n" not in str(error)
