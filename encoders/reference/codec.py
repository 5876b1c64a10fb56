"""HM and VTM alike: their options, command lines, runs, decoding."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from codecpipe.codec import LEAD_QP_OFFSET, CodecOptions, CodedPicture, CodingSettings
from codecpipe.errors import InputError, ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import Limits, ToolRun
from codecpipe.video.rawvideo import RawVideo, write_raw
from encoders.base import BaseCodec
from encoders.nal_pictures import Syntax, nal_pictures
from encoders.reference import cfg as cfg_files
from encoders.reference.coding import CodingTask, code_runs, offsets_file
from encoders.reference.program import run_program
from encoders.reference.runs import Join, Run, RunPlan, plan_runs
from encoders.reference.segments import prove_segments
from encoders.reference.software import Install, Software, find

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_FILE = re.compile(r"(?<!pro)file")
_VALUE = re.compile(r"[A-Za-z0-9_.,+-]*( [A-Za-z0-9_.,+-]+)*")

HELD = frozenset(
    """
    InputFile InputPathPrefix BitstreamFile ReconFile ipp SourceWidth wdt SourceHeight hgt FrameRate
    fr FrameSkip fs FramesToBeEncoded TemporalSubsampleRatio ts FirstValidFrame LastValidFrame
    InputBitDepth InputBitDepthC OutputBitDepth OutputBitDepthC MSBExtendedBitDepth
    MSBExtendedBitDepthC InternalBitDepth InternalBitDepthC InputChromaFormat ChromaFormatIDC cf QP
    IntraPeriod ip GOPSize DecodingRefreshType dr ConformanceWindowMode Verbosity HorizontalPadding
    pdx VerticalPadding pdy ConfWinLeft ConfWinRight ConfWinTop ConfWinBottom FieldCoding dQPFile
    ScalingListFile SummaryOutFilename SummaryPicFilenameBase SummaryVerboseLevel TraceFile
    IntraQPOffset WarnUnknowParameter help RateControl GOPBasedRPR ScalingRatioHor ScalingRatioVer
    UpscaledOutput RPR MaxLayers DebugBitstream DecodeBitstream1 DecodeBitstream2 SEIFGCExternalMask
    SEIFGCExternalDenoised
    """.lower().split()
)
"""Parameters that name files or that codecpipe sets itself: lower case, with short names."""


class ReferenceCodec(BaseCodec, ABC):
    """HM or VTM, with the CTC configuration files that came with it, at constant QP.

    QP is the base QP of the CTC: the offsets of the configuration files come on top of it (base 32
    in LDP and LDB: I 31, others 33 to 40; AI: exactly QP). A run uses one core; with ``threads``
    above 1, the segments of an RA stream are coded in parallel (see `encoders.reference.runs`).
    """

    software: ClassVar[Software]
    """Its programs and files."""
    syntax: ClassVar[Syntax]
    """The syntax of its streams."""
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
        """The installed software.

        Raises:
            ToolError: it is not installed.
        """
        return find(self.software)

    def version(self) -> str:
        """The encoder's version and a digest of its CTC files: both determine the stream."""
        install = self.install
        return f"{install.version} (cfg {_cfg_digest(install.cfg)})"

    def remedy(self, version: str, ffmpeg: str) -> str:
        """The version is that of programs and configuration files."""
        del ffmpeg
        return (
            f"name the folder of {self.software.name} {version}, with the configuration files that"
            f" came with it, in {self.software.variable}"
        )

    def cfg_for(self, name: str, class_name: str, fmt: VideoFormat) -> tuple[tuple[str, str], ...]:
        """The per-sequence and per-class files of the CTC, where the software has them."""
        return cfg_files.sequence_cfg(self.install.cfg, name, class_name=class_name, fmt=fmt)

    def mini_gop(self, config: Config) -> int:
        """The GOP size of the configuration file."""
        return self._gop(self.main_cfg(config, self.depths[-1], 0))

    def gop(self, settings: CodingSettings, bit_depth: int) -> int:
        """The GOP size of the file that these settings lead to."""
        return self._gop(self._main(settings, bit_depth))

    def _gop(self, main: str) -> int:
        size = cfg_files.read_cfg(self.install.cfg / main).get("GOPSize", "")
        if not size.isdecimal() or size == "0":
            raise InputError(f"'{self.install.cfg / main}' does not say its GOPSize: restore it")
        return int(size)

    def resolve(self, options: CodecOptions) -> CodecOptions:
        """The options, checked.

        Raises:
            InputError: a preset, a parameter or a value that is not allowed.
            MismatchError: a configuration file is not the one that was named.
        """
        if options.preset not in ("", self.fast_preset):
            raise InputError(
                f"{self.name} has no preset '{options.preset}': it is run with the common test"
                " conditions' configuration files; leave the preset out"
            )
        super().resolve(options)
        for key, value in options.extra:
            if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or ".." in value:
                raise InputError(
                    f"'{key}={value}' is not a parameter of {self.name}: give KEY=VALUE with the"
                    " parameter's long name, and letters, digits, spaces and . , + - _ only"
                )
            if key.lower() in HELD or _FILE.search(key.lower()):
                raise InputError(
                    f"'{key}' cannot be set for {self.name}: codecpipe holds it itself, or it names"
                    " a file; leave it out"
                )
        cfg_files.check_cfg(self.install.cfg, options.cfg, self.software.name)
        return replace(options, preset=self.fast_preset)

    def check(self, settings: CodingSettings) -> None:
        """Refuse what the software cannot do.

        Raises:
            InputError: with what to do instead.
            ToolError: it is not installed.
        """
        super().check(settings)
        folder = self.install.cfg
        for name in (self._main(settings, self.depths[-1]), *self.extra_cfg(settings)):
            cfg_files.read_cfg(folder / name)

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """Closed GOPs, where the intra period is no multiple of the GOP."""
        del stream
        gop, period = self.gop(settings, self.depths[-1]), settings.intra_period
        if settings.config is Config.AI or not period or period % gop == 0:
            return ()
        return (
            f"{self.name}: the intra period of {period} pictures is no multiple of its"
            f" {settings.config} GOP of {gop}, so that each is coded as a closed GOP that begins"
            " with an IDR picture",
        )

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
            "InputFile": task.source.name,
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
        entries = {key for name in names for key in cfg_files.read_cfg(cfg / name)}
        if "LastValidFrame" in entries:  # of the whole sequence
            command.append(f"--LastValidFrame={task.frames - 1}")
        if settings.qp_offsets:
            command.append(f"--dQPFile={offsets_file(task.source, run)}")
        if settings.injected:
            command.append(f"--IntraQPOffset={LEAD_QP_OFFSET}")
            if "TemporalFilter" in entries:  # makes a key depend on the pictures around it
                command.append("--TemporalFilter=0")
        return command + [f"--{key}={value}" for key, value in settings.options.extra]

    def encode(
        self,
        frames: Iterable[Frame],
        fmt: VideoFormat,
        fps: Fraction,
        settings: CodingSettings,
        out: Path,
        limits: Limits,
    ) -> ToolRun:
        """Encode frames into ``out``; they pass through a file beside it.

        Raises:
            InputError: the software does not know a parameter, or refuses its value.
            ToolError: it failed, stalled, or did not code every picture.
        """
        out = out.resolve()
        raw = out.with_name(f"{out.name}.in.yuv")
        try:
            count = write_raw(raw, frames)
            plan = self.plan(count, settings, fmt.bit_depth)
            if plan.join is Join.SEGMENTS:
                prove_segments(self, settings, fmt.bit_depth)
            task = CodingTask(
                source=raw, frames=count, fmt=fmt, fps=fps, settings=settings, out=out
            )
            return code_runs(self, task, plan=plan, limits=limits)
        finally:
            raw.unlink(missing_ok=True)

    def decode(
        self, stream: Path, fmt: VideoFormat, limits: Limits, on_done: Callable[[ToolRun], None]
    ) -> Iterator[Frame]:
        """Decode a stream through a file beside it, frames in display order, at internal depth.

        Raises:
            ToolError: the decoder failed, or its output is not whole.
        """
        stream = stream.resolve()
        out = stream.with_name(f"{stream.name}.out.yuv")
        command = [str(self.install.decoder), "-b", stream.name, "-o", out.name, "-d", "0"]
        command += self.decoder_options()
        try:
            on_done(run_program(command, stream.parent, limits=limits, fmt=fmt, name=self.name))
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

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order, by their slice headers."""
        return nal_pictures(stream, self.syntax)


def _cfg_digest(folder: Path) -> str:
    return cfg_files.digest(*sorted(folder.glob("encoder_*.cfg")), *sorted(folder.glob("rpr/*")))
