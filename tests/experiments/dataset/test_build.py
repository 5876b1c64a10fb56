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
import yaml
from click.testing import CliRunner

from codecpipe.opening import open_decoder
from codecpipe.video.picture_md5 import picture_md5
from codecpipe.video.resample import Filter, downsample
from encoders import get_codec
from enhancers.training.cache import Group, open_datasets
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.selection import select
from experiments.commands.dataset import dataset_group
from experiments.dataset.build import build, plan_dataset

pytestmark = pytest.mark.codec

BUILD = [
    *(sys.executable, "-c"),
    "from experiments.commands.entry import enter\n"
    "from experiments.commands.dataset import dataset_group\n"
    "enter(dataset_group)",
    "build",
]


def put_file(folder, clips, **more):
    content = {
        "name": "small",
        "clips": clips,
        "codecs": [{"codec": "x265", "preset": "ultrafast"}],
        "layout": {"layout": "crs", "gop": 4},
        "qps": [32, 42],
    }
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump(content | more))
    return path


def clip(path, name, split="train", **more):
    return {"file": str(path), "name": name, "split": split, "licence": "CC0", **more}


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


def arrays(folder):
    return {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}


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
        *(("a", 32), ("a", 42)),
        *(("b", 32), ("b", 42)),
    ]
    for item in index["items"]:
        assert (item["codec"], item["config"], item["layout"], item["scale"]) == (
            *("x265", "LDP"),
            *("crs", 2),
        )
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
        dataset_group, ["build", str(file), "-o", str(tmp_path / "d"), "--jobs", "1"]
    )
    assert result.exit_code == 1
    assert "failed: photo-bad: FFmpeg reads no picture from" in result.stderr
    assert "1 clips or files failed" in str(result.exception)
    assert not (tmp_path / "d" / "dataset.json").exists()
    assert len(list((tmp_path / "d").glob("decoded/*/item.json"))) == 1


def test_a_dry_run_makes_nothing(files, tmp_path):
    out = tmp_path / "d"
    result = CliRunner().invoke(dataset_group, ["build", str(files), "-o", str(out), "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "train: 1 clips with 9 frames, 2 files to code" in result.stdout
    assert "b x265 ultrafast LDP QP 42: 7 frames, 96x64" in result.stdout
    assert not out.exists()


def test_deeper_than_the_source(tmp_path, moving_clip):
    """VVenC codes 8 bit video in 10 bit."""
    file = put_file(
        tmp_path,
        [clip(moving_clip(64, 64, 5), "a")],
        codecs=[{"codec": "vvenc", "preset": "faster"}],
        qps=[42],
    )
    out = tmp_path / "d"
    assert build(plan_dataset(file), out).failed == {}
    index = json.loads((out / "dataset.json").read_text())
    assert index["clips"][0]["source_bit_depth"] == 8
    folder = out / index["items"][0]["folder"]
    has = arrays(folder)
    assert json.loads((folder / "item.json").read_text())["bit_depth"] == 10
    assert has["lr_y"].dtype == has["key_uv"].dtype == np.uint16
    assert np.load(out / "clips" / "a" / "y.npy").dtype == np.uint8
    assert 255 < has["key_y"].max() < 1024


def test_photographs_are_clips(tmp_path):
    random = np.random.default_rng(3)
    for name in "ab":
        head = b"P6\n120 100\n255\n"
        (tmp_path / f"{name}.ppm").write_bytes(head + random.bytes(120 * 100 * 3))
    file = put_file(
        tmp_path,
        [],
        photos=[{"files": ["?.ppm"], "licence": "CC0", "split": "train"}],
        rendering={"width": 64, "height": 48, "frames": 5, "fps": 24, "seed": 5},
        qps=[37],
    )
    out = tmp_path / "d"
    assert build(plan_dataset(file, tmp_path), out).made == 2
    index = json.loads((out / "dataset.json").read_text())
    source = index["clips"][0]["source"]
    assert [photo["file"] for photo in source["origin"]["photos"]] == ["a.ppm", "b.ppm"]
    assert source["fps"] == "24"
    luma = np.load(out / "clips" / "photo-a" / "y.npy")
    assert luma.shape == (5, 48, 64)
    assert build(plan_dataset(file, tmp_path), out).kept == 2


def test_tds_in_ai_and_ldp(tmp_path, moving_clip):
    """Both in one dataset: boundaries at full size, an LR picture of every frame."""
    clips = [
        clip(moving_clip(64, 64, 12), "a"),
        clip(moving_clip(64, 48, 8), "b", "validation", scene="other"),
    ]
    layout = {"layout": "tds", "group": 5}
    file = put_file(tmp_path, clips, layout=layout, configs=["AI", "LDP"], qps=[32])
    out = tmp_path / "d"
    assert build(plan_dataset(file), out).made == 4
    items = open_datasets([out])
    assert [(item.clip.name, item.config, item.layout) for item in items] == [
        (name, config, "tds") for name in "ab" for config in ("AI", "LDP")
    ]
    for item in items[:2]:
        # 12 frames: two groups, and boundaries 10 and 11 with nothing between them.
        assert item.key_frames == (0, 4, 5, 9, 10, 11)
        assert item.groups == (Group(0, range(1, 4), 4), Group(5, range(6, 9), 9))
        assert item.keys(Planes.Y).shape == (6, 1, 64, 64)
        assert item.lr(Planes.UV).shape == (12, 2, 16, 16)
        assert item.source(Planes.Y).shape == (12, 1, 64, 64)
    scaled = [json.loads((item.folder / "item.json").read_text())["scaled_keys"] for item in items]
    # In LDP the first boundary of a group leads its LR frames; nothing does in AI.
    assert scaled[:2] == [[0, 4, 5, 9, 10, 11], [4, 9, 10, 11]]
    found = select(items, TrainingPlan(datasets=("d",), method="srfr"))
    assert found.names("config") == ("AI", "LDP")
    # Decoded boundaries are near the source, LR pictures near the source scaled down.
    for item in items:
        for at, frame in enumerate(item.key_frames):
            key, source = item.keys(Planes.Y)[at, 0], item.source(Planes.Y)[frame, 0]
            assert np.abs(key.astype(int) - source).mean() < 8
            low = item.lr(Planes.Y)[frame, 0].astype(int)
            height, width = (side // 2 for side in source.shape)
            halved = source.reshape(height, 2, width, 2).mean(axis=(1, 3))
            assert np.abs(low - halved).mean() < 8
