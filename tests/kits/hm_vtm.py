"""What the tests of the real HM and VTM share. QPs are high and clips small: VTM is slow."""

import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from codecpipe.codec import CodecOptions
from codecpipe.cpv import CpvFile, StreamRecord
from codecpipe.encoding import Encoded
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from encoders.reference import segments
from kits.reference import DECODER, ENCODER, VARIABLE, reference

FRAMES, QP = 9, 42
MAIN = {
    ("hm", "AI"): "encoder_intra_main{}.cfg",
    ("hm", "LDP"): "encoder_lowdelay_P_main{}.cfg",
    ("hm", "LDB"): "encoder_lowdelay_main{}.cfg",
    ("hm", "RA"): "encoder_randomaccess_main{}.cfg",
    ("vtm", "AI"): "encoder_intra_vtm.cfg",
    ("vtm", "LDP"): "encoder_lowdelay_P_vtm.cfg",
    ("vtm", "LDB"): "encoder_lowdelay_vtm.cfg",
    ("vtm", "RA"): "encoder_randomaccess_vtm.cfg",
}
DIGIT = 0.5001e-4
"""What rounding to four decimals may change."""


def job_of(
    config: str,
    layout: str,
    frames: int,
    gop: int = 0,
    *,
    qp: int = QP,
    scale: Fraction = Fraction(2),
    options: CodecOptions | None = None,
) -> EncodeJob:
    wanted = LayoutOptions(scale=scale, gop=gop)
    chosen = options or CodecOptions()
    return EncodeJob(make_layout(layout, frames, Config(config), options=wanted), qp, chosen)


def stream_of(done: Encoded, out: Path, at: int = 0) -> tuple[StreamRecord, Path]:
    """A transmitted stream as a file."""
    with CpvFile(done.path) as cpv:
        record = cpv.manifest.streams[at]
        cpv.extract(record, out)
    return record, out


def intra_of(record: StreamRecord) -> list[int]:
    return sorted(display for display, kind, *_ in record.coded if kind == "I")


def copy_of(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of links to the real one, without parcat, in which files can be replaced."""
    install = reference(name).install
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / f"{ENCODER[name]}Static").symlink_to(install.encoder)
    (folder / "bin" / f"{DECODER[name]}Static").symlink_to(install.decoder)
    shutil.copytree(install.cfg, folder / "cfg")
    monkeypatch.setenv(VARIABLE[name], str(folder))
    monkeypatch.setattr(segments, "_proofs", {})
    return folder
