"""HM and VTM alike as codecs: what they take, and encoding."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from codecpipe.codec import CodecOptions, CodedPicture, CodingSettings, CodingTask
from codecpipe.errors import InputError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.process import ToolRun
from codecpipe.video.rawvideo import write_raw
from encoders.nal_pictures import Syntax, nal_pictures
from encoders.reference.cfg import check_cfg, read_cfg, sequence_cfg
from encoders.reference.coding import code_runs
from encoders.reference.commands import ReferenceSoftware, source_of
from encoders.reference.runs import Join
from encoders.reference.segments import prove_segments

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


class ReferenceCodec(ReferenceSoftware):
    """HM or VTM, with the CTC configuration files that came with it, at constant QP.

    QP is the base QP of the CTC: the offsets of the configuration files come on top of it (base 32
    in LDP and LDB: I 31, others 33 to 40; AI: exactly QP). A run uses one core; with ``threads``
    above 1, the segments of an RA stream are coded in parallel (see `encoders.reference.runs`).
    """

    syntax: ClassVar[Syntax]
    """The syntax of its streams."""

    def remedy(self, version: str, ffmpeg: str) -> str:
        """The version is that of programs and configuration files."""
        del ffmpeg
        return (
            f"name the folder of {self.software.name} {version}, with the configuration files that"
            f" came with it, in {self.software.variable}"
        )

    def cfg_for(self, name: str, class_name: str, fmt: VideoFormat) -> tuple[tuple[str, str], ...]:
        """The per-sequence and per-class files of the CTC, where the software has them."""
        return sequence_cfg(self.install.cfg, name, class_name=class_name, fmt=fmt)

    def mini_gop(self, config: Config) -> int:
        """The GOP size of the configuration file."""
        return self._gop(self.main_cfg(config, self.depths[-1], 0))

    def resolve(self, options: CodecOptions) -> CodecOptions:
        """The options, checked: preset, parameters, and the configuration files that are named."""
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
        check_cfg(self.install.cfg, options.cfg, self.software.name)
        return replace(options, preset=self.fast_preset)

    def check(self, settings: CodingSettings) -> None:
        """Refuse what the software cannot do, and where it is not installed."""
        super().check(settings)
        folder = self.install.cfg
        for name in (self._main(settings, self.depths[-1]), *self.extra_cfg(settings)):
            read_cfg(folder / name)

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

    def encode(self, frames: Iterable[Frame], task: CodingTask) -> ToolRun:
        """Encode frames into ``task.out``; they pass through a file beside it."""
        task = replace(task, out=task.out.resolve())
        raw = source_of(task)
        try:
            plan = self.plan(write_raw(raw, frames), task.settings, task.fmt.bit_depth)
            if plan.join is Join.SEGMENTS:
                prove_segments(self, task.settings, task.fmt.bit_depth)
            return code_runs(self, task, plan)
        finally:
            raw.unlink(missing_ok=True)

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order, by their slice headers."""
        return nal_pictures(stream, self.syntax)
