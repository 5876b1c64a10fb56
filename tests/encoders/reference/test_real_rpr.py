"""VTM's own reference picture resampling, layout rpr.

Skipped, with the reason, where they are not installed.
"""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from kits.hm_vtm import job_of, stream_of
from kits.pipeline import Clip, split_frames
from kits.reference import needs, plain, reference, smooth_frames

from codecpipe.decoding import Decoder
from codecpipe.encoding import encode
from codecpipe.video.picture_md5 import picture_md5
from encoders import get_codec

pytestmark = pytest.mark.codec


class _Smooth(Clip):
    """Gradients only."""

    def __init__(self, width: int, height: int, frames: int) -> None:
        super().__init__(width, height, 0, 10)
        self.stored = list(smooth_frames(self.fmt, frames))


class _Noise(Clip):
    """Nothing of it is left at a lower resolution."""

    def __init__(self, width: int, height: int, frames: int) -> None:
        super().__init__(width, height, 0)
        samples = np.random.default_rng(3).integers(20, 235, self.fmt.frame_samples, np.uint8)
        self.stored = [np.roll(samples, 2 * index) for index in range(frames)]


@needs("vtm")
@pytest.mark.parametrize("config", ["LDP", "RA"])
def test_rpr_codes_smooth_video_smaller(config: str, tmp_path: Path) -> None:
    frames = 5
    clip = _Smooth(128, 128, frames)
    done = encode(clip, get_codec("vtm"), job_of(config, "rpr", frames), out=tmp_path / "x.cpv")
    (note,) = [note for note in done.manifest.notes if "RPR" in note]
    smaller, of = map(int, re.findall(r"coded (\d+) of (\d+) pictures at a lower", note)[0])
    assert of == frames
    assert smaller > 0
    # The plain program's reconstruction, at full size.
    record, stream = stream_of(done, tmp_path / "hr.bin")
    assert (record.width, record.height) == (128, 128)
    command = shlex.split(record.command)
    install = reference("vtm").install
    files = [install.cfg / command[2], install.cfg / "rpr" / command[4]]
    (tmp_path / "in.yuv").write_bytes(b"".join(frame.tobytes() for frame in clip.stored))
    rest = [w for w in command[5:] if not re.match("--(InputFile|BitstreamFile|ReconFile)", w)]
    plain(
        [
            install.encoder,
            "-c",
            files[0],
            "-c",
            files[1],
            *rest,
            "--InputFile=in.yuv",
            "--BitstreamFile=x.bin",
            "--ReconFile=rec.yuv",
        ],
        tmp_path,
    )
    assert (tmp_path / "x.bin").read_bytes() == stream.read_bytes()
    recon = split_frames((tmp_path / "rec.yuv").read_bytes(), clip.fmt)
    assert tuple(map(picture_md5, recon)) == record.md5
    with Decoder(done.path, get_codec) as decoder:
        shown = [picture_md5(frame.frame) for frame in decoder.frames()]
    assert tuple(shown) == record.md5


@needs("vtm")
@pytest.mark.parametrize("config", ["LDP", "RA"])
def test_rpr_leaves_sharp_video_at_full_size(config: str, tmp_path: Path) -> None:
    clip = _Noise(64, 64, 3)
    done = encode(clip, get_codec("vtm"), job_of(config, "rpr", 3, qp=50), out=tmp_path / "x.cpv")
    (note,) = [note for note in done.manifest.notes if "RPR" in note]
    assert "coded 0 of 3 pictures at a lower resolution (its thresholds" in note
    with Decoder(done.path, get_codec) as decoder:
        assert [frame.frame.size for frame in decoder.frames()] == [clip.fmt.frame_samples] * 3
