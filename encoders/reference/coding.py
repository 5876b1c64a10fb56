"""Coding one stream in one or several runs of a reference encoder, and joining what they wrote."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from codecpipe.codec import CodingSettings
from codecpipe.errors import ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.rawvideo import RawVideo
from encoders.reference.program import check_encode, run_program
from encoders.reference.runs import Join, Run, RunPlan
from encoders.reference.software import Install


@dataclass(frozen=True)
class CodingTask:
    """A stream to be coded."""

    source: Path
    """The raw file."""
    frames: int
    """How many frames of it are coded."""
    fmt: VideoFormat
    """Its format, at the coded depth."""
    fps: Fraction
    """Frames per second."""
    settings: CodingSettings
    """Configuration, QP, intra period and options."""
    out: Path
    """The stream, beside the source."""


class Software(Protocol):
    """The part of HM's or VTM's class that coding needs."""

    @property
    def name(self) -> str:
        """The codec's name."""
        ...

    @property
    def install(self) -> Install:
        """The installed programs."""
        ...

    def command(
        self, task: CodingTask, plan: RunPlan, run: Run, stream: Path, recon: Path | None
    ) -> list[str]:
        """The command line of one run."""
        ...

    def version(self) -> str:
        """The version of programs and configuration files."""
        ...

    def gop(self, settings: CodingSettings, bit_depth: int) -> int:
        """The GOP size of the configuration file in use."""
        ...

    def plan(self, frames: int, settings: CodingSettings, bit_depth: int) -> RunPlan:
        """The runs of a stream."""
        ...

    def decode(
        self, stream: Path, fmt: VideoFormat, limits: Limits, on_done: Callable[[ToolRun], None]
    ) -> Iterator[Frame]:
        """The frames of a stream."""
        ...


def offsets_file(source: Path, run: Run) -> str:
    """Name of the file with the QP offsets of a run's pictures; it lies beside the source."""
    return f"{source.name}.{run.first}.dqp"


def code_runs(software: Software, task: CodingTask, plan: RunPlan, limits: Limits) -> ToolRun:
    """Write ``task.out``; the result's times are those of all runs together.

    Raises:
        InputError: the software does not know a parameter, or refuses its value.
        ToolError: a run failed, or the segments do not make one stream.
    """
    out = task.out

    def code(run: Run, stream: Path, recon: Path | None) -> ToolRun:
        command = software.command(task, plan, run, stream=stream, recon=recon)
        offsets = out.with_name(offsets_file(task.source, run))
        if task.settings.qp_offsets:
            # One line a picture of this run, in display order.
            mine = task.settings.qp_offsets[run.first : run.first + run.count]
            offsets.write_text("".join(f"{offset}\n" for offset in mine), encoding="ascii")
        try:
            done = run_program(command, out.parent, limits=limits, fmt=task.fmt, name=software.name)
        finally:
            offsets.unlink(missing_ok=True)
        check_encode(done, stream, frames=run.count, limits=limits)
        return done

    if plan.join is Join.NONE:
        return code(plan.runs[0], out, None)
    parts = [out.with_name(f"{out.name}.part{at}") for at in range(len(plan.runs))]
    recons = [out.with_name(f"{part.name}.rec.yuv") for part in parts]
    segmented = plan.join is Join.SEGMENTS
    started = time.monotonic()
    try:
        wanted = recons if segmented else [None] * len(parts)
        with ThreadPoolExecutor(task.settings.options.threads) as pool:
            # `map` cancels what has not begun when a run fails.
            runs = list(pool.map(code, plan.runs, parts, wanted))
        if segmented:
            _join_segments(software, task, plan, parts=parts, recons=recons, limits=limits)
        else:
            _concatenate(parts, out)
    finally:
        for path in (*parts, *recons):
            path.unlink(missing_ok=True)
    return ToolRun(
        command=runs[0].command,
        wall_s=time.monotonic() - started,
        cpu_s=sum(run.cpu_s for run in runs),
        stderr="\n".join(run.stderr for run in runs),
    )


def _concatenate(parts: Sequence[Path], out: Path) -> None:
    with out.open("wb") as whole:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole)


def _join_segments(
    software: Software,
    task: CodingTask,
    plan: RunPlan,
    parts: Sequence[Path],
    recons: Sequence[Path],
    limits: Limits,
) -> None:
    """Join by the software's own ``parcat``; the stream must decode to what the encoders had."""
    joiner = software.install.joiner
    if joiner is None:
        raise ToolError(
            f"{software.name} has no parcat beside its encoder, which joins segments: build it, or"
            " leave --threads at 1"
        )
    command = [str(joiner), *(part.name for part in parts), task.out.name]
    run_program(command, task.out.parent, limits=limits, fmt=task.fmt, name=software.name)
    decoded = software.decode(task.out, task.fmt, limits=limits, on_done=lambda _: None)
    for at, (run, path) in enumerate(zip(plan.runs, recons, strict=True)):
        with RawVideo(path, task.fmt) as recon:
            # The first picture of a segment is the last of the one before.
            for index in range(1 if at else 0, run.count):
                frame = next(decoded, None)
                if frame is None or not np.array_equal(frame, recon.frame(index)):
                    raise ToolError(
                        f"the segments of {software.name} do not make one stream with these"
                        f" settings (picture {run.first + index} differs): leave --threads at 1"
                    )
    for _ in decoded:
        raise ToolError(f"the joined segments of {software.name} have pictures too many")
