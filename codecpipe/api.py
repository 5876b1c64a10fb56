"""The functions of the core for notebooks and other programs: encode, decode, measure.

`codecpipe` itself offers these functions; the commands of the same names use them, too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np

from codecpipe import encoding
from codecpipe.codec import Codec, CodecOptions
from codecpipe.encoding import Encoded
from codecpipe.enhancer import Enhancer, restored
from codecpipe.errors import InputError
from codecpipe.format import Plane, VideoFormat
from codecpipe.gop import default_gop
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.metrics import measure as metrics_measure
from codecpipe.metrics.measure import Measurement
from codecpipe.opening import open_decoder
from codecpipe.programs.process import Limits
from codecpipe.video.catalogue import load_builtin
from codecpipe.video.chroma import alike, as_420
from codecpipe.video.output import check_new
from codecpipe.video.rawvideo import RawVideo, write_raw
from codecpipe.video.resample import Filter
from codecpipe.video.source import Source, open_source

ANY_FPS = Fraction(25)
"""For measuring, where the frame rate of a video is not known: it hardly matters there."""


@dataclass(frozen=True, eq=False)
class RestoredFrame:
    """One frame of decoded video at source size, as arrays of samples.

    Samples are uint8 at 8 bits and uint16 above, from 0 to 2^bit_depth − 1.
    """

    index: int
    """Its place in display order, from 0."""
    format: VideoFormat
    """Size, chroma format and bit depth (the one that was coded in)."""
    y: Plane
    """Luma, [height, width]."""
    u: Plane
    """Cb, [height / 2, width / 2] in 4:2:0."""
    v: Plane
    """Cr, of the same shape."""


def encode(
    source: str | Path | Source,
    output: str | Path,
    *,
    codec: Codec,
    layout: str = "crs",
    config: Config | str = Config.LDP,
    qp: int = 37,
    scale: Fraction | int = 2,
    delta_qp: int = 5,
    gop: int | None = None,
    group: int = 5,
    shared_boundary: bool = False,
    boundary_scale: Fraction | int = 1,
    inject: bool = True,
    frames: int | None = None,
    kernel: Filter | str = Filter.BICUBIC,
    preset: str = "",
    params: Sequence[tuple[str, str]] = (),
    threads: int = 1,
    overwrite: bool = False,
    limits: Limits | None = None,
) -> Encoded:
    """Code a video into the ``.cpv`` file ``output``, written whole or not at all.

    Args:
        source: a path (raw video whose name says its size, Y4M, or what FFmpeg reads), or an opened
            source in 4:2:0, which stays open.
        output: the file to write.
        codec: a codec, such as ``encoders.get_codec("x265")``.
        layout: ``anchor``, ``uniform``, ``crs``, ``tds`` or ``rpr``.
        config: ``AI``, ``LDP``, ``LDB`` or ``RA``.
        qp: base QP of frames at full size.
        scale: k, source over LR size.
        delta_qp: LR frames are coded at ``qp - delta_qp``.
        gop: frames from key frame to key frame, 0 for one GOP; None: one second.
        group: N of layout tds, odd.
        shared_boundary: tds: groups share their boundary frame.
        boundary_scale: tds: k of boundary frames.
        inject: predict LR frames from the down-sampled decoded key without paying for it.
        frames: code the first so many frames; None: all.
        kernel: filter of the down-sampling.
        preset: the encoder's own preset, "" for its default here.
        params: encoder parameters, as (key, value).
        threads: of one encoder.
        overwrite: replace an existing file.
        limits: of each child process.

    Raises:
        InputError: the source cannot be read, or it, the codec and the options do not go together.
        ToolError: a program failed.
    """
    check_new(Path(output), overwrite=overwrite)
    options = LayoutOptions(
        scale=Fraction(scale),
        group=group,
        delta_qp=delta_qp,
        shared_boundary=shared_boundary,
        inject=inject,
        boundary_scale=Fraction(boundary_scale),
    )
    coding = CodecOptions(preset=preset, extra=tuple(params), threads=threads)
    with ExitStack() as stack:
        if not isinstance(source, Source):
            source = stack.enter_context(as_420(open_source(Path(source), None, load_builtin())))
        job = encode_job(
            source,
            codec,
            layout=layout,
            config=Config(config),
            qp=qp,
            gop=gop,
            frames=frames,
            options=options,
            coding=coding,
            kernel=Filter(kernel),
        )
        return encoding.encode(source, codec, job, Path(output), limits=limits)


def encode_job(
    source: Source,
    codec: Codec,
    *,
    layout: str,
    config: Config,
    qp: int,
    gop: int | None,
    frames: int | None,
    options: LayoutOptions,
    coding: CodecOptions,
    kernel: Filter,
) -> EncodeJob:
    """How a source is to be coded: the defaults that depend on it and on the codec are filled in.

    Arguments are those of `encode`; `gop` takes the place of ``options.gop``, and the ``cfg`` of
    `coding` is found here.

    Raises:
        InputError: the source has fewer frames, or there is no such layout.
    """
    count = frames or len(source)
    if count > len(source):
        raise InputError(
            f"'{source.path}' has {len(source)} frames and --frames asks for {count}: give fewer"
        )
    if gop is None:
        gop = default_gop(config, source.fps, codec.mini_gop(config))
    cfg = codec.cfg_for(source.name, source.class_name, source.fmt)
    return EncodeJob(
        layout=make_layout(layout, count, config, replace(options, gop=gop)),
        qp=qp,
        options=replace(coding, cfg=cfg),
        kernel=kernel,
    )


def decode(
    path: str | Path,
    *,
    codec_of: Callable[[str], Codec],
    enhancer: Enhancer | None = None,
    limits: Limits | None = None,
) -> Iterator[RestoredFrame]:
    """The frames of a ``.cpv`` file at source size and coded depth, one at a time.

    Every picture's MD5 is checked as it is decoded.

    Args:
        path: the file.
        codec_of: gives the codec of a name: ``encoders.get_codec``.
        enhancer: what restores LR frames, such as ``enhancers.load("lanczos")``; a file whose
            frames all have source size needs none.
        limits: of each child process.

    Raises:
        InputError, FileFormatError: the file cannot be read, or not by this enhancer.
        MismatchError: the encoder or the decoder here gives other pictures than the sender's.
        ToolError: a program failed, or there are LR frames and no enhancer.
    """
    with open_decoder(Path(path), codec_of, limits=limits) as decoder:
        fmt = decoder.fmt
        for index, frame in enumerate(restored(decoder, enhancer)):
            yield RestoredFrame(index, fmt, *fmt.planes(frame))


def measure(
    reference: str | Path | Source,
    test: str | Path | Source | Iterable[RestoredFrame],
    metrics: Sequence[str] = ("psnr",),
    *,
    frames: int | None = None,
    limits: Limits | None = None,
) -> Measurement:
    """Compare a video with its reference, frame by frame, at the larger of the two bit depths.

    Args:
        reference: the source, a path or opened.
        test: the restored video, likewise, or the frames that `decode` gives.
        metrics: some of ``psnr``, ``ssim``, ``ms-ssim``, ``vmaf``, ``xpsnr``.
        frames: compare the first so many, needed where the two have different numbers; None: all.
        limits: of the FFmpeg process.

    Returns:
        Values by frame and their means, see `codecpipe.metrics.measure.Measurement`.

    Raises:
        InputError: a video cannot be read, an unknown metric, or two videos that do not go
            together.
        ToolError: FFmpeg failed.
    """
    with ExitStack() as stack:
        a, b = alike(_opened(reference, stack), _opened(test, stack))
        return metrics_measure.measure(a, b, metrics, frames=frames, limits=limits)


def _opened(video: str | Path | Source | Iterable[RestoredFrame], stack: ExitStack) -> Source:
    """The video as a source; what is opened here is closed with the stack."""
    if isinstance(video, Source):
        return video
    if isinstance(video, str | Path):
        source = open_source(Path(video), None, load_builtin(), default_fps=ANY_FPS)
        return stack.enter_context(source)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="codecpipe-"))
    frames = iter(video)
    first = next(frames, None)
    if first is None:
        raise InputError("there is no frame to measure: decode some")
    path, fmt = Path(folder) / "decoded.yuv", first.format
    planes = ((one.y, one.u, one.v) for one in chain((first,), frames))
    write_raw(path, (np.concatenate([plane.ravel() for plane in each]) for each in planes))
    return stack.enter_context(Source(path.name, "", path, RawVideo(path, fmt), ANY_FPS))
