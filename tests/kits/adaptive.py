"""Shared by the tests of layout adaptive: a clip whose GOPs want other modes, and its jobs."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter

from codecpipe.adaptive.encode import AdaptiveEncoded, encode_adaptive
from codecpipe.adaptive.job import AdaptiveJob
from codecpipe.adaptive.modes import ANCHOR, Mode, with_anchor
from codecpipe.codec import CodecOptions
from codecpipe.format import Frame, VideoFormat
from codecpipe.layout import Config, LayoutOptions
from codecpipe.video.rawvideo import RawVideo
from codecpipe.video.resample import Filter
from encoders import get_codec
from enhancers import get_enhancer

CRS2, UNIFORM2 = Mode("crs", Fraction(2), 5), Mode("uniform", Fraction(2), 5)
UNIFORM4 = Mode("uniform", Fraction(4), 5)


class BlurredClip:
    """A raw clip of which the frames ``blurred`` have lost their detail."""

    def __init__(self, path: Path, fmt: VideoFormat, blurred: range) -> None:
        self.name, self.fmt, self.fps = "half-blurred", fmt, Fraction(30)
        with RawVideo(path, fmt) as video:
            self.stored = [np.array(frame) for frame in video.frames()]
        for index in blurred:
            planes = fmt.planes(self.stored[index])
            for plane in planes:
                plane[:] = uniform_filter(plane.astype(float), 9).round()

    def frames(self, indices: Iterable[int]) -> Iterator[Frame]:
        for index in indices:
            yield self.stored[index]


def adaptive_job(
    frames: int,
    *,
    gop: int = 4,
    qp: int = 32,
    modes: tuple[Mode, ...] = (CRS2, UNIFORM2, UNIFORM4),
    config: str = "LDP",
    codec: str = "x265",
    fast: bool = False,
) -> AdaptiveJob:
    return AdaptiveJob(
        frames=frames,
        config=Config(config),
        layout=LayoutOptions(gop=gop),
        qp=qp,
        modes=with_anchor(modes),
        options=CodecOptions(get_codec(codec).fast_preset),
        kernel=Filter.BICUBIC,
        enhancer="lanczos",
        fast=fast,
    )


def coded(source: object, job: AdaptiveJob, out: Path, codec: str = "x265") -> AdaptiveEncoded:
    return encode_adaptive(
        source,  # type: ignore[arg-type]
        get_codec(codec),
        job,
        enhancer=get_enhancer("lanczos"),
        out=out,
    )


__all__ = ["ANCHOR", "BlurredClip", "adaptive_job", "coded"]
