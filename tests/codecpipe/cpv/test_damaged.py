"""Files as they come out of a bad disk and a broken download."""

import json
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kits.cpv import CONTENT, MANIFEST, STREAMS, read, refusal, with_manifest

from codecpipe.errors import CodecpipeError, FileFormatError


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
