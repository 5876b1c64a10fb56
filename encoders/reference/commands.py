"""HM and VTM alike: their configuration files, the runs and command lines of a stream, decoding."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from codecpipe.codec import LEAD_QP_OFFSET, CodingSettings, CodingTask
from codecpipe.errors import InputError, ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.rawvideo import RawVideo
from encoders.base import BaseCodec
from encoders.reference.cfg import cfg_digest, read_cfg
from encoders.reference.program import run_program
from encoders.reference.runs import Join, Run, RunPlan, plan_runs
from encoders.reference.software import Install, Software, find


def source_of(task: CodingTask) -> Path:
    """The raw file with the frames of a task, beside its stream."""
    return task.out.with_name(f"{task.out.name}.in.yuv")


def offsets_of(task: CodingTask, run: Run) -> Path:
    """The file with the QP offsets of a run's pictures, beside the stream."""
    return task.out.with_name(f"{source_of(task).name}.{run.first}.dqp")


class ReferenceSoftware(BaseCodec, ABC):
    """One installed software: how its programs are called."""

    software: ClassVar[Software]
    """Its programs and files."""
    fast_preset = "ctc"
    configs = tuple(Config)
    picture_qps = tuple(Config)

    @abstractmethod
    def main_cfg(self, config: Config, bit_depth: int, intra_period: int) -> str:
        """The CTC file of a configuration."""

    def extra_cfg(self, settings: CodingSettings) -> tuple[str, ...]:
        """Configuration files that the settings need beside the main one; none here."""
        del settings
        return ()

    @property
    def install(self) -> Install:
        """The installed software."""
        return find(self.software)

    def version(self) -> str:
        """The encoder's version and a digest of its CTC files: both determine the stream."""
        install = self.install
        files = (*sorted(install.cfg.glob("encoder_*.cfg")), *sorted(install.cfg.glob("rpr/*")))
        return f"{install.version} (cfg {cfg_digest(*files)})"

    def gop(self, settings: CodingSettings, bit_depth: int) -> int:
        """The GOP size of the file that these settings lead to."""
        return self._gop(self._main(settings, bit_depth))

    def _gop(self, main: str) -> int:
        size = read_cfg(self.install.cfg / main).get("GOPSize", "")
        if not size.isdecimal() or size == "0":
            raise InputError(f"'{self.install.cfg / main}' does not say its GOPSize: restore it")
        return int(size)

    def _main(self, settings: CodingSettings, bit_depth: int) -> str:
        return self.main_cfg(settings.config, bit_depth, settings.intra_period)

    def plan(self, frames: int, settings: CodingSettings, bit_depth: int) -> RunPlan:
        """The runs in which a stream is coded."""
        if settings.config is Config.AI:
            return RunPlan((Run(0, frames),), 1, Join.NONE)
        # The proof that segments change nothing is made for plain streams.
        special = settings.injected or settings.rpr or settings.qp_offsets
        plain = settings.config is Config.RA and not special
        segmented = plain and settings.options.threads > 1
        gop = self.gop(settings, bit_depth)
        return plan_runs(frames, settings.intra_period, gop, segmented=segmented)

    def command(
        self, task: CodingTask, plan: RunPlan, run: Run, stream: Path, recon: Path | None
    ) -> list[str]:
        """One run, in the folder of the stream, which holds all its files."""
        settings, fmt, cfg = task.settings, task.fmt, self.install.cfg
        main = self._main(settings, fmt.bit_depth)
        names = (main, *self.extra_cfg(settings), *(name for name, _ in settings.options.cfg))
        command = [str(self.install.encoder)]
        for name in names:
            command += ["-c", str(cfg / name)]
        held = {
            "InputFile": source_of(task).name,
            "BitstreamFile": stream.name,
            "ReconFile": recon.name if recon else "",
            "SourceWidth": fmt.width,
            "SourceHeight": fmt.height,
            "FrameRate": max(1, round(task.fps)),
            "InputChromaFormat": 420,
            "InputBitDepth": fmt.bit_depth,
            "InternalBitDepth": fmt.bit_depth,
            "OutputBitDepth": fmt.bit_depth,
            "FrameSkip": run.first,
            "FramesToBeEncoded": run.count,
            "TemporalSubsampleRatio": 1,
            "ConformanceWindowMode": 1,
            "IntraPeriod": plan.intra_period or -1,
            "QP": settings.qp,
        }
        command += [f"--{key}={value}" for key, value in held.items()]
        command += self.encoder_options(settings.config, plan.intra_period)
        entries = {key for name in names for key in read_cfg(cfg / name)}
        if "LastValidFrame" in entries:  # of the whole sequence
            command.append(f"--LastValidFrame={plan.frames - 1}")
        if settings.qp_offsets:
            command.append(f"--dQPFile={offsets_of(task, run).name}")
        if settings.injected:
            command.append(f"--IntraQPOffset={LEAD_QP_OFFSET}")
            if "TemporalFilter" in entries:  # makes a key depend on the pictures around it
                command.append("--TemporalFilter=0")
        return command + [f"--{key}={value}" for key, value in settings.options.extra]

    def decode(
        self, stream: Path, fmt: VideoFormat, limits: Limits, on_done: Callable[[ToolRun], None]
    ) -> Iterator[Frame]:
        """Decode a stream through a file beside it, frames in display order, at internal depth."""
        stream = stream.resolve()
        out = stream.with_name(f"{stream.name}.out.yuv")
        command = [str(self.install.decoder), "-b", stream.name, "-o", out.name, "-d", "0"]
        command += self.decoder_options()
        try:
            on_done(run_program(command, stream.parent, limits, fmt=fmt, name=self.name))
            try:
                video = RawVideo(out, fmt)
            except InputError as error:
                raise ToolError(f"{self.name} did not decode '{stream.name}': {error}") from error
            with video:
                yield from video.frames()
        finally:
            out.unlink(missing_ok=True)

    def encoder_options(self, config: Config, intra_period: int) -> tuple[str, ...]:
        """Command line options that only this encoder has or needs."""
        del config, intra_period
        return ()

    def decoder_options(self) -> tuple[str, ...]:
        """Command line options that only this decoder has."""
        return ()
