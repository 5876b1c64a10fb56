"""Jobs without codecs: plans of encodes that are not real, and workers in this process."""

import logging
from contextlib import contextmanager
from fractions import Fraction
from types import SimpleNamespace

from distributed import Client, Scheduler, SpecCluster, Worker

from codecpipe.codec import CodecOptions
from codecpipe.format import VideoFormat
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.programs.process import Limits
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.run.point import JobContext


class StillSource:
    """The source of a plan that is never coded."""

    fmt = VideoFormat(64, 64)
    fps = Fraction(30)

    def sha256(self, _frames):
        return "0" * 64


def encodes(count, threads=1, points=1, shared=()):
    """``count`` encodes e0, e1, … with points p0, p1, … (or p0.0, p0.1, …)."""
    layout = make_layout("crs", 5, Config.LDP, LayoutOptions(gop=4))
    sequence = SimpleNamespace(name="clip", step=1, frames=5, source=StillSource())
    return [
        PlannedEncode(
            f"e{i}",
            sequence,
            "x265",
            "x265 fast",
            EncodeJob(layout, 20 + i, CodecOptions("fast", (), threads)),
            tuple(
                PlannedPoint(
                    f"p{i}" if points == 1 else f"p{i}.{j}",
                    "lanczos",
                    "crs k2 δ5 + lanczos",
                    False,
                )
                for j in range(points)
            ),
            shared,
        )
        for i in range(count)
    ]


def context(folder):
    return JobContext(
        folder=folder,
        metrics=(),
        limits=Limits(),
        codec_of=None,
        enhancer_of=None,
        versions={},
        environment={},
    )


@contextmanager
def workers(*cores, gpus=(), resources=True):
    """A client of workers in this process, one for each number of cores."""
    specs = {
        at: {
            "cls": Worker,
            "options": {
                "nthreads": count,
                "resources": {"cores": count, **({"GPU": 1} if at in gpus else {})}
                if resources
                else {},
            },
        }
        for at, count in enumerate(cores)
    }
    options = {"dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    scheduler = {"cls": Scheduler, "options": options}
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with SpecCluster(specs, scheduler) as cluster, Client(cluster) as client:
        client.wait_for_workers(len(cores))
        yield client
