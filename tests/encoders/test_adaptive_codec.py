"""Layout adaptive with real encoders: what is chosen, written, read back and restored."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kits.adaptive import ANCHOR, CRS2, UNIFORM2, UNIFORM4, BlurredClip, adaptive_job, coded
from kits.pipeline import FFMPEG_CODECS

from codecpipe.adaptive.file import AdaptiveFile
from codecpipe.adaptive.gops import segments_of
from codecpipe.codec import CodecOptions
from codecpipe.cpv import CpvFile
from codecpipe.encoding import encode
from codecpipe.enhancer import restored
from codecpipe.errors import FileFormatError, InputError
from codecpipe.format import VideoFormat
from codecpipe.metrics.psnr import psnr_frames
from codecpipe.opening import open_cpv, open_decoder
from encoders import CODECS, get_codec
from enhancers import get_enhancer

pytestmark = pytest.mark.codec
FRAMES = 15


@pytest.fixture(scope="module")
def clip(moving_clip):
    """Fifteen frames; the GOP in the middle is blurred."""
    return BlurredClip(moving_clip(192, 128, FRAMES), VideoFormat(192, 128), range(5, 10))


@pytest.fixture(scope="module")
def mixed(clip, tmp_path_factory):
    """A file with more than one mode."""
    out = tmp_path_factory.mktemp("adaptive") / "mixed.cpv"
    return coded(clip, adaptive_job(FRAMES, gop=5, qp=37, modes=(UNIFORM2, UNIFORM4)), out)


def psnr_y(source, path):
    """PSNR-Y of each restored frame."""
    with open_decoder(path, get_codec) as decoder:
        frames = restored(decoder, get_enhancer("lanczos"))
        reference = source.frames(range(len(source.stored)))
        psnr = psnr_frames(reference, source.fmt, frames, test_fmt=decoder.fmt)
        found = [p.psnr_db[0] for p in psnr]
        assert decoder.times.cpu_s["decode"] > 0
    return found


def test_gops_of_other_content_get_other_modes(clip, mixed):
    assert len(mixed.choices) == 3
    assert len(set(mixed.choices)) > 1
    manifest = mixed.manifest
    with open_cpv(mixed.path) as file:
        assert isinstance(file, AdaptiveFile)
        assert (file.manifest, file.choices) == (manifest, mixed.choices)
        assert [part.first for part in file.parts] == [s.first for s in manifest.segments]
        assert [p.mode for p in file.parts] == [
            manifest.modes[s.mode].label for s in manifest.segments
        ]
        assert mixed.container_bytes == file.container_bytes
        streams = sum(part.manifest.stream_bytes for part in file.parts)
    assert manifest.signalling_bytes == 1
    assert manifest.stream_bytes == streams + 1
    assert manifest.rate_kbps == pytest.approx(8 * (streams + 1) * 30 / FRAMES / 1000)
    assert "written" in mixed.logs["decision"]


def test_what_is_written_costs_less_than_every_mode_alone(clip, mixed):
    """The true cost: from the file that was written, decoded and restored."""
    report = mixed.logs["decision"].splitlines()
    lambda_ = float(report[0].split()[1])
    cost = lambda_ * 8 * (mixed.manifest.stream_bytes - 1) - sum(psnr_y(clip, mixed.path))
    whole = next(line for line in report if line.startswith("whole sequence"))
    best = min(float(part.rpartition(" ")[2]) for part in whole.partition(": ")[2].split(", "))
    mixed_line = next(line for line in report if line.startswith("these choices"))
    assert float(mixed_line.rpartition(" ")[2]) < best
    anchor = adaptive_job(FRAMES, gop=5, qp=37).whole(ANCHOR)
    out = mixed.path.with_name("anchor.cpv")
    done = encode(clip, get_codec("x265"), anchor, out=out)
    anchor_cost = lambda_ * 8 * done.manifest.stream_bytes - sum(psnr_y(clip, out))
    assert cost - anchor_cost == pytest.approx(float(mixed_line.rpartition(" ")[2]), abs=0.01)


def test_a_segment_is_an_ordinary_file_of_its_frames(clip, mixed, tmp_path):
    job = adaptive_job(FRAMES, gop=5, qp=37, modes=(UNIFORM2, UNIFORM4))
    segments = segments_of(mixed.choices, FRAMES, 5)
    with zipfile.ZipFile(mixed.path) as archive:
        assert archive.namelist() == [
            "manifest.json",
            "modes.bin",
            *(f"{index:04}.cpv" for index in range(len(segments))),
        ]
        assert json.loads(archive.read("manifest.json"))["version"] == 2
        part = archive.extract("0001.cpv", tmp_path)
    again = tmp_path / "again.cpv"
    at = segments[1]

    class Cut:
        name, fmt, fps = clip.name, clip.fmt, clip.fps

        def frames(self, indices):
            return clip.frames(at.first + index for index in indices)

    encode(Cut(), get_codec("x265"), job.part(at), out=again)
    assert Path(part).read_bytes() == again.read_bytes()


def test_old_readers_say_to_update(mixed):
    with pytest.raises(FileFormatError, match="format version 2 and this codecpipe reads"):
        CpvFile(mixed.path)


def test_where_nothing_gains_it_is_the_anchor_and_the_signalling(clip, tmp_path):
    """A scale of 4 of checks as fine as samples loses at a high rate."""
    sharp = BlurredClip.__new__(BlurredClip)
    sharp.name, sharp.fmt, sharp.fps = clip.name, clip.fmt, clip.fps
    checks = [np.array(frame) for frame in clip.stored[:9]]
    for frame in checks:
        for plane in clip.fmt.planes(frame):
            plane[:] = 60
            plane[::2, ::2] = plane[1::2, 1::2] = 190
            plane[:40] = 90
    sharp.stored = checks
    job = adaptive_job(9, gop=4, qp=12, modes=(UNIFORM4,))
    done = coded(sharp, job, tmp_path / "a.cpv")
    encode(sharp, get_codec("x265"), job.whole(ANCHOR), out=tmp_path / "anchor.cpv")
    assert set(done.choices) == {0}
    with zipfile.ZipFile(done.path) as archive:
        assert archive.namelist() == ["manifest.json", "modes.bin", "0000.cpv"]
        assert archive.read("0000.cpv") == (tmp_path / "anchor.cpv").read_bytes()
        assert len(archive.read("modes.bin")) == 1
    with CpvFile(tmp_path / "anchor.cpv") as anchor:
        assert done.manifest.stream_bytes == anchor.manifest.stream_bytes + 1


def test_the_same_input_gives_the_same_bytes_and_times_count_everything(clip, tmp_path):
    job = adaptive_job(8, gop=4, qp=32, modes=(UNIFORM2,))
    first, second = (coded(clip, job, tmp_path / f"{n}.cpv") for n in "ab")
    assert first.path.read_bytes() == second.path.read_bytes()
    alone = encode(clip, get_codec("x265"), job.whole(ANCHOR), out=tmp_path / "c.cpv")
    # The anchor at three QPs and a mode at the least.
    assert first.times.cpu_s["encode"] > 2 * alone.times.cpu_s["encode"]
    assert first.times.cpu_s["decide"] > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.cpv", "b.cpv", "c.cpv"]


def test_the_fast_choice_codes_only_what_it_chose(clip, tmp_path):
    job = adaptive_job(FRAMES, gop=5, qp=37, modes=(CRS2, UNIFORM2), fast=True)
    done = coded(clip, job, tmp_path / "fast.cpv")
    assert done.manifest.layout.fast
    assert len(psnr_y(clip, done.path)) == FRAMES
    coded_streams = {name.rpartition("-")[0] for name in done.logs}
    assert len(coded_streams) == 1 + len(done.manifest.segments)


@pytest.mark.parametrize("config", ["AI", "RA"])
def test_other_configurations(config, clip, tmp_path):
    """AI decides frame by frame; RA looks ahead over the GOP's end, but not over a segment's."""
    job = adaptive_job(6, gop=1 if config == "AI" else 3, qp=27, modes=(CRS2,), config=config)
    done = coded(clip, job, tmp_path / "a.cpv")
    assert len(done.choices) == (6 if config == "AI" else 2)
    with open_decoder(done.path, get_codec) as decoder:
        assert sum(1 for _ in restored(decoder, get_enhancer("lanczos"))) == 6


def test_with_vvenc_at_ten_bits(clip, tmp_path):
    job = adaptive_job(4, gop=2, qp=42, modes=(UNIFORM2,), config="AI", codec="vvenc")
    done = coded(clip, job, tmp_path / "a.cpv", codec="vvenc")
    with open_decoder(done.path, get_codec) as decoder:
        assert decoder.fmt == clip.fmt.with_depth(10)
        assert sum(1 for _ in restored(decoder, get_enhancer("lanczos"))) == 4


def test_a_video_in_which_bits_buy_nothing_stays_with_the_anchor(clip, tmp_path):
    flat = BlurredClip.__new__(BlurredClip)
    flat.name, flat.fmt, flat.fps = "flat", clip.fmt, clip.fps
    flat.stored = [clip.stored[0] * 0 + 128] * 4
    done = coded(flat, adaptive_job(4, gop=2, modes=(UNIFORM2,)), tmp_path / "a.cpv")
    assert done.choices == (0, 0)
    assert "bits have no price" in done.manifest.notes[0]


def test_what_cannot_be_coded_is_refused_before_anything_runs(clip, tmp_path):
    for job in (
        adaptive_job(4, qp=3, modes=(UNIFORM2,)),  # LR frames at QP -2
        adaptive_job(4, config="LDB", modes=(UNIFORM2,)),
    ):
        started = time.monotonic()
        with pytest.raises(InputError):
            coded(clip, job, tmp_path / "a.cpv")
        assert time.monotonic() - started < 5
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FFMPEG_CODECS)
def test_the_fastest_preset_is_one_that_codes(name, clip, tmp_path):
    codec = get_codec(name)
    job = adaptive_job(2, modes=(UNIFORM2,)).whole(ANCHOR)
    fast = codec.resolve(CodecOptions(codec.fast_preset))
    done = encode(clip, codec, replace(job, options=fast), out=tmp_path / "a.cpv")
    assert done.manifest.codec.preset == codec.fast_preset


@pytest.mark.parametrize("name", sorted({*CODECS} - {*FFMPEG_CODECS}))
def test_software_without_presets_has_one(name):
    assert get_codec(name).fast_preset == "ctc"


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from kits.adaptive import *
from codecpipe.format import VideoFormat
clip = BlurredClip(Path(sys.argv[2]), VideoFormat(192, 128), range(5, 10))
print("ready", flush=True)
while True:
    coded(clip, adaptive_job(4, gop=2, modes=(UNIFORM2,)), Path(sys.argv[3]))
"""


def test_a_killed_writer_leaves_a_whole_file_or_none(moving_clip, tmp_path):
    out = tmp_path / "out.cpv"
    clip = moving_clip(192, 128, FRAMES)
    script = KILLED.replace("import *", "import UNIFORM2, BlurredClip, adaptive_job, coded")
    for wait_s in (0.3, 1.2):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(Path(__file__).parents[1]), str(clip), str(out)],
            stdout=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        if out.exists():
            with open_cpv(out) as file:
                assert file.manifest.sequence.frames == 4
