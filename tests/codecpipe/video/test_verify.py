"""Whether the files of a catalogue are there and hold what it says."""

import os
from pathlib import Path

import pytest
from kits.catalogue import BUILTIN, get, own

from codecpipe.errors import InputError
from codecpipe.video.catalogue import FileState, verify


def sparse(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, size)
    return path


FRAME = 64 * 32 * 3 // 2


@pytest.mark.parametrize(
    ("size", "state", "detail"),
    [
        (3 * FRAME, "ok", "It has 3 frames of 64x32 yuv420p; 3 are asked for."),
        (4 * FRAME, "ok", "It has 4 frames of 64x32 yuv420p; 3 are asked for."),
        (2 * FRAME, "wrong-size", "It has 2 frames of 64x32 yuv420p; 3 are asked for."),
        (0, "wrong-size", "It has 0 frames of 64x32 yuv420p; 3 are asked for."),
        (3 * FRAME + 1, "wrong-size", "9217 bytes are not a whole number of frames"),
    ],
)
def test_verify_raw_files(tmp_path: Path, size: int, state: str, detail: str) -> None:
    path = sparse(tmp_path / "root" / "class X" / "own_64x32_25.YUV", size)
    (row,) = verify(own(tmp_path), tmp_path / "root")
    assert (row.state, row.path) == (state, path)
    assert row.detail.startswith(detail)


Y4M = b"YUV4MPEG2 "


@pytest.mark.parametrize(
    ("header", "state"),
    [
        (Y4M + b"W64 H32 F25:1 C420jpeg\nFRAME\n", "ok"),
        (Y4M + b"W32 H64 F25:1\nFRAME\n", "wrong-size"),
        (Y4M + b"F25:1\nW64 H32\n", "wrong-size"),
        (b"RIFF W64 H32\n", "wrong-size"),
        (b"\xff" * 100_000, "wrong-size"),
    ],
)
def test_verify_y4m_twins(tmp_path: Path, header: bytes, state: str) -> None:
    catalogue = own(tmp_path)
    path = tmp_path / "Own_64x32_25.y4m"
    path.write_bytes(header)
    (row,) = verify(catalogue, tmp_path)
    assert (row.state, row.path) == (state, path)


def test_verify_reads_sizes_only_and_prefers_a_good_copy(tmp_path: Path) -> None:
    tango = get("jvet_ctc/A1/Tango2")
    sparse(tmp_path / "a" / tango.file, 1)
    good = sparse(tmp_path / "b" / tango.file, 294 * tango.format.frame_bytes)
    for loop in ("up", "again"):  # walked without care, 2 ** 40 folders
        (tmp_path / "b" / loop).symlink_to(tmp_path)
    rows = {row.sequence.qualified_name: row for row in verify(BUILTIN, tmp_path)}
    assert rows["jvet_ctc/A1/Tango2"].path == good
    assert rows["jvet_ctc/A1/Tango2"].state is FileState.OK
    others = [row for name, row in rows.items() if not name.endswith("Tango2")]
    assert {row.state for row in others} == {FileState.MISSING}
    assert len(rows) == len(list(BUILTIN)) == len(others) + 1
    cactus = rows["hevc_ctc/B/Cactus"]
    assert (cactus.path, cactus.detail) == (
        None,
        f"Cactus_1920x1080_50.yuv is not under {tmp_path}.",
    )


def test_verify_follows_links_and_names_broken_ones(tmp_path: Path) -> None:
    catalogue = own(tmp_path)
    sparse(tmp_path / "disk" / "Own_64x32_25.yuv", 3 * FRAME)
    root = tmp_path / "root"
    root.mkdir()
    (root / "Own_64x32_25.yuv").symlink_to(tmp_path / "nowhere")
    (row,) = verify(catalogue, root)
    assert row.state is FileState.MISSING
    assert row.detail.startswith("It cannot be read: ")
    (root / "linked").symlink_to(tmp_path / "disk")
    (row,) = verify(catalogue, root)
    assert (row.state, row.path) == (FileState.OK, root / "linked" / "Own_64x32_25.yuv")


def test_verify_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        verify(BUILTIN, tmp_path / "none")
