"""Proof that coding in segments changes nothing, by the software that is to do it.

That an encoder carries nothing from one intra period to the next is a property of its version, its
configuration file and the parameters on its command line. So before segments are used with them, a
small clip is coded in one run and in two segments, and the streams are compared byte by byte.
"""

import filecmp
import tempfile
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from codecpipe.codec import CodingSettings, CodingTask
from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.process import Limits
from codecpipe.video.rawvideo import write_raw
from encoders.reference.coding import code_runs
from encoders.reference.commands import ReferenceSoftware, source_of
from encoders.reference.runs import Join, Run, RunPlan

_proofs: dict[tuple[str, str, int, CodingSettings], bool] = {}
_one_at_a_time = threading.Lock()
SIDE = 64
QP = 37
FPS = Fraction(25)


def prove_segments(software: ReferenceSoftware, settings: CodingSettings, bit_depth: int) -> None:
    """Refuse segments unless they give the stream of one run; tried once a process and setting.

    Raises:
        InputError: they do not.
        ToolError: the software failed.
    """
    gop = software.gop(settings, bit_depth)
    options = replace(settings.options, threads=2, cfg=())  # those are of other picture sizes
    # Of the settings, the period matters only through the configuration file that it leads to.
    small = replace(settings, qp=QP, intra_period=gop, options=options)
    key = (software.name, software.version(), bit_depth, small)
    with _one_at_a_time:
        if key not in _proofs:
            _proofs[key] = _same(software, small, bit_depth)
        if not _proofs[key]:
            raise InputError(
                f"{software.name} with these settings codes segments differently from the whole"
                " stream: leave --threads at 1"
            )


def _same(software: ReferenceSoftware, settings: CodingSettings, bit_depth: int) -> bool:
    fmt = VideoFormat(SIDE, SIDE, bit_depth)
    frames = 2 * settings.intra_period + 1
    cut = software.plan(frames, settings, bit_depth)
    whole = RunPlan((Run(0, frames),), cut.intra_period, Join.NONE)
    with tempfile.TemporaryDirectory(prefix="codecpipe-segments-") as name:
        folder = Path(name).resolve()
        outs = [folder / "whole", folder / "joined"]
        for out, plan in zip(outs, (whole, cut), strict=True):
            task = CodingTask(fmt, FPS, settings=settings, out=out, limits=Limits())
            write_raw(source_of(task), (_frame(index, fmt) for index in range(frames)))
            code_runs(software, task, plan)
        return filecmp.cmp(outs[0], outs[1], shallow=False)


def _frame(index: int, fmt: VideoFormat) -> Frame:
    """A texture that moves and changes."""
    planes = []
    for rows, columns in fmt.plane_shapes:
        y, x = np.mgrid[:rows, :columns]
        wave = np.sin((x + 2 * index) / 4) + np.cos((y - index) / 5 + x / 9) + np.sin(index / 3)
        planes.append(128 + 35 * wave)
    scale = 1 << (fmt.bit_depth - 8)
    return np.concatenate([(p * scale).round().astype(fmt.dtype).ravel() for p in planes])
