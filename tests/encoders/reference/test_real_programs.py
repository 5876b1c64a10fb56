"""What the programs HM and VTM say and do at their ends.

Skipped, with the reason, where they are not installed.
"""

import json
import time
from pathlib import Path

import pytest
from kits.hm_vtm import MAIN, job_of
from kits.pipeline import Clip
from kits.reference import case, coded, reference, settings, software_file

from codecpipe.codec import CodecOptions
from codecpipe.encoding import encode
from codecpipe.errors import InputError, ToolError
from codecpipe.programs.process import Limits, ToolProcess
from codecpipe.video.picture_md5 import picture_md5
from encoders import get_codec

pytestmark = pytest.mark.codec


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_what_the_program_says_of_its_parameters_is_passed_on(name: str, tmp_path: Path) -> None:
    codec, work = reference(name), tmp_path / "work"
    work.mkdir()
    clip = Clip(64, 64, frames=1, depth=codec.coded_depth(8))
    for extra, says in {
        ("NoSuchOption", "1"): "does not know the parameter 'NoSuchOption'",
        ("SearchRange", "abc"): "does not take 'abc' for the parameter 'SearchRange'",
        ("SearchRange", "-5"): "refuses these settings, saying 'Search Range must be more than 0",
    }.items():
        how = settings(codec, "AI", options=CodecOptions(extra=(extra,)))
        with pytest.raises(InputError, match=says):
            coded(codec, clip, how, out=work / "x.bin")
        assert not list(work.glob("*.yuv"))


@pytest.mark.parametrize(
    ("name", "part"), [case("hm", 0.8), case("hm", 0.3), case("vtm", 0.8), case("vtm", 0.3)]
)
def test_a_stream_that_is_cut_off_is_never_a_whole_video(
    name: str, part: float, tmp_path: Path
) -> None:
    codec = reference(name)
    clip = Clip(64, 64, frames=5, depth=codec.coded_depth(8))
    whole, cut = tmp_path / "whole.bin", tmp_path / "cut.bin"
    coded(codec, clip, settings(codec, qp=37), out=whole)
    data = whole.read_bytes()
    cut.write_bytes(data[: int(part * len(data))])
    limits = Limits(log_dir=tmp_path / "logs")

    def decoded(stream: Path) -> list[str]:
        frames = codec.decode(stream, clip.fmt, limits=limits, on_done=lambda _: None)
        return [picture_md5(frame) for frame in frames]

    reference_md5 = decoded(whole)
    assert len(reference_md5) == 5
    try:
        shown = decoded(cut)
    except ToolError as error:
        assert "\n" not in str(error)
    else:  # as far as it goes, or with another last picture: the core counts and checks MD5s
        assert shown != reference_md5
        assert len(shown) <= 5
    assert not list(tmp_path.glob("*.yuv"))


@pytest.mark.parametrize("name", [case("hm"), case("vtm")])
def test_each_picture_is_told_when_it_is_coded(name: str, tmp_path: Path) -> None:
    """Not when a buffer is full: it is the sign of life that a stall limit goes by."""
    clip, main = Clip(128, 64, 8), MAIN[name, "LDP"].format("")
    (tmp_path / "in.yuv").write_bytes(b"".join(frame.tobytes() for frame in clip.stored))
    command = [
        software_file(name, "encoder"),
        "-c",
        software_file(name, main),
        "--InputFile=in.yuv",
        "--SourceWidth=128",
        "--SourceHeight=64",
        "--FrameRate=25",
        "--FramesToBeEncoded=8",
        "--QP=32",
        "--BitstreamFile=x.bin",
        "--ReconFile=",
    ]
    seen, started_at = [], time.monotonic()
    with ToolProcess(list(map(str, command)), cwd=tmp_path, merge_stderr=True) as process:
        for line in process.lines():
            if line.startswith("POC"):
                seen.append(time.monotonic() - started_at)
        whole_s = process.finish().wall_s
    assert len(seen) == 8
    assert seen[1] < 0.5 * whole_s


@pytest.mark.parametrize("name", [case("hm")])
def test_the_file_says_nothing_of_this_machine(name: str, tmp_path: Path) -> None:
    done = encode(Clip(64, 64, 3), get_codec(name), job_of("LDP", "crs", 3), out=tmp_path / "x.cpv")
    text = json.dumps(done.manifest.model_dump(mode="json"))
    root = str(reference(name).install.cfg.parent)
    assert root not in text
    assert str(tmp_path) not in text
