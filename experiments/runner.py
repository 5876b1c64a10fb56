"""Running an experiment: jobs in parallel on the local cores, resumable at any moment."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from codecpipe.errors import CodecpipeError, ToolError
from codecpipe.process import Limits, is_disk_full
from experiments.plan import PlannedEncode
from experiments.point import CodecOf, EnhancerOf, compute
from experiments.store import RunFolder

STOP_S = 0.5
"""Between a failure and the second try: time for a Ctrl-C to be noticed."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run: points computed now, found finished, and failed jobs' messages."""

    computed: int
    found: int
    failed: Mapping[str, str]


def default_jobs(encodes: Sequence[PlannedEncode]) -> int:
    """As many jobs as fill the cores with the threads that each encoder takes."""
    threads = max((planned.job.options.threads for planned in encodes), default=1)
    return max(1, len(os.sched_getaffinity(0)) // threads)


def finished_points(encodes: Sequence[PlannedEncode], folder: RunFolder) -> int:
    """How many of the points are in the run folder."""
    return sum(folder.point(p.key) is not None for planned in encodes for p in planned.points)


def run(
    encodes: Sequence[PlannedEncode],
    folder: RunFolder,
    codec_of: CodecOf,
    enhancer_of: EnhancerOf,
    metrics: tuple[str, ...],
    *,
    jobs: int,
    limits: Limits,
    on_done: Callable[[PlannedEncode], None] = lambda _: None,
) -> Outcome:
    """Compute what is missing; a failed job is tried once more and never takes others down.

    Threads, not processes: the work is done by encoders, decoders and filters, which are
    processes already, and nothing of ours outlives a killed run.
    """
    found = finished_points(encodes, folder)
    failed: dict[str, str] = {}
    stopping = threading.Event()

    def work(planned: PlannedEncode) -> None:
        try:
            compute(planned, folder, codec_of, enhancer_of, metrics, limits)
        except ToolError:
            # Ctrl-C reaches the encoders as well: their end is no reason to begin again.
            if stopping.wait(STOP_S):
                raise
            compute(planned, folder, codec_of, enhancer_of, metrics, limits)

    pool = ThreadPoolExecutor(max_workers=jobs)
    futures: dict[Future[None], PlannedEncode] = {}
    try:
        futures = {pool.submit(work, planned): planned for planned in encodes}
        for future in as_completed(futures):
            planned = futures[future]
            try:
                future.result()
            except CodecpipeError as error:
                failed[describe(planned)] = str(error)
            except Exception as error:
                if isinstance(error, OSError) and is_disk_full(error):
                    raise  # the others would fail of it too
                failed[describe(planned)] = (
                    "out of memory: run fewer --jobs"
                    if isinstance(error, MemoryError)
                    else f"an error inside codecpipe, {type(error).__name__}: {error}"
                )
            on_done(planned)
    finally:
        stopping.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return Outcome(finished_points(encodes, folder) - found, found, failed)


def describe(planned: PlannedEncode) -> str:
    """A job in one line."""
    layout = planned.job.layout
    method = planned.points[0].method.partition(" + ")[0]
    return (
        f"{planned.sequence.name}, {planned.codec_label}, {layout.config},"
        f" {method}, QP {planned.job.qp}"
    )
