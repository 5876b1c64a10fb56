"""What the codecs inside FFmpeg share: command lines, option checks, decoding."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import ffmpeg

from codecpipe.codec import CodecOptions, CodedPicture, CodingSettings
from codecpipe.errors import InputError, ToolError
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config
from codecpipe.programs.ffmpeg import command_line, has_encoder, output_of, raw_input
from codecpipe.programs.frames import buffers, frames_from, raw_output
from codecpipe.programs.process import Limits, ToolRun, run_tool

_IGNORED = re.compile(
    r"(Unknown option: |Invalid value for |Error parsing option |Invalid option )[^\n]*"
)
_VALUE = re.compile(r"[A-Za-z0-9_.,+-]*")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
WITH_PICTURE_QPS = "x265, hm, vtm, or x264 in LDP"


class FFmpegCodec(ABC):
    """A codec whose encoder is an FFmpeg encoder and whose decoder is FFmpeg's."""

    name: ClassVar[str]
    suffix: ClassVar[str]
    container: ClassVar[str]
    encoder: ClassVar[str]
    presets: ClassVar[tuple[str, ...]]
    default_preset: ClassVar[str]
    fast_preset: ClassVar[str]
    depths: ClassVar[tuple[int, ...]]
    qp_range: ClassVar[tuple[int, int]]
    configs: ClassVar[tuple[Config, ...]]
    # Parameters that name files or change what a run means are not the user's, nor a file's.
    refused: ClassVar[frozenset[str]] = frozenset()
    # Configurations in which each picture can be given a QP of its own.
    picture_qps: ClassVar[tuple[Config, ...]] = ()

    @abstractmethod
    def version(self) -> str:
        """Version of the encoder library, as it prints it itself."""

    @abstractmethod
    def parameters(self, settings: CodingSettings) -> dict[str, str]:
        """The encoder's own key=value parameters that hold the settings."""

    @abstractmethod
    def output_options(self, settings: CodingSettings, parameters: str) -> dict[str, Any]:
        """FFmpeg's output options; ``parameters`` is the colon-separated list."""

    @abstractmethod
    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order."""

    def coded_depth(self, bit_depth: int) -> int:
        """The lowest depth of the encoder that holds the source's.

        Raises:
            InputError: the source is deeper than the encoder goes.
        """
        for depth in self.depths:
            if depth >= bit_depth:
                return depth
        raise InputError(
            f"{self.name} codes at most {self.depths[-1]} bits and the source has {bit_depth}:"
            f" convert it to {self.depths[-1]} bits first"
        )

    def resolve(self, options: CodecOptions) -> CodecOptions:
        """The options with the default preset filled in.

        Raises:
            InputError: unknown preset, or an extra parameter that is not allowed.
        """
        preset = options.preset or self.default_preset
        if preset not in self.presets:
            raise InputError(
                f"{self.name} has no preset '{preset}': choose one of {', '.join(self.presets)}"
            )
        if options.threads < 1:
            raise InputError("an encoder needs at least one thread: give --threads 1 or more")
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
        """Refuse what this codec cannot do.

        Raises:
            InputError: with what to do instead.
            ToolError: the FFmpeg in use lacks the encoder.
        """
        if settings.rpr:
            raise InputError(
                f"{self.name} cannot change its picture size as layout rpr asks: choose"
                " --codec vtm, or another layout"
            )
        low, high = self.qp_range
        if not low <= settings.qp <= high:
            raise InputError(
                f"a stream of this layout would be coded at QP {settings.qp}, and {self.name} takes"
                f" {low} to {high}: change --qp or --delta-qp"
            )
        if settings.config not in self.configs:
            raise InputError(self.config_refusal(settings.config))
        if settings.qp_offsets:
            self._check_offsets(settings)
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

    def _check_offsets(self, settings: CodingSettings) -> None:
        if settings.config not in self.picture_qps:
            raise InputError(
                f"{self.name} cannot give each picture of {settings.config} a QP of its own:"
                f" leave the LR offsets out, or choose {WITH_PICTURE_QPS}"
            )
        low, high = self.qp_range
        ends = settings.qp + min(settings.qp_offsets), settings.qp + max(settings.qp_offsets)
        if ends[0] < low or ends[1] > high:
            raise InputError(
                f"LR offsets lead to QPs from {ends[0]} to {ends[1]}, and {self.name} takes {low}"
                f" to {high}: change the offsets, --qp or --delta-qp"
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

    def config_refusal(self, config: Config) -> str:
        """The sentence for a configuration that the codec does not have."""
        have = ", ".join(self.configs)
        return f"{self.name} has no {config}: choose one of {have}, or another codec"

    def notes(self, settings: CodingSettings, stream: Path | None = None) -> tuple[str, ...]:
        """Nothing, unless a codec says otherwise."""
        del settings, stream
        return ()

    def command(
        self, fmt: VideoFormat, fps: Fraction, settings: CodingSettings, out: Path
    ) -> list[str]:
        """The command line that encodes raw frames from stdin into ``out``."""
        pairs = {**self.parameters(settings), **dict(settings.options.extra)}
        text = ":".join(f"{key}={value}" for key, value in pairs.items())
        output = raw_input(fmt, fps).output(
            str(out),
            format=self.container,
            vcodec=self.encoder,
            pix_fmt=fmt.pix_fmt,
            fps_mode="passthrough",
            **self.output_options(settings, text),
        )
        return command_line(output, "-progress", "pipe:1", "-stats_period", "1")

    def encode(
        self,
        frames: Iterable[Frame],
        fmt: VideoFormat,
        fps: Fraction,
        settings: CodingSettings,
        out: Path,
        limits: Limits,
    ) -> ToolRun:
        """Encode frames into ``out``.

        Raises:
            InputError: it does not know an extra parameter or its value.
            ToolError: the encoder failed, stalled, or ended well but wrote nothing.
        """
        out = out.resolve()  # the encoder runs in its folder
        command = self.command(fmt, fps, settings, out)
        run = run_tool(command, feed=buffers(frames), cwd=out.parent, limits=limits)
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
        self.tidy(out)
        return run

    def tidy(self, stream: Path) -> None:
        """What a codec still has to do to its finished stream; nothing unless it says so."""
        del stream

    def decode(
        self, stream: Path, fmt: VideoFormat, limits: Limits, on_done: Callable[[ToolRun], None]
    ) -> Iterator[Frame]:
        """Decode a stream, frames in display order.

        Raises:
            ToolError: the decoder failed.
        """
        source = ffmpeg.input(str(stream), format=self.container, threads=1)
        yield from frames_from(
            command_line(raw_output(source, fmt)), fmt, limits=limits, on_done=on_done
        )


def _spellings(key: str) -> frozenset[str]:
    """The names that an encoder may take a key for: x264 and x265 read ``_`` as ``-`` and strip
    ``no-`` (x264 ``no`` too), so that ``analysis_save`` and ``no-csv`` name files as well.
    """
    name = key.lower().replace("_", "-")
    return frozenset((name, name.removeprefix("no-"), name.removeprefix("no")))


def probe_version(encoder: str, pattern: str, *options: str, container: str = "null") -> str:
    """What the library prints of its version when it codes one small picture.

    Raises:
        ToolError: it prints nothing that matches.
    """
    said = output_of(
        *("-v", "debug", "-f", "lavfi", "-i", "color=s=64x64:d=0.04", "-frames:v", "1"),
        *("-c:v", encoder, *options, "-f", container, "-"),
    )
    found = re.search(pattern, said)
    if not found:
        raise ToolError(f"{encoder} does not say its version: run 'codecpipe doctor'")
    return found[1]
