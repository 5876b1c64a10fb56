"""Shared by the tests of HM and VTM: skip marks, stand-ins for the programs, plain runs."""

import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codecpipe.codec import CodecOptions, CodingSettings, CodingTask
from codecpipe.errors import NotInstalledError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.source import Source
from encoders import CODECS, get_codec
from encoders.reference.codec import ReferenceCodec
from kits.pipeline import Clip, plain_ffmpeg

BANNER = {
    "hm": "\nHM software: Encoder Version [16.25] (including RExt)[Linux][GCC 12.2.0][64 bit] \n",
    "vtm": "\nVVCSoftware: VTM Encoder Version 23.13 [Linux][GCC 12.2.0][64 bit] [SIMD=AVX2] \n",
}
CFG = {
    "hm": {
        f"encoder_{kind}_main{depth}.cfg": gop
        for kind, gop in {"intra": 1, "lowdelay_P": 8, "lowdelay": 8, "randomaccess": 16}.items()
        for depth in ("", "10")
    },
    "vtm": {
        "encoder_intra_vtm.cfg": 1,
        "encoder_lowdelay_P_vtm.cfg": 8,
        "encoder_lowdelay_vtm.cfg": 8,
        "encoder_randomaccess_vtm.cfg": 32,
        "encoder_randomaccess_vtm_gop16.cfg": 16,
        "rpr/gopBasedRPR.cfg": 0,
    },
}
"""Names of configuration files, and the GOP size in those of the stand-ins."""

LOGS = Path(__file__).parents[1] / "data" / "logs"


NAMES = [name for name in CODECS if isinstance(get_codec(name), ReferenceCodec)]


def reference(name: str) -> ReferenceCodec:
    """HM's or VTM's class."""
    codec = get_codec(name)
    assert isinstance(codec, ReferenceCodec)
    return codec


VARIABLE = {name: reference(name).software.variable for name in NAMES}
ENCODER = {name: reference(name).software.encoder for name in NAMES}
DECODER = {name: reference(name).software.decoder for name in NAMES}


def needs(name: str) -> pytest.MarkDecorator:
    """Skip, with the reason, where a real program is wanted and not installed."""
    try:
        reference(name).install  # a broken installation is an error, not a reason to skip
        missing = False
    except NotInstalledError:
        missing = True
    reason = f"{name.upper()} is not installed: name its folder in {VARIABLE[name]}"
    return pytest.mark.skipif(missing, reason=reason)


def case(name: str, *rest: Any) -> Any:
    """A parameter set that runs the real program ``name``, its first value."""
    return pytest.param(name, *rest, marks=needs(name))


# --- stand-ins: scripts that replay what the programs once printed -------------------------------


@dataclass(frozen=True)
class StandIn:
    """A software folder whose programs are scripts."""

    name: str
    root: Path

    @property
    def asked(self) -> list[str]:
        """The encoder's arguments in its last run."""
        return (self.root / "arguments").read_text(encoding="utf-8").splitlines()

    def encoder(self, body: str) -> None:
        """What it does when run with arguments; ``$out`` is its bitstream."""
        self._write(
            f"bin/{ENCODER[self.name]}Static",
            f"[ $# -eq 0 ] && {{ cat {self._quoted('banner')}; exit 1; }}",
            f"printf '%s\\n' \"$@\" > {self._quoted('arguments')}",
            'for a in "$@"; do case "$a" in --BitstreamFile=*) out="${a#*=}";; esac; done',
            body,
        )

    def decoder(self, body: str) -> None:
        """What the decoder does; ``$out`` is where its pictures go."""
        self._write(f"bin/{DECODER[self.name]}Static", 'out="$4"', body)

    def joiner(self, body: str) -> None:
        """What parcat does; its last argument is the output."""
        self._write("bin/parcatStatic", body)

    def _quoted(self, name: str) -> str:
        return shlex.quote(str(self.root / name))

    def _write(self, name: str, *lines: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n", encoding="utf-8")
        path.chmod(0o755)


def stand_in(root: Path, name: str, banner: str | None = None) -> StandIn:
    """A software folder as an installation has it, its programs not the real ones."""
    made = StandIn(name, root)
    for file, gop in CFG[name].items():
        path = root / "cfg" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# for tests\nGOPSize : {gop}  # pictures\n", encoding="utf-8")
    (root / "banner").write_text(BANNER[name] if banner is None else banner, encoding="utf-8")
    made.encoder("exit 1")
    made.decoder("exit 1")
    return made


def replay(log: str, extra_bytes: int = 0) -> str:
    """Shell lines that print a recorded log and write as many bytes as it says."""
    path = LOGS / log
    said = path.read_text(encoding="utf-8").partition("Bytes written to file: ")[2].split()
    size = int(said[0]) + extra_bytes if said else 100
    return f'cat {shlex.quote(str(path))}\nhead -c {size} /dev/zero > "$out"'


def settings(codec: ReferenceCodec, config: str = "LDP", **changed: Any) -> CodingSettings:
    """Settings of one stream; options as `CodecOptions`, resolved."""
    options = codec.resolve(changed.pop("options", CodecOptions()))
    given = {"qp": 37, "intra_period": 1 if config == "AI" else 0, **changed}
    return CodingSettings(Config(config), options=options, **given)


def coded(
    codec: ReferenceCodec, clip: Clip, how: CodingSettings, out: Path, limits: Limits | None = None
) -> ToolRun:
    """``codec.encode`` on a clip of the coded depth."""
    given = limits or Limits(log_dir=out.parent.with_name("logs"))
    task = CodingTask(clip.fmt, clip.fps, how, out, given)
    return codec.encode(clip.frames(range(len(clip))), task)


# --- the real programs ---------------------------------------------------------------------------


def software_file(name: str, program: str) -> Path:
    """A program's or configuration file's path in the installation."""
    install = reference(name).install
    return {"encoder": install.encoder, "decoder": install.decoder}.get(program) or (
        install.cfg / program
    )


def real_clip(bikes: Path, out: Path, bit_depth: int, frames: int = 9) -> Source:
    """``bikes`` at 416x240; at 10 bits with real low bits, since it is scaled at that depth."""
    fmt = VideoFormat(416, 240, bit_depth)
    if not out.exists():
        out.write_bytes(
            plain_ffmpeg(
                "-i",
                bikes,
                "-frames:v",
                str(frames),
                "-vf",
                f"scale=566:240:flags=lanczos,format={fmt.pix_fmt},crop=416:240",
                "-f",
                "rawvideo",
                "-",
            )
        )
    return Source(out.stem, "", path=out, video=RawVideo(out, fmt), fps=Fraction(25))


def plain(command: list[str | Path], cwd: Path) -> str:
    """What a program prints, none of our code in between."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, said
    return said


def started(command: list[str | Path], cwd: Path) -> "subprocess.Popen[bytes]":
    """The same, going on beside the test; its output goes to ``plain.log``."""
    with (cwd / "plain.log").open("wb") as log:
        return subprocess.Popen(
            list(map(str, command)), cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def smooth_frames(fmt: VideoFormat, count: int) -> Iterator[Frame]:
    """Gradients that drift: nothing is lost when they are scaled down."""
    for index in range(count):
        planes = []
        for rows, columns in fmt.plane_shapes:
            y, x = np.mgrid[:rows, :columns] / max(rows, columns)
            planes.append((110 + 50 * np.sin(2 * x + index / 9) + 30 * y) * 4)
        yield np.concatenate([p.round().astype(fmt.dtype).ravel() for p in planes])
