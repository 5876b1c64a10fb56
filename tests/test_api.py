"""The Python API: what README shows runs, and gives what the commands give."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kits.networks import ran

import codecpipe
import enhancers
import experiments
from codecpipe.errors import InputError, ToolError
from codecpipe.video.source import open_source
from encoders import get_codec
from experiments.commands.main import main

ROOT = Path(__file__).parents[1]
X265 = get_codec("x265")
RUN = """
name: small
sequences: [{file: bikes.mp4, frames: 2}]
codecs: [{codec: x265, preset: ultrafast}]
layouts: [{layout: anchor}, {layout: uniform}]
qps: [32, 42]
"""


def _python_block() -> str:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    (block,) = (block for block in blocks if "codecpipe.encode(" in block)
    return block


@pytest.fixture(scope="module")
def place(tmp_path_factory, bikes):
    """A folder with the real clip and a finished run in ``runs``, as README has made them."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "runs").mkdir()
    shutil.copy(bikes, folder / "runs" / "bikes.mp4")
    (folder / "runs" / "small.yaml").write_text(RUN)
    runs = folder / "runs"
    done = ran(main, "rd", str(runs / "small.yaml"), "-o", str(runs / "small"), "--jobs", "1")
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.codec
def test_the_lines_in_the_readme_run(place):
    block = _python_block()
    assert 10 <= len([line for line in block.splitlines() if line.strip()]) <= 20
    for name in ("codecpipe.encode(", "codecpipe.decode(", "codecpipe.measure(", "bdrate.compare("):
        assert name in block
    assert "enhancers.load(" in block
    assert "experiments.load_run(" in block
    done = subprocess.run(
        [sys.executable, "-c", block],
        cwd=place, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^BD-rate [-+]\d+\.\d\d %$", done.stdout, re.M)
    assert "uniform k2 δ5 + lanczos" in done.stdout


@pytest.mark.codec
def test_encode_and_decode_give_what_the_commands_give(tmp_path, moving_clip):
    clip = moving_clip(64, 48, 5)
    coded = codecpipe.encode(
        clip, tmp_path / "a.cpv", codec=X265, layout="crs", qp=32, preset="ultrafast", gop=4
    )
    named = ("--layout", "crs", "--qp", "32", "--preset", "ultrafast", "--gop", "4")
    done = ran(main, "encode", str(clip), "-o", str(tmp_path / "b.cpv"), *named)
    assert done.exit_code == 0, done.output
    with codecpipe.open_cpv(coded.path) as a, codecpipe.open_cpv(str(tmp_path / "b.cpv")) as b:
        assert a.manifest.rate_kbps == b.manifest.rate_kbps == coded.manifest.rate_kbps
        assert a.manifest == b.manifest
    done = ran(main, "decode", str(tmp_path / "b.cpv"), "-o", str(tmp_path / "b.yuv"))
    assert done.exit_code == 0, done.output
    frames = list(
        codecpipe.decode(coded.path, codec_of=get_codec, enhancer=enhancers.load("lanczos"))
    )
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0].format.size == "64x48"
    assert (frames[0].y.shape, frames[0].u.shape, frames[0].v.shape) == ((48, 64), *[(24, 32)] * 2)
    flat = b"".join(plane.tobytes() for one in frames for plane in (one.y, one.u, one.v))
    assert flat == (tmp_path / "b.yuv").read_bytes()


@pytest.mark.codec
def test_frames_files_and_sources_are_measured_alike(tmp_path, moving_clip):
    clip = moving_clip(64, 48, 3)
    coded = codecpipe.encode(
        clip, tmp_path / "a.cpv", codec=X265, layout="anchor", frames=2, preset="ultrafast"
    )
    decoded = list(codecpipe.decode(coded.path, codec_of=get_codec))
    out = tmp_path / "a_64x48_30.yuv"
    out.write_bytes(b"".join(p.tobytes() for one in decoded for p in (one.y, one.u, one.v)))
    by_frames = codecpipe.measure(clip, decoded, frames=2)
    with open_source(clip) as source:
        assert codecpipe.measure(source, out, frames=2) == by_frames
        assert codecpipe.measure(source, decoded, ("psnr",), frames=2) == by_frames
        assert len(source) == 3
        assert next(source.frames()).size == 64 * 48 * 3 // 2  # it is still open
    assert 20 < by_frames.means["psnr_y"] < 60
    assert by_frames.frames[1]["psnr_y"] == pytest.approx(
        10 * np.log10(255**2 / np.mean((decoded[1].y - _luma(clip, 1)) ** 2.0))
    )


def _luma(clip: Path, index: int) -> np.ndarray:
    with open_source(clip) as source:
        return source.fmt.planes(source.video.frame(index))[0].astype(float)


def test_what_cannot_be_done_is_one_sentence(tmp_path, moving_clip):
    clip, out = moving_clip(64, 48, 3), tmp_path / "a.cpv"
    for wrong, words in (
        ({"layout": "adaptive"}, "there is no layout 'adaptive'"),
        ({"frames": 4}, "has 3 frames"),
        ({"scale": 1}, "does not down-sample"),
        ({"config": "LDB"}, "LDB"),
    ):
        with pytest.raises(InputError, match=words):
            codecpipe.encode(clip, out, codec=X265, **wrong)
    out.touch()
    with pytest.raises(InputError, match="exists already"):
        codecpipe.encode(clip, out, codec=X265)
    with pytest.raises(InputError, match="no frame to measure"):
        codecpipe.measure(clip, [])
    with pytest.raises(InputError, match="not a run folder"):
        experiments.load_run(tmp_path)


@pytest.mark.codec
def test_lr_frames_without_an_enhancer_are_refused(tmp_path, moving_clip):
    coded = codecpipe.encode(
        moving_clip(64, 48, 3), tmp_path / "a.cpv", codec=X265, layout="uniform"
    )
    with pytest.raises(ToolError, match="enhancer"):
        next(codecpipe.decode(coded.path, codec_of=get_codec))


def test_the_packages_say_what_they_offer_and_nothing_else():
    for package in (codecpipe, experiments):
        for name in package.__all__:
            assert getattr(package, name) is not None
        with pytest.raises(AttributeError, match="has no attribute 'nope'"):
            _ = package.nope
