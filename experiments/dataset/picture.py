"""A photograph as planes of real numbers that can be sampled between the samples."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import numpy.typing as npt

from codecpipe.errors import InputError, ToolError
from codecpipe.format import Chroma, VideoFormat
from codecpipe.programs.ffmpeg import command_line
from codecpipe.programs.frames import frames_from, raw_output
from codecpipe.programs.process import Limits, run_tool

Plane = npt.NDArray[np.float32]
_FLAGS = "bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp"
_PPM = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s")


@dataclass(frozen=True)
class Picture:
    """Y at full, U and V at half resolution, BT.709 limited range, in 8-bit steps as real numbers.

    The planes hold cubic spline coefficients (scipy.ndimage), made by `picture_of`. Sample (i, j)
    of a half-resolution plane lies at (2i + 0.5, 2j + 0.5) of the full one.
    """

    luma: Plane
    cb: Plane
    cr: Plane

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the luma plane."""
        return self.luma.shape[1], self.luma.shape[0]

    def luma_at(self, x: Any, y: Any) -> Any:
        """Y at positions of the luma plane."""
        return _sample(self.luma, x, y)

    def chroma_at(self, x: Any, y: Any) -> tuple[Any, Any]:
        """U and V at positions of the luma plane."""
        half_x, half_y = x / 2 - 0.25, y / 2 - 0.25
        return _sample(self.cb, half_x, half_y), _sample(self.cr, half_x, half_y)


def _sample(plane: Plane, x: Any, y: Any) -> Any:
    # Commands start without scipy.
    from scipy.ndimage import map_coordinates  # noqa: PLC0415

    return map_coordinates(
        plane, (y, x), output=np.float32, order=3, mode="mirror", prefilter=False
    )


def picture_of(luma: Any, cb: Any, cr: Any) -> Picture:
    """A picture whose planes go through these samples; ``cb`` and ``cr`` at half resolution."""
    from scipy.ndimage import spline_filter  # noqa: PLC0415

    smooth = [spline_filter(plane, 3, np.float32, mode="mirror") for plane in (luma, cb, cr)]
    return Picture(*smooth)


@dataclass(frozen=True)
class Photo:
    """A photograph as decoded: RGB, an array [height, width, 3] of 8 bits."""

    name: str
    rgb: npt.NDArray[np.uint8]

    def scaled(self, factor: float, limits: Limits | None = None) -> Picture:
        """The photograph at 1/``factor`` of its size, by swscale (bicubic), then in BT.709."""
        height, width = self.rgb.shape[:2]
        wide, high = (2 * round(side / factor / 2) for side in (width, height))
        luma, _, _ = self._planes(wide, high, limits)
        _, cb, cr = self._planes(wide // 2, high // 2, limits)
        return picture_of(luma, cb, cr)

    def _planes(self, width: int, height: int, limits: Limits | None) -> list[Any]:
        to = VideoFormat(width=width, height=height, bit_depth=16, chroma=Chroma.YUV444)
        size = f"{self.rgb.shape[1]}x{self.rgb.shape[0]}"
        graph = (
            ffmpeg.input("pipe:", format="rawvideo", pixel_format="rgb24", s=size)
            .filter(
                "scale", width, height, flags=_FLAGS, out_color_matrix="bt709", out_range="limited"
            )
            .filter("format", to.pix_fmt)
        )
        command = command_line(raw_output(graph, to), "-filter_threads", "1")
        (frame,) = frames_from(
            command, to, feed=[np.ascontiguousarray(self.rgb).data], limits=limits
        )
        return [plane.astype(np.float32) / 256 for plane in to.planes(frame)]


def read_photo(path: Path, work: Path, limits: Limits | None = None) -> Photo:
    """A photograph of any kind that FFmpeg reads.

    Raises:
        InputError: FFmpeg reads no picture from it.
    """
    with tempfile.TemporaryDirectory(prefix="photo-", dir=work) as folder:
        out = Path(folder) / "photo.ppm"
        graph = (
            ffmpeg.input(str(path.resolve()))
            .filter("scale", flags=_FLAGS)
            .filter("format", "rgb24")
            .output(str(out), vframes=1, format="image2", vcodec="ppm", update=1)
        )
        try:
            run_tool(command_line(graph), limits=limits)
            data = out.read_bytes()
        except (ToolError, FileNotFoundError) as error:
            raise InputError(
                f"FFmpeg reads no picture from '{path}': take it out of the dataset file"
            ) from error
    head = _PPM.match(data)
    assert head
    width, height = int(head[1]), int(head[2])
    pixels = np.frombuffer(data, np.uint8, count=width * height * 3, offset=head.end())
    return Photo(path.name, pixels.reshape(height, width, 3))
