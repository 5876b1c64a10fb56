"""Rate points and frames of an experiment that never ran, as one might have given them."""

import math
import os

import numpy as np
import pandas as pd
import pytest
from kits.runs import loaded_run

from codecpipe.video.catalogue import load_builtin

QPS = (22, 27, 32, 37)
SIZES = {"B": (1920, 1080, 50.0), "D": (416, 240, 50.0), "": (352, 288, 30.0)}
METHODS = (
    ("uniform k2 + lanczos", 0.72, -0.9, 2.0),
    ("crs k2 δ5 + lanczos", 0.83, -0.3, 2.0),
)


@pytest.fixture(scope="session")
def class_d(tmp_path_factory):
    """Class D of the catalogues, in files that hold nothing but have the right sizes."""
    folder = tmp_path_factory.mktemp("sequences")
    for info in load_builtin():
        if info.class_name == "D":
            path = folder / info.file
            path.touch()
            samples = info.width * info.height * 3 // 2 * (2 if info.bit_depth > 8 else 1)
            os.truncate(path, info.frames * samples)
    return folder


@pytest.fixture(scope="session")
def make_run():
    """The factory below, as a fixture: it needs no import, whatever the tests' folder is called."""
    return synthetic_run


@pytest.fixture
def loaded(make_run):
    """``loaded(name, **options)``: a run that never ran."""
    return lambda name, meta=None, **options: loaded_run(name, *make_run(**options), meta)


def synthetic_run(
    sequences=(("BasketballPass", "D"),),
    codecs=("x265",),
    configs=("LDP",),
    methods=METHODS,
    qps=QPS,
    n_frames=17,
    extra=(),
    lr_keys="injected",
    seed=1,
):
    """``(points, frames)``. A method is (label, rate factor, PSNR gain in dB, scale)."""
    random = np.random.default_rng(seed)
    points, frames = [], []
    for s, (sequence, cls) in enumerate(sequences):
        width, height, fps = SIZES[cls]
        for codec in codecs:
            for config in configs:
                for label, factor, gain, scale in (("anchor", 1.0, 0.0, 1.0), *methods):
                    for qp in qps:
                        key = f"{s}-{codec}-{config}-{label}-{qp}"
                        noise = np.random.default_rng(s * 1000 + qp).normal(0, 0.25, n_frames)
                        rows = [
                            _frame(i, qp, factor, gain, scale, label, noise[i], width * height, s)
                            for i in range(n_frames)
                        ]
                        common = {
                            "point": key,
                            "sequence": sequence,
                            "class": cls,
                            "codec": codec,
                            "config": config,
                            "method": label,
                            "is_anchor": label == "anchor",
                            "qp": qp,
                        }
                        frames += [{**common, **row} for row in rows]
                        points.append(
                            {**common, **_point(rows, scale, fps, width, height, lr_keys, extra)}
                        )
                        points[-1]["encode_s"] *= float(random.uniform(0.98, 1.02))
    return pd.DataFrame(points), pd.DataFrame(frames)


def _frame(i, qp, factor, gain, scale, label, noise, size, s):
    is_key = i % 8 == 0
    key = is_key and (label.startswith("crs") or label == "anchor")
    lr = scale > 1 and not key
    bits = size * 0.35 * 2 ** ((22 - qp) / 5.5) * (5 if is_key else 1) * (1 + 0.15 * s)
    psnr = 42.5 - 0.52 * (qp - 22) + (0.8 if is_key else 0) + noise - 0.3 * s
    # What down-sampling takes away matters less, the less the QP leaves.
    loss = gain - max(0.0, (32 - qp) * 0.12) if lr else 0.0
    return {
        "frame": i,
        "stream": "lr" if lr else "hr",
        "scale": scale if lr else 1.0,
        "key_frame": key,
        "picture_type": "I" if is_key else "P",
        "picture_qp": qp,
        "bits": round(bits * (factor if lr else 1.0)),
        "psnr_y": psnr + loss,
        "psnr_u": psnr + 2.1 + 0.5 * loss,
        "psnr_v": psnr + 2.6 + 0.5 * loss,
    }


def _point(rows, scale, fps, width, height, lr_keys, extra):
    n = len(rows)
    bits = sum(row["bits"] for row in rows) + 600
    mean = {p: float(np.mean([row[p] for row in rows])) for p in ("psnr_y", "psnr_u", "psnr_v")}
    point = {
        "layout": "anchor" if scale == 1 else "crs",
        "enhancer": "none" if scale == 1 else "lanczos",
        "delta_qp": 0 if scale == 1 else 5,
        "scale": scale,
        "gop": 8,
        "frames": n,
        "fps": fps,
        "width": width,
        "height": height,
        "bit_depth": 8,
        "measured_bit_depth": 8,
        "rate_kbps": bits * fps / n / 1000,
        "stream_bytes": bits // 8,
        "container_bytes": bits // 8 + 900,
        **mean,
        "psnr_yuv": (6 * mean["psnr_y"] + mean["psnr_u"] + mean["psnr_v"]) / 8,
        **{f"{p}_of_mean_mse": value - 0.05 for p, value in mean.items()},
        "encode_s": (2.0 if scale == 1 else 0.9) * width * height / 1e5,
        "decode_s": (0.2 if scale == 1 else 0.11) * width * height / 1e5,
        "enhance_s": 0.0 if scale == 1 else 0.3,
        "lr_keys": "none" if scale == 1 else lr_keys,
        "notes": "",
        "cpv": "x.cpv",
    }
    if "vmaf" in extra:
        point["vmaf"] = 100 / (1 + math.exp(-(mean["psnr_y"] - 33) / 3))
    if "ssim" in extra:
        point["ssim"] = 1 - 10 ** (-mean["psnr_y"] / 20)
    return point
