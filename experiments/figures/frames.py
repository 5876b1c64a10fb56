"""PSNR and bits of each frame."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.figures.axes import legend, log_ticks, look, ring
from experiments.figures.style import RC, Style, new_figure
from experiments.results.frames import parts

DENSE = 48  # frames above which a marker on each would hide the line


def frames_figure(frames: pd.DataFrame, styles: Mapping[str, Style], *, title: str) -> Figure:
    """PSNR-Y in dB and bits of each frame at one QP, one line a method; key frames are ringed."""
    with mpl.rc_context(RC):
        figure = new_figure(7.2, 5.4)
        figure.suptitle(title, fontsize=10)
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2.4, 1])
        keys_shown = False
        for nth, ((method,), part) in enumerate(parts(frames, ("method",))):
            style = styles[method]
            line = part.sort_values("frame", kind="stable")
            index = line["frame"].to_list()
            line_style = look(style)
            if len(line) > DENSE:
                # A few markers, each method's on its own frames, tell lines apart in greyscale.
                line_style |= {"markevery": (nth * 2, len(line) // 10), "linewidth": 1.0}
            line_style |= {"markersize": 3.5}
            top.plot(index, line["psnr_y"].to_list(), **line_style)
            bottom.plot(index, (line["bits"] / 1000).to_list(), **line_style | {"linewidth": 1.0})
            # In an anchor a "key frame" is an intra picture like all the codec's own: not marked.
            keys = line[line["key_frame"].astype(bool) & ~line["is_anchor"].astype(bool)]
            keys_shown = keys_shown or not keys.empty
            top.plot(keys["frame"].to_list(), keys["psnr_y"].to_list(), **ring(style.colour))
        top.set_ylabel("PSNR-Y [dB]")
        bottom.set_ylabel("kbit")
        bottom.set_xlabel("frame, in display order")
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
        low, high = float(frames["bits"].min()) / 1000, float(frames["bits"].max()) / 1000
        if low > 0:  # a skipped frame may have no bits, and a log axis no place for it
            bottom.set_yscale("log")
            log_ticks(bottom.yaxis, low, high)
        scale = ", log scale" if low > 0 else ""
        bottom.set_title(f"bits of each frame{scale}", fontsize=8.5, loc="left")
        legend(figure, frames, styles, keys=keys_shown)
    return figure
