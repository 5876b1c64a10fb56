"""Each bad input gives one sentence on stderr and exit status 1; `--debug` shows the traceback."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from command import codecpipe, succeeds

EXPERIMENT = """
name: t
sequences: [{file: clip.yuv, size: 64x64, fps: 30}]
codecs: [{codec: x265}]
layouts: [{layout: crs}]
"""


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with good and bad files."""
    folder = tmp_path_factory.mktemp("bad")
    clip = moving_clip(64, 64, 5)
    shutil.copy(clip, folder / "clip_64x64_30.yuv")
    shutil.copy(clip, folder / "clip.yuv")
    good = ("--preset", "ultrafast", "--gop", "4", "--codec", "x265")
    succeeds("encode", "clip_64x64_30.yuv", "-o", "good.cpv", *good, cwd=folder)
    whole = (folder / "good.cpv").read_bytes()
    (folder / "cut.cpv").write_bytes(whole[: len(whole) // 2])
    (folder / "noise.cpv").write_bytes(bytes(range(256)) * 8)
    with zipfile.ZipFile(folder / "good.cpv") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(entries["manifest.json"])

    def rebuilt(name: str, **change: object) -> None:
        with zipfile.ZipFile(folder / name, "w") as out:
            for entry, data in entries.items():
                text = json.dumps({**manifest, **change}).encode()
                out.writestr(entry, text if entry == "manifest.json" else data)

    rebuilt("later.cpv", version=2)
    rebuilt("alien.cpv", codec={**manifest["codec"], "name": "h261"})
    rebuilt("older.cpv", codec={**manifest["codec"], "version": "1.0"})
    rebuilt("evil.cpv", codec={**manifest["codec"], "extra": [["csv", "pwned"]]})
    rebuilt("path.cpv", codec={**manifest["codec"], "preset": "../../x"})
    flipped = bytearray(whole)
    at = whole.index(entries["hr.hevc"]) + len(entries["hr.hevc"]) // 2
    flipped[at] ^= 0xFF
    (folder / "flipped.cpv").write_bytes(flipped)
    (folder / "empty_64x64_30.yuv").touch()
    (folder / "short_64x64_30.yuv").write_bytes(b"x" * 6145)
    (folder / "text.mp4").write_text("no video")
    (folder / "folder").mkdir()
    (folder / "taken.yuv").touch()
    bad = {
        "unknown_key": EXPERIMENT + "colour: red\n",
        "no_layout": EXPERIMENT.replace("layout: crs", "layout: abc"),
        "no_codec": EXPERIMENT.replace("codec: x265", "codec: h261"),
        "no_enhancer": EXPERIMENT + "enhancers: [magic]\n",
        "no_metric": EXPERIMENT + "metrics: [niqe]\n",
        "no_method": EXPERIMENT + "bd_method: spline\n",
        "no_anchor": EXPERIMENT + "anchor: HM\n",
        "no_file": EXPERIMENT.replace("clip.yuv", "nope.yuv"),
        "no_root": EXPERIMENT.replace("file: clip.yuv, size: 64x64, fps: 30", "sequence: Cactus"),
        "not_yaml": "name: [",
        "not_a_map": "- 1\n",
        "ldb": EXPERIMENT + "configs: [LDB]\n",
        "too_long": EXPERIMENT.replace("fps: 30", "fps: 30, frames: 99"),
        "twice": EXPERIMENT.replace("{layout: crs}", "{layout: crs}, {layout: crs}"),
    }
    for name, text in bad.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "exp.yaml").write_text(EXPERIMENT)
    (folder / "no_column.csv").write_text("rate,psnr\n1,2\n")
    (folder / "low.csv").write_text("rate_kbps,psnr_y\n10,20\n20,21\n30,22\n40,23\n")
    (folder / "high.csv").write_text("rate_kbps,psnr_y\n110,40\n120,41\n130,42\n140,43\n")
    return folder


CLIP = "clip_64x64_30.yuv"
CASES = {
    "missing file": (("encode", "nope.yuv", "-o", "x.cpv"), "does not exist"),
    "folder": (("encode", "folder", "-o", "x.cpv"), "is a folder"),
    "empty": (("encode", "empty_64x64_30.yuv", "-o", "x.cpv"), "is empty"),
    "cut off": (("encode", "short_64x64_30.yuv", "-o", "x.cpv"), "whole number"),
    "unknown size": (("encode", "clip.yuv", "-o", "x.cpv"), "--size"),
    "unknown fps": (("encode", "clip.yuv", "-o", "x.cpv", "--size", "64x64"), "--fps"),
    "odd width": (("encode", "clip.yuv", "-o", "x.cpv", "--size", "63x64", "--fps", "5"), "even"),
    "no size": (("encode", CLIP, "-o", "x.cpv", "--size", "big"), "WIDTHxHEIGHT"),
    "no video": (("encode", "text.mp4", "-o", "x.cpv"), "no video"),
    "no folder": (("encode", CLIP, "-o", "a/b/x.cpv"), "does not exist"),
    "existing": (("encode", CLIP, "-o", "good.cpv"), "--force"),
    "qp": (("encode", CLIP, "-o", "x.cpv", "--qp", "60"), "--qp"),
    "delta qp": (("encode", CLIP, "-o", "x.cpv", "--qp", "4"), "--delta-qp"),
    "layout": (("encode", CLIP, "-o", "x.cpv", "--layout", "abc"), "--layout"),
    "codec": (("encode", CLIP, "-o", "x.cpv", "--codec", "h261"), "--codec"),
    "preset": (("encode", CLIP, "-o", "x.cpv", "--preset", "warp"), "medium"),
    "x265 LDB": (("encode", CLIP, "-o", "x.cpv", "--config", "LDB"), "vvenc"),
    "param": (("encode", CLIP, "-o", "x.cpv", "--param", "rd"), "KEY=VALUE"),
    "file param": (("encode", CLIP, "-o", "x.cpv", "--param", "csv=x"), "cannot be set"),
    "unknown param": (("encode", CLIP, "-o", "x.cpv", "--param", "foo=1"), "foo"),
    "bad param": (("encode", CLIP, "-o", "x.cpv", "--param", "rd=abc"), "RD Level"),
    "scale 1": (("encode", CLIP, "-o", "x.cpv", "--scale", "1"), "down-sample"),
    "scale 0": (("encode", CLIP, "-o", "x.cpv", "--scale", "0"), "scale"),
    "scale x": (("encode", CLIP, "-o", "x.cpv", "--scale", "x"), "scale"),
    "even group": (("encode", CLIP, "-o", "x.cpv", "--layout", "tds", "--group", "4"), "odd"),
    "frames": (("encode", CLIP, "-o", "x.cpv", "--frames", "6"), "5 frames"),
    "no frames": (("encode", CLIP, "-o", "x.cpv", "--frames", "0"), "--frames"),
    "no output": (("encode", CLIP), "--output"),
    "truncated": (("decode", "cut.cpv", "-o", "x.yuv"), "cut off"),
    "noise": (("info", "noise.cpv"), "not a whole .cpv"),
    "altered": (("decode", "flipped.cpv", "-o", "x.yuv"), "checksum"),
    "later": (("decode", "later.cpv", "-o", "x.yuv"), "update codecpipe"),
    "alien codec": (("decode", "alien.cpv", "-o", "x.yuv"), "no codec 'h261'"),
    "older codec": (("decode", "older.cpv", "-o", "x.yuv"), "1.0"),
    "evil parameter": (("decode", "evil.cpv", "-o", "x.yuv"), "cannot be set"),
    "evil preset": (("decode", "path.cpv", "-o", "x.yuv"), "preset"),
    "suffix": (("decode", "good.cpv", "-o", "x.avi"), ".y4m"),
    "taken": (("decode", "good.cpv", "-o", "taken.yuv"), "--force"),
    "enhancer": (("decode", "good.cpv", "-o", "x.yuv", "--enhancer", "magic"), "lanczos"),
    "gpu": (("decode", "good.cpv", "-o", "x.yuv", "--device", "cuda"), "GPU"),
    "metric": (("measure", CLIP, CLIP, "--metric", "niqe"), "niqe"),
    "no column": (("bdrate", "low.csv", "no_column.csv"), "rate_kbps"),
    "no curves": (("bdrate", "nope.csv", "low.csv"), "nope.csv"),
    "no overlap": (("bdrate", "low.csv", "high.csv"), "share no quality"),
    "experiment missing": (("rd", "nope.yaml", "-o", "run"), "nope.yaml"),
    "catalogue": (("sequences", "list", "--catalogue", "nope.yaml"), "nope.yaml"),
    "root": (("sequences", "verify", "--root", "nope"), "nope"),
    "no run": (("report", "folder"), "not a run folder"),
    **{
        f"experiment {name}": (("rd", f"{name}.yaml", "-o", "run"), word)
        for name, word in {
            "unknown_key": "colour",
            "no_layout": "abc",
            "no_codec": "h261",
            "no_enhancer": "magic",
            "no_metric": "niqe",
            "no_method": "spline",
            "no_anchor": "HM",
            "no_file": "nope.yuv",
            "no_root": "root",
            "not_yaml": "YAML",
            "not_a_map": "not an experiment",
            "ldb": "LDB",
            "too_long": "99",
            "twice": "name",
        }.items()
    },
}


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_and_exit_status_1(place, case):
    arguments, word = CASES[case]
    before = {path.name for path in place.iterdir()}
    ran = codecpipe(*arguments, cwd=place)
    assert ran.code == 1
    lines = ran.err.strip().splitlines()
    assert lines[-1].startswith("codecpipe: ")
    assert len(lines) == 1
    assert word in lines[0]
    assert "Traceback" not in ran.err
    assert {path.name for path in place.iterdir()} == before


@pytest.mark.parametrize("at_the_end", [True, False])
def test_debug_shows_the_traceback(place, at_the_end):
    arguments = ["encode", "nope.yuv", "-o", "x.cpv"]
    arguments.insert(len(arguments) if at_the_end else 0, "--debug")
    ran = codecpipe(*arguments, cwd=place)
    assert ran.code == 1
    assert "Traceback" in ran.err


@pytest.mark.parametrize("binary", ["/nowhere/ffmpeg", "/bin/true"])
def test_another_ffmpeg_that_is_none(place, binary):
    ran = codecpipe("encode", CLIP, "-o", "x.cpv", cwd=place, CODECPIPE_FFMPEG=binary)
    assert ran.code == 1
    assert ran.err.startswith("codecpipe: ")
    assert len(ran.err.strip().splitlines()) == 1
