"""Experiment files that cannot be used: one sentence, exit status 1, and nothing written."""

import shutil

import pytest
from kits.commands import forked, one_sentence

pytestmark = pytest.mark.codec

CLIP = "clip_64x64_30.yuv"
EXPERIMENT = f"""
name: t
sequences: [{{file: {CLIP}}}]
codecs: [{{codec: x265, preset: ultrafast}}]
layouts: [{{layout: crs}}]
"""


def _change(old: str, new: str) -> str:
    assert old in EXPERIMENT
    return EXPERIMENT.replace(old, new)


EXPERIMENTS = {
    "not yaml": ("name: t\nqps: [\n", "line 3"),
    "not a map": ("- 1\n", "not an experiment"),
    "empty": ("", "not an experiment"),
    "unknown key": (EXPERIMENT + "colour: red\n", "colour"),
    "unknown key inside": (_change("preset:", "presett:"), "codecs.0.presett"),
    "wrong type": (EXPERIMENT + "qps: high\n", "qps"),
    "wrong type inside": (EXPERIMENT + "qps: [22, x]\n", "qps.1"),
    "no qps": (EXPERIMENT + "qps: []\n", "qps"),
    "name missing": (_change("name: t", "description: t"), "name"),
    "codec": (_change("codec: x265", "codec: h261"), "choose one of x265"),
    "enhancer": (EXPERIMENT + "enhancers: [magic]\n", "choose one of bicubic, lanczos"),
    "metric": (EXPERIMENT + "metrics: [niqe]\n", "choose among psnr"),
    "layout": (_change("layout: crs", "layout: abc"), "choose one of anchor"),
    "config": (EXPERIMENT + "configs: [LDX]\n", "configs.0"),
    "config of the codec": (EXPERIMENT + "configs: [LDB]\n", "vvenc"),
    "BD method": (EXPERIMENT + "bd_method: spline\n", "choose one of"),
    "anchor": (EXPERIMENT + "anchor: HM\n", "choose one of crs k2 δ5 + lanczos"),
    "layout twice": (_change("{layout: crs}", "{layout: crs}, {layout: crs}"), "'name'"),
    "codec twice": (
        _change("{codec: x265, preset: ultrafast}", "{codec: x264}, {codec: x264}"),
        "'name'",
    ),
    "sequence twice": (
        _change(f"[{{file: {CLIP}}}]", f"[{{file: {CLIP}}}, {{file: {CLIP}}}]"),
        "'name'",
    ),
    "QP twice": (EXPERIMENT + "qps: [22, 22]\n", "twice"),
    "QP": (EXPERIMENT + "qps: [60]\n", "--qp"),
    "scale 1": (_change("layout: crs", "layout: crs, scale: 1"), "down-sample"),
    "scale 0": (_change("layout: crs", "layout: crs, scale: 0"), "up-sample"),
    "scale by 0": (_change("layout: crs", "layout: crs, scale: 3/0"), "3/0"),
    "scale text": (_change("layout: crs", "layout: crs, scale: half"), "half"),
    "group": (_change("layout: crs", "layout: tds, group: 4"), "odd"),
    "preset": (_change("ultrafast", "warp"), "choose one of"),
    "held parameter": (_change("ultrafast", "ultrafast, extra: {keyint: 5}"), "keyint"),
    "file parameter": (_change("ultrafast", "ultrafast, extra: {csv: a}"), "csv"),
    "no file": (_change(CLIP, "nope_64x64_30.yuv"), "does not exist"),
    "too many frames": (_change(CLIP, f"{CLIP}, frames: 99"), "99"),
    "negative frames": (_change(CLIP, f"{CLIP}, frames: -1"), "sequences.0.frames"),
    "frame rate": (_change(CLIP, f"{CLIP}, fps: fast"), "frame rate"),
    "odd size": (_change(CLIP, f"{CLIP}, size: 63x64"), "even"),
    "no root": (_change(f"file: {CLIP}", "sequence: Cactus"), "'root'"),
    "not under root": (_change(f"file: {CLIP}", "sequence: Cactus") + "root: .\n", "is not under"),
    "root missing": (_change(f"file: {CLIP}", "sequence: Cactus") + "root: nope\n", "nope"),
    "no such sequence": (
        _change(f"file: {CLIP}", "sequence: Nonsense") + "root: .\n",
        "sequences list",
    ),
    "file and sequence": (_change(CLIP, f"{CLIP}, sequence: Cactus"), "either"),
    "catalogue missing": (EXPERIMENT + "catalogue: nope.yaml\n", "nope.yaml"),
}


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with a clip and all the experiments."""
    folder = tmp_path_factory.mktemp("bad") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, 5), folder / CLIP)
    for name, (text, _) in EXPERIMENTS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_one_sentence_exit_status_1_and_no_file(place, name):
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    ran = forked("rd", f"{name}.yaml", "-o", "run", cwd=place)
    assert EXPERIMENTS[name][1] in one_sentence(ran)
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before
