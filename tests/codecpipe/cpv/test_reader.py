"""Files that are read as they were written, and files out of an attacker's hands."""

import io
import json
import struct
import sys
import zipfile
import zlib

import pytest
from kits.cpv import CONTENT, MANIFEST, STREAMS, archive, read, refusal, with_manifest

from codecpipe.cpv import CpvFile, write_cpv
from codecpipe.errors import FileFormatError, InputError


def test_what_was_written_is_read(good, place, tmp_path):
    path = place(good)
    assert read(path, tmp_path / "out") == (MANIFEST, STREAMS)
    with CpvFile(path) as file:
        assert file.container_bytes == len(good) - 810


def test_it_is_a_zip_archive_that_others_read(good):
    with zipfile.ZipFile(io.BytesIO(good)) as file:
        assert file.namelist() == ["manifest.json", "hr.hevc", "lr.hevc"]
        assert file.testzip() is None
        assert all(info.compress_type == zipfile.ZIP_STORED for info in file.infolist())
        assert json.loads(file.read("manifest.json")) == MANIFEST.model_dump(mode="json")


def test_the_same_content_is_the_same_bytes(good, tmp_path):
    for name, data in STREAMS.items():
        (tmp_path / name).write_bytes(data)
    path = tmp_path / "deep" / "er" / "again.cpv"
    write_cpv(path, MANIFEST, {name: tmp_path / name for name in STREAMS})
    assert path.read_bytes() == good


def test_a_failed_write_leaves_the_old_file(good, place, tmp_path):
    path = place(good)
    with pytest.raises(FileNotFoundError):
        write_cpv(path, MANIFEST, dict.fromkeys(STREAMS, tmp_path / "missing"))
    assert path.read_bytes() == good
    assert list(tmp_path.iterdir()) == [path]


def test_missing_files_and_folders(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.cpv", InputError)
    refusal(tmp_path, InputError)


def test_what_is_no_cpv_file(place):
    assert "is not a whole .cpv file" in refusal(place(b"not a zip at all" * 10))
    assert "is not a whole .cpv file" in refusal(place(b""))
    assert "without manifest.json" in refusal(place(archive([("a.txt", "hello")])))
    assert "without manifest.json" in refusal(place(archive([])))
    for other in ({"format": "other"}, [], 7, None, {}):
        assert "is another's" in refusal(place(with_manifest(other)))


def test_later_versions(place):
    for version in (2, 99, 10**20):
        said = refusal(place(with_manifest(CONTENT | {"version": version})))
        assert f"format version {version} and this codecpipe reads up to 1: update" in said
    for version in (0, -1, "1.0", None, 1.5, [1]):
        refusal(place(with_manifest(CONTENT | {"version": version})))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"format": "codecpipe", "version": 1}',
        b"\xff\xfe\x00",
        b"\x80abc",
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"format": "codecpipe", "version": ' + "9" * 5000 + "}",
        '{"format": "codecpipe", "version": 1e999}',
        '{"format": "codecpipe", "version": NaN}',
        json.dumps(CONTENT).replace('"clip"', '"\\ud800"'),
        json.dumps(CONTENT).replace('"qp": 37', f'"qp": {"9" * 5000}'),
        json.dumps(CONTENT).replace('"fps": "25"', '"fps": "25/0"'),
    ],
    ids=range(13),
)
def test_manifests_that_are_none(place, text):
    refusal(place(with_manifest(text)))


def test_the_recursion_limit_is_as_it_was(place):
    before = sys.getrecursionlimit()
    refusal(place(with_manifest("[" * 200_000)))
    assert sys.getrecursionlimit() == before


GOOD_MANIFEST = ("manifest.json", json.dumps(CONTENT))


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/tmp/evil", "..\\evil", "hr.hevc/../../evil", "notes.txt", "a/", "ü", "\n"],
)
def test_entries_that_do_not_belong_there(place, tmp_path, name):
    with_extra = archive([GOOD_MANIFEST, *STREAMS.items(), (name, b"evil")])
    before = set(tmp_path.rglob("*"))
    assert "was altered" in refusal(place(with_extra))
    # The same as a stream, with a manifest that names it.
    streams = [CONTENT["streams"][0] | {"file": name}, CONTENT["streams"][1]]
    entries = [("manifest.json", json.dumps(CONTENT | {"streams": streams}))]
    entries += [(name, STREAMS["hr.hevc"]), ("lr.hevc", STREAMS["lr.hevc"])]
    refusal(place(archive(entries)))
    assert set(tmp_path.rglob("*")) - before <= {tmp_path / "test.cpv"}


def test_missing_and_repeated_entries(place):
    refusal(place(archive([GOOD_MANIFEST])))
    refusal(place(archive([GOOD_MANIFEST, ("hr.hevc", STREAMS["hr.hevc"])])))
    for again in ("hr.hevc", "manifest.json"):
        entries = [GOOD_MANIFEST, *STREAMS.items()]
        entries.append((again, dict(entries)[again]))
        with pytest.warns(UserWarning, match="Duplicate name"):
            data = archive(entries)
        assert "was altered" in refusal(place(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_entries(place, method):
    entries = [GOOD_MANIFEST, *STREAMS.items()]
    assert "not stored as codecpipe stores it" in refusal(place(archive(entries, method)))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as out:
        out.writestr(*GOOD_MANIFEST)
        for name, content in STREAMS.items():
            out.writestr(name, content, method)
    assert "was altered" in refusal(place(data.getvalue()))


def test_a_bomb_is_not_unpacked(place):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("manifest.json", b" " * (200 << 20))
    assert len(data.getvalue()) < 1 << 20
    assert "not stored" in refusal(place(data.getvalue()))


def test_streams_of_other_sizes(place):
    for change in (-1, 1):
        streams = STREAMS | {"lr.hevc": bytes(110 + change)}
        said = refusal(place(archive([GOOD_MANIFEST, *streams.items()])))
        assert "lr.hevc has not the size that the manifest gives" in said


def test_the_checksum_of_a_stream_is_compared(good, place, tmp_path):
    data = good.replace(STREAMS["lr.hevc"], bytes(110))
    path = place(data)
    with CpvFile(path) as file:
        file.extract(file.manifest.streams[0], tmp_path / "out")
        with pytest.raises(FileFormatError, match=r"lr\.hevc fails its checksum"):
            file.extract(file.manifest.streams[1], tmp_path / "out")
    crc = struct.pack("<I", zlib.crc32(STREAMS["lr.hevc"]))
    forged = data.replace(crc, struct.pack("<I", zlib.crc32(bytes(110))))
    # A forged checksum is the pictures' MD5s' affair.
    assert read(place(forged), tmp_path / "out")[1]["lr.hevc"] == bytes(110)
