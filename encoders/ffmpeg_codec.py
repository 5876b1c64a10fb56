"""Codecs inside FFmpeg: their command lines, checks of their options, decoding."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import ffmpeg

from codecpipe.codec import CodecOptions, CodedPicture, CodingSettings, CodingTask
from codecpipe.errors import InputError, ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.ffmpeg import command_line, found_in_output, has_encoder, raw_input
from codecpipe.programs.frames import buffers, frames_from, raw_output
from codecpipe.programs.process import Limits, ToolRun, run_tool
from encoders.base import BaseCodec

_IGNORED = re.compile(
    r"(Unknown option: |Invalid value for |Error parsing option |Invalid option )[^\n]*"
)
_VALUE = re.compile(r"[A-Za-z0-9_.,+-]*")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class FFmpegCodec(BaseCodec, ABC):
    """A codec whose encoder is an FFmpeg encoder and whose decoder is FFmpeg's."""

    container: ClassVar[str]
    """FFmpeg's format of its elementary streams."""
    encoder: ClassVar[str]
    """FFmpeg's encoder, ``libNAME``; its own parameters go by FFmpeg's option ``-NAME-params``."""
    version_line: ClassVar[str]
    """A pattern of the line with which the library says its version, the first group."""
    presets: ClassVar[tuple[str, ...]]
    """The encoder's names of its presets."""
    default_preset: ClassVar[str]
    """The preset that is taken where none is named."""
    refused: ClassVar[frozenset[str]] = frozenset()
    """Parameters that name files or change what a run means: neither a user's nor a file's."""

    @abstractmethod
    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """The encoder's own parameters that hold the settings."""

    @abstractmethod
    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order."""

    def output_options(self, settings: CodingSettings) -> dict[str, Any]:
        """FFmpeg's output options beside preset, QP and the encoder's own parameters; none here."""
        del settings
        return {}

    def version(self) -> str:
        """Version that the library prints, or writes into its stream, as it codes a picture."""
        pix_fmt = VideoFormat(64, 64, self.depths[0]).pix_fmt
        picture = "-v debug -f lavfi -i color=s=64x64:d=0.04 -frames:v 1"
        coded = f"-c:v {self.encoder} -pix_fmt {pix_fmt} -f {self.container} -"
        found = found_in_output(f"{picture} {coded}", self.version_line)
        if not found:
            raise ToolError(f"{self.encoder} does not say its version: run 'codecpipe doctor'")
        return found[0]

    def resolve(self, options: CodecOptions) -> CodecOptions:
        """The options with the default preset filled in."""
        preset = options.preset or self.default_preset
        if preset not in self.presets:
            raise InputError(
                f"{self.name} has no preset '{preset}': choose one of {', '.join(self.presets)}"
            )
        super().resolve(options)
        for key, value in options.extra:
            if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or ".." in value:
                raise InputError(
                    f"'{key}={value}' is not an encoder parameter: give KEY=VALUE with letters,"
                    " digits and . , + - _ only"
                )
            if _spellings(key) & self.refused:
                raise InputError(
                    f"'{key}' cannot be set for {self.name}: codecpipe holds it itself, or it names"
                    " a file; leave it out"
                )
        if options.cfg:
            raise InputError(f"{self.name} reads no configuration files: leave them out")
        return replace(options, preset=preset)

    def check(self, settings: CodingSettings) -> None:
        """Refuse what this codec cannot do, and an FFmpeg that lacks its encoder."""
        super().check(settings)
        if not has_encoder(self.encoder):
            raise ToolError(
                f"this FFmpeg has no {self.encoder}: unset CODECPIPE_FFMPEG to use the one that"
                " comes with imageio-ffmpeg, or run 'codecpipe doctor'"
            )
        held = frozenset(self.parameters(settings))
        for key, _ in settings.options.extra:
            if _spellings(key) & held:
                raise InputError(
                    f"'{key}' is held by codecpipe to keep {settings.config} comparable and"
                    " repeatable: leave it out"
                )

    def cfg_for(self, name: str, class_name: str, fmt: VideoFormat) -> tuple[tuple[str, str], ...]:
        """Encoders inside FFmpeg have no configuration files."""
        del name, class_name, fmt
        return ()

    def mini_gop(self, config: Config) -> int:
        """8, the step in which the CTC count their intra periods."""
        return 1 if config is Config.AI else 8

    def remedy(self, version: str, ffmpeg: str) -> str:
        """The encoder comes with FFmpeg."""
        del version
        return f"install the FFmpeg that has it ({ffmpeg}) and name it in CODECPIPE_FFMPEG"

    def command(self, task: CodingTask) -> list[str]:
        """The command line that encodes raw frames from stdin."""
        settings, fmt = task.settings, task.fmt
        parameters = self.parameters(settings) | dict(settings.options.extra)
        own = ":".join(f"{key}={value}" for key, value in parameters.items())
        options = self.output_options(settings) | {
            "format": self.container,
            "vcodec": self.encoder,
            "pix_fmt": fmt.pix_fmt,
            "fps_mode": "passthrough",
            "preset": settings.options.preset,
            "qp": settings.qp,
            f"{self.encoder.removeprefix('lib')}-params": own,
        }
        output = raw_input(fmt, task.fps).output(str(task.out), **options)
        return command_line(output, *"-progress pipe:1 -stats_period 1".split())

    def encode(self, frames: Iterable[Frame], task: CodingTask) -> ToolRun:
        """Encode frames into ``task.out``; refuse a parameter that the encoder does not take."""
        out = task.out.resolve()  # the encoder runs in its folder
        command = self.command(replace(task, out=out))
        run = run_tool(command, feed=buffers(frames), cwd=out.parent, limits=task.limits)
        # FFmpeg warns of a parameter that the encoder does not take, and codes without it.
        if ignored := _IGNORED.search(run.stderr):
            out.unlink(missing_ok=True)
            raise InputError(
                f"{self.name} does not take a parameter ('{ignored[0].rstrip('.')}'):"
                " correct it or leave it out"
            )
        if not out.is_file() or out.stat().st_size == 0:
            raise ToolError(
                f"{self.name} ended without an error but wrote nothing: {run.stderr.strip()[-200:]}"
            )
        self.tidy(out, task.settings)
        return run

    def tidy(self, stream: Path, settings: CodingSettings) -> None:
        """Check and finish an encoded stream in place; nothing is to do unless a codec says so."""
        del stream, settings

    def decode(
        self, stream: Path, fmt: VideoFormat, limits: Limits, on_done: Callable[[ToolRun], None]
    ) -> Iterator[Frame]:
        """Decode a stream, frames in display order."""
        source = ffmpeg.input(str(stream), format=self.container, threads=1)
        command = command_line(raw_output(source, fmt))
        yield from frames_from(command, fmt, limits=limits, on_done=on_done)


def pairs(text: str) -> dict[str, str]:
    """Parameters out of the form in which encoders take them, ``key=value:key=value``."""
    return dict(pair.split("=") for pair in text.split(":"))


def _spellings(key: str) -> frozenset[str]:
    """The names that an encoder may take a key for: x264 and x265 read ``_`` as ``-`` and strip
    ``no-`` (x264 ``no`` too), so that ``analysis_save`` and ``no-csv`` name files as well.
    """
    name = key.lower().replace("_", "-")
    return frozenset((name, name.removeprefix("no-"), name.removeprefix("no")))
