"""The jobs of a run: what a worker does, wherever it is, and what it says when it is done."""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from distributed import get_worker

from codecpipe.errors import CodecpipeError, InputError, ToolError
from codecpipe.programs.process import Limits, is_disk_full
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.plan.sharing import SharedStream
from experiments.run.point import CodecOf, EnhancerOf, code_shared, encode_one, measure_one
from experiments.run.store import RunFolder

Kind = Literal["stream", "encode", "measure"]


Failure = Literal["", "final", "again", "disk-full"]


@dataclass(frozen=True)
class Job:
    """One task for a worker.

    ``shared``, ``point``: of the kinds stream and measure. ``cores``: what it asks for. ``gpu``: it
    asks for the resource GPU instead. ``cost_s``: estimated core seconds.
    """

    kind: Kind
    key: str
    planned: PlannedEncode
    shared: SharedStream | None = None
    point: PlannedPoint | None = None
    cores: int = 1
    gpu: bool = False
    cost_s: float = 0.0


@dataclass(frozen=True)
class Workplace:
    """What each job of a run has to know besides itself.

    ``versions``: of the encoders, by codec; a worker must have the same. ``environment``: where the
    codecs' programs are, as the user of the run named them.
    """

    folder: Path
    metrics: tuple[str, ...]
    limits: Limits
    codec_of: CodecOf
    enhancer_of: EnhancerOf
    versions: Mapping[str, str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """What became of a job.

    ``failure``: empty where it went well; whether it is worth another try, and whether all others
    would fail of it too. ``worker``: the machine's name.
    """

    failure: Failure
    message: str
    wall_s: float
    worker: str


def work(job: Job, place: Workplace) -> Result:
    """Do a job. No error leaves it: an exception of ours might not be known to the other side."""
    started = time.monotonic()
    failure, message = _attempt(lambda: _do(job, place))
    return Result(failure, message, time.monotonic() - started, platform.node())


def _attempt(do: Callable[[], None]) -> tuple[Failure, str]:
    try:
        do()
    except ToolError as error:
        return "again", str(error)
    except CodecpipeError as error:
        return "final", str(error)
    except MemoryError:
        return "again", "out of memory: run fewer --jobs"
    except Exception as error:
        if isinstance(error, OSError) and is_disk_full(error):
            return "disk-full", str(error)
        return "final", f"an error inside codecpipe, {type(error).__name__}: {error}"
    return "", ""


def _do(job: Job, place: Workplace) -> None:
    os.environ.update(place.environment)
    _check(job, place)
    with tempfile.TemporaryDirectory(prefix="job-", dir=_scratch()) as scratch:
        folder = RunFolder(place.folder, Path(scratch))
        if job.shared is not None:
            code_shared(job.shared, folder, place.codec_of, place.limits)
        elif job.point is not None:
            with network_threads(job.cores if job.gpu else None):
                measure_one(
                    job.planned,
                    job.point,
                    folder,
                    place.codec_of,
                    place.enhancer_of,
                    place.metrics,
                    place.limits,
                )
        else:
            with network_threads(job.cores if job.gpu else None):
                encode_one(job.planned, folder, place.codec_of, place.enhancer_of, place.limits)


@contextmanager
def network_threads(cores: int | None) -> Iterator[None]:
    """A network in the block has as many threads as its job has cores; None: there is no network.

    torch takes all cores of the machine for itself, of which other jobs have theirs. Its threads
    wait for each other, so that two of these are slower together than one after the other.
    """
    if cores is None:
        yield
        return
    import torch  # noqa: PLC0415  (jobs without a network do without its seconds)

    before = torch.get_num_threads()
    torch.set_num_threads(cores)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _check(job: Job, place: Workplace) -> None:
    """A worker of another machine must see what we see and run what we run."""
    here = platform.node()
    if not place.folder.is_dir():
        raise InputError(
            f"'{place.folder}' is not there on {here}, where a worker runs: put the run folder on a"
            " file system that all workers share"
        )
    due = place.versions.get(job.planned.codec)
    if due is not None and (ours := place.codec_of(job.planned.codec).version()) != due:
        raise InputError(
            f"{here}, where a worker runs, has {job.planned.codec} {ours}, and the run was planned"
            f" with {due}: install the same there"
        )


def _scratch() -> Path | None:
    """The worker's own folder, which Dask clears away after a worker that was killed."""
    try:
        folder = Path(get_worker().local_directory)
    except ValueError:  # not on a worker
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder
