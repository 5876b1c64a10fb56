"""Run folders: nothing half-written, one process at a time, leftovers of a killed run removed."""

import multiprocessing
import os
from pathlib import Path

import pytest

from codecpipe.errors import InputError
from experiments.run.store import RunFolder, read_json, write_atomically


def test_points_and_times_come_back(tmp_path):
    with RunFolder(tmp_path / "a" / "run") as folder:
        assert folder.point("k") is None
        folder.put_point("k", {"row": {"psnr_y": float("inf"), "notes": "δ"}})
        assert folder.times("k") is None
        folder.put_times("k", {"cpu_s": {"encode": 0.1}})
        assert folder.times("k") is None  # the file itself is still missing
        folder.cpv("k").touch()
    with RunFolder(tmp_path / "a" / "run") as folder:
        assert folder.point("k") == {"row": {"psnr_y": float("inf"), "notes": "δ"}}
        assert folder.times("k") == {"cpu_s": {"encode": 0.1}}


def test_work_is_there_while_it_is_open_and_gone_afterwards(tmp_path):
    with RunFolder(tmp_path) as folder:
        (folder.work_dir / "x").touch()
    assert not folder.work_dir.exists()


def test_leftovers_of_a_killed_run_are_removed_and_nothing_else(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.put_point("k", {})
    left = [
        tmp_path / "work" / "codecpipe-abc" / "hr.yuv",
        tmp_path / "points" / ".k2.json.123.part",
        tmp_path / "cpv" / ".k2.cpv.123.part",
        tmp_path / ".frames.parquet.part",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    kept = [tmp_path / "points" / "k.json", tmp_path / "mine.part", tmp_path / "logs" / "a.log"]
    for path in kept[1:]:
        path.touch()
    with RunFolder(tmp_path):
        assert not any(path.exists() for path in left)
        assert all(path.exists() for path in kept)


def _try(path: Path, answers) -> None:
    try:
        with RunFolder(path):
            answers.put("entered")
    except InputError as error:
        answers.put(str(error))


def test_a_second_process_is_refused_until_the_first_has_left(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()

    def other() -> str:
        process = context.Process(target=_try, args=(tmp_path, answers))
        process.start()
        process.join()
        return answers.get()

    with RunFolder(tmp_path) as folder:
        (folder.work_dir / "mine").touch()
        assert other() == (
            f"another process works in '{tmp_path}': wait for it, or name another folder"
        )
        assert (folder.work_dir / "mine").exists()
    assert other() == "entered"


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be used"), RunFolder(tmp_path / "file" / "run"):
        pass


@pytest.mark.parametrize("text", ["", "{", "[1]", '"text"', "\xff"])
def test_damaged_json_is_named(tmp_path, text):
    path = tmp_path / "k.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"k\.json' is damaged: delete it"):
        read_json(path)


def test_no_file_is_nothing(tmp_path):
    assert read_json(tmp_path / "k.json") is None


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_reader_never_sees_half_a_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(path.read_text()))
    write_atomically(path, "new" * 100_000)
    assert seen == ["old"]
    assert path.read_text() == "new" * 100_000
