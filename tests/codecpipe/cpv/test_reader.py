"""Files as they come out of a bad disk, a broken download, and an attacker's hands."""

import io
import json
import random
import struct
import sys
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codecpipe.cpv import CpvFile, Manifest, write_cpv
from codecpipe.errors import CodecpipeError, FileFormatError, InputError

MD5 = "0123456789abcdef" * 2


def record(name, side, frames, leads, sizes):
    return {
        "name": name, "file": f"{name}.hevc", "scale": "1" if name == "hr" else "2",
        "width": side, "height": side, "config": "LDP", "qp": 37, "intra_period": 0,
        "frames": frames, "leads": leads, "lead_keys": "injected" if leads else "none",
        "coded": [[at, "P", 37, size] for at, size in enumerate(sizes)],
        "md5": [MD5] * len(frames), "command": "encoder",
    }  # fmt: skip


CONTENT = {
    "format": "codecpipe", "version": 1,
    "sequence": {"name": "clip", "width": 64, "height": 64, "fps": "25", "bit_depth": 8,
                 "frames": 3},
    "layout": {"name": "crs", "config": "LDP", "qp": 37, "delta_qp": 5, "scale": "2", "gop": 0,
               "group": 5, "shared_boundary": False},
    "resample": {"kernel": "bicubic", "padded_width": 64, "padded_height": 64, "lr_width": 32,
                 "lr_height": 32},
    "codec": {"name": "x265", "version": "4.1", "ffmpeg": "9.0", "preset": "", "extra": [],
              "threads": 1, "bit_depth": 8},
    "streams": [record("hr", 64, [0], [], [700]), record("lr", 32, [0, 1, 2], [0], [9, 50, 60])],
    "enhancer": None, "notes": [],
}  # fmt: skip
MANIFEST = Manifest.model_validate(CONTENT)
STREAMS = {"hr.hevc": bytes(range(250)) * 2 + bytes(200), "lr.hevc": bytes(range(110, 0, -1))}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a good file."""
    folder = tmp_path_factory.mktemp("good")
    for name, data in STREAMS.items():
        (folder / name).write_bytes(data)
    path = folder / "good.cpv"
    size = write_cpv(path, MANIFEST, {name: folder / name for name in STREAMS})
    assert size == path.stat().st_size
    assert sorted(p.name for p in folder.iterdir()) == ["good.cpv", "hr.hevc", "lr.hevc"]
    return path.read_bytes()


@pytest.fixture
def place(tmp_path):
    """Writes bytes to a file of its own."""

    def put(data):
        path = tmp_path / "test.cpv"
        path.write_bytes(data)
        return path

    return put


def read(path, out):
    """Manifest and streams, or the error of ours; any other error fails the test."""
    with CpvFile(path) as file:
        streams = {}
        for stream in file.manifest.streams:
            file.extract(stream, out)
            streams[stream.file] = out.read_bytes()
        return file.manifest, streams


def archive(entries, method=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as out:
        for name, content in entries:
            out.writestr(name, content)
    return data.getvalue()


def with_manifest(content):
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    return archive([("manifest.json", text), *STREAMS.items()])


def refusal(path, kind=FileFormatError):
    with pytest.raises(kind) as caught:
        CpvFile(path)
    said = str(caught.value)
    assert "\n" not in said
    assert str(path) in said
    return said


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


def test_truncated_anywhere(good, place):
    for length in range(0, len(good), 7):
        refusal(place(good[:length]))
    refusal(place(good[:-1]))


def test_the_start_is_missing(good, place, tmp_path):
    for length in (1, 30, 500, len(good) - 22):
        with pytest.raises(FileFormatError):
            read(place(good[length:]), tmp_path / "out")


def test_a_hole_in_the_middle(good, place, tmp_path):
    for start in range(0, len(good) - 100, 97):
        with pytest.raises(FileFormatError):
            read(place(good[:start] + good[start + 50 :]), tmp_path / "out")


def check_altered(path, out):
    """A damaged file is refused, or the damage touched nothing that is read."""
    try:
        got = read(path, out)
    except FileFormatError as error:
        assert "\n" not in str(error)
        return True
    assert got == (MANIFEST, STREAMS)
    return False


def test_each_byte_of_the_directory_altered(good, place, tmp_path):
    start = good.index(b"PK\x01\x02")
    refused = 0
    for at in range(start, len(good)):
        for value in (good[at] ^ 1, good[at] ^ 0x80, 0xFF - good[at]):
            data = good[:at] + bytes([value]) + good[at + 1 :]
            refused += check_altered(place(data), tmp_path / "out")
    assert refused > (len(good) - start)


def test_bytes_of_streams_and_manifest_altered(good, place, tmp_path):
    for content in (MANIFEST.model_dump_json().encode(), *STREAMS.values()):
        start = good.index(content)
        for at in range(start, start + len(content), 13):
            data = good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :]
            assert check_altered(place(data), tmp_path / "out"), at


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_several_bytes_altered(good, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("altered")
    altered = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        altered[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "test.cpv"
    path.write_bytes(altered)
    check_altered(path, folder / "out")


def test_random_bytes(place, tmp_path):
    chance = random.Random(5)
    for _ in range(100):
        data = chance.randbytes(chance.randrange(400))
        refusal(place(data))
        with pytest.raises(FileFormatError):
            read(place(b"PK\x03\x04" + data + b"PK\x05\x06" + data[:18]), tmp_path / "out")


def test_a_manifest_with_right_checksum_and_random_changes(place, tmp_path):
    """What a checksum does not catch, the schema and the checks of names and sizes do."""
    chance = random.Random(6)
    text = json.dumps(CONTENT).encode()
    for _ in range(300):
        altered = bytearray(text)
        altered[chance.randrange(len(text))] = chance.randrange(32, 127)
        try:
            read(place(with_manifest(bytes(altered))), tmp_path / "out")
        except CodecpipeError as error:
            assert "\n" not in str(error)


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


def test_encrypted_and_unknown_features(good, place, tmp_path):
    """Bits of the headers that make zipfile raise errors of its own kinds."""
    for signature, flags_at, version_at in ((b"PK\x01\x02", 8, 6), (b"PK\x03\x04", 6, 4)):
        at = -1
        while (at := good.find(signature, at + 1)) >= 0:
            for flags in (1, 0x20, 0x40, 0x800, 0xFFFF):
                data = bytearray(good)
                struct.pack_into("<H", data, at + flags_at, flags)
                check_altered(place(bytes(data)), tmp_path / "out")
            for needed in (64, 255):
                data = bytearray(good)
                struct.pack_into("<H", data, at + version_at, needed)
                check_altered(place(bytes(data)), tmp_path / "out")


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
