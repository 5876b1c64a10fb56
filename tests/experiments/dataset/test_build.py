"""Building a dataset with real codecs: what is in it, going on after an end, what fails."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from kits.datasets import arrays, clip, put_file

from codecpipe.opening import open_decoder
from codecpipe.video.picture_md5 import picture_md5
from codecpipe.video.resample import Filter, downsample
from encoders import get_codec
from experiments.commands.dataset import dataset_command
from experiments.dataset.build import build, plan_dataset

pytestmark = pytest.mark.codec

BUILD = [
    sys.executable,
    "-c",
    "from experiments.commands.entry import enter\n"
    "from experiments.commands.dataset import dataset_command\n"
    "enter(dataset_command)",
    "build",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory, moving_clip):
    """A dataset file of two clips, with frames left over on all sides."""
    folder = tmp_path_factory.mktemp("file")
    a = clip(moving_clip(104, 72, 12), "a", frames=[1, 9], credit="someone")
    b = clip(moving_clip(104, 72, 7), "b", "validation", crop=[8, 4, 96, 64], scene="other")
    return put_file(folder, [a, b])


@pytest.fixture(scope="module")
def whole(tmp_path_factory, files):
    """That dataset, built at once in this process."""
    out = tmp_path_factory.mktemp("whole") / "d"
    done = []
    built = build(plan_dataset(files), out, on_done=lambda *one: done.append(one))
    assert (built.made, built.kept, built.failed) == (4, 0, {})
    assert [(count, total) for _, count, total in done] == [(n, 6) for n in range(1, 7)]
    return out


def contents(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def frame_of(luma, chroma):
    return np.concatenate([luma.ravel(), chroma.ravel()])


def test_the_index(whole):
    index = json.loads((whole / "dataset.json").read_text())
    assert index["version"] == 1
    assert [(c["name"], c["split"], c["scene"]) for c in index["clips"]] == [
        ("a", "train", "a"),
        ("b", "validation", "other"),
    ]
    source = index["clips"][0]["source"]
    assert (source["frames"], source["width"], source["height"]) == (9, 96, 64)
    assert (source["licence"], source["credit"], source["fps"]) == ("CC0", "someone", "30")
    assert index["clips"][0]["source_bit_depth"] == 8
    assert [(i["clip"], i["qp"]) for i in index["items"]] == [
        ("a", 32),
        ("a", 42),
        ("b", 32),
        ("b", 42),
    ]
    for item in index["items"]:
        coded = (item["codec"], item["config"], item["layout"], item["scale"])
        assert coded == ("x265", "LDP", "crs", 2)
        assert (whole / item["cpv"]).is_file()
        assert (whole / item["folder"] / "item.json").is_file()
    assert not (whole / "work").exists()


def test_arrays_are_what_a_receiver_decodes(whole):
    """Frame by frame as the decoder has them, and by the MD5s that the file holds."""
    for item in json.loads((whole / "dataset.json").read_text())["items"]:
        folder = whole / item["folder"]
        has, said = arrays(folder), json.loads((folder / "item.json").read_text())
        assert has["lr_y"].shape == (said["frames"], 32, 48)
        assert has["lr_uv"].shape == (said["frames"], 2, 16, 24)
        assert has["key_y"].shape == (len(said["keys"]), 64, 96)
        assert said["keys"] == list(range(0, said["frames"], 4))
        with open_decoder(whole / item["cpv"], get_codec) as decoder:
            (one,) = decoder.decoders()
            shown = list(one.frames())
            streams = {stream.name: stream for stream in one.manifest.streams}
            fmt, size = one.fmt, one.size_plan
        assert [frame.qp for frame in shown] == said["qp"]
        assert said["qp"][0] == item["qp"] == said["base_qp"]
        for frame in shown:
            low = frame_of(has["lr_y"][frame.index], has["lr_uv"][frame.index])
            if not frame.key:
                assert np.array_equal(low, frame.frame)
                continue
            at = said["keys"].index(frame.index)
            key = frame_of(has["key_y"][at], has["key_uv"][at])
            assert np.array_equal(key, frame.frame)
            if frame.lr_copy is None:
                assert frame.index in said["scaled_keys"]
                (scaled,) = downsample([key], fmt, size, Filter.BICUBIC)
                assert np.array_equal(low, scaled)
            else:
                assert np.array_equal(low, frame.lr_copy)
        # Of 9 frames the last is a key that nothing follows.
        assert said["scaled_keys"] == ([8] if said["frames"] == 9 else [])
        md5 = [picture_md5(frame_of(*p)) for p in zip(has["lr_y"], has["lr_uv"], strict=True)]
        assert [md5[frame] for frame in streams["lr"].frames] == list(streams["lr"].md5)
        md5 = [picture_md5(frame_of(*p)) for p in zip(has["key_y"], has["key_uv"], strict=True)]
        assert md5 == list(streams["hr"].md5)


def test_going_on_does_nothing_twice(files, whole):
    before = {p: p.stat().st_mtime_ns for p in whole.rglob("*") if p.is_file()}
    del before[whole / "lock"], before[whole / "dataset.json"]
    old = (whole / "dataset.json").read_bytes()
    done = []
    built = build(plan_dataset(files), whole, on_done=lambda *one: done.append(one[1:]))
    assert (built.made, built.kept) == (0, 4)
    assert done[-1] == (6, 6)
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert (whole / "dataset.json").read_bytes() == old


def test_a_killed_build_goes_on(files, whole, tmp_path):
    out = tmp_path / "d"
    command = [*BUILD, str(files), "-o", str(out), "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(out.glob("decoded/*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = children(process.pid)
    assert len(workers) >= 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    finished = {p: p.stat().st_ino for p in out.glob("decoded/*")}
    assert finished
    assert not (out / "dataset.json").exists()
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(alive(pid) for pid in workers)
    finished = {p: p.stat().st_ino for p in out.glob("decoded/*")}
    built = build(plan_dataset(files), out)
    assert built.made + built.kept == 4
    assert built.kept == len(finished)
    assert {p: p.stat().st_ino for p in finished} == finished
    assert contents(out) == contents(whole)


def children(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_fails_is_told_and_the_rest_goes_on(tmp_path, moving_clip):
    bad = tmp_path / "photos" / "bad.png"
    bad.parent.mkdir()
    bad.write_text("no picture")
    file = put_file(
        tmp_path,
        [clip(moving_clip(64, 64, 5), "good")],
        photos=[{"files": "photos/bad.png", "licence": "CC0"}],
        qps=[42],
    )
    result = CliRunner().invoke(
        dataset_command, ["build", str(file), "-o", str(tmp_path / "d"), "--jobs", "1"]
    )
    assert result.exit_code == 1
    assert "failed: photo-bad: FFmpeg reads no picture from" in result.stderr
    assert "1 clips or files failed" in str(result.exception)
    assert not (tmp_path / "d" / "dataset.json").exists()
    assert len(list((tmp_path / "d").glob("decoded/*/item.json"))) == 1


def test_a_dry_run_makes_nothing(files, tmp_path):
    out = tmp_path / "d"
    result = CliRunner().invoke(dataset_command, ["build", str(files), "-o", str(out), "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "train: 1 clips with 9 frames, 2 files to code" in result.stdout
    assert "b x265 ultrafast LDP QP 42: 7 frames, 96x64" in result.stdout
    assert not out.exists()
