"""The jobs of a run, which a worker does on any machine, and their results."""

import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from distributed import get_worker

from codecpipe.errors import CodecpipeError, InputError, ToolError
from codecpipe.programs.process import is_disk_full
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.plan.sharing import SharedStream
from experiments.run.point import JobContext, code_shared, encode_one, measure_one
from experiments.run.store import RunFolder

Kind = Literal["stream", "encode", "measure"]
Failure = Literal["", "final", "again", "disk-full"]


@dataclass(frozen=True)
class Job:
    """One task for a worker."""

    kind: Kind
    key: str
    planned: PlannedEncode
    shared: SharedStream | None = None
    """The stream to code, in a job of kind stream."""
    point: PlannedPoint | None = None
    """The point to measure, in a job of kind measure."""
    cores: int = 1
    gpu: bool = False
    """The job asks for the resource GPU instead of cores."""
    cost_s: float = 0.0
    """Estimated core seconds."""


@dataclass(frozen=True)
class Result:
    """The outcome of a job."""

    failure: Failure
    """Empty where it went well; else whether to try again or to give up all other jobs too."""
    message: str
    wall_s: float = 0.0


def work(job: Job, context: JobContext) -> Result:
    """Do a job. No error leaves it: an exception of ours might not be known to the other side."""
    started = time.monotonic()
    failure: Failure = ""
    message = ""
    try:
        _do(job, context)
    except ToolError as error:
        failure, message = "again", str(error)
    except CodecpipeError as error:
        failure, message = "final", str(error)
    except MemoryError:
        failure, message = "again", "out of memory: run fewer --jobs"
    except Exception as error:
        failure, message = "final", f"an error inside codecpipe, {type(error).__name__}: {error}"
        if isinstance(error, OSError) and is_disk_full(error):
            failure, message = "disk-full", str(error)
    return Result(failure, message, time.monotonic() - started)


def _do(job: Job, context: JobContext) -> None:
    os.environ.update(context.environment)
    _check(job, context)
    with tempfile.TemporaryDirectory(prefix="job-", dir=_scratch()) as scratch:
        folder = RunFolder(context.folder, Path(scratch))
        if job.shared is not None:
            code_shared(job.shared, folder, context)
            return
        with network_threads(job.cores if job.gpu else None):
            if job.point is not None:
                measure_one(job.planned, job.point, folder=folder, context=context)
            else:
                encode_one(job.planned, folder, context)


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


def _check(job: Job, context: JobContext) -> None:
    """A worker of another machine must see what we see and run what we run."""
    here = platform.node()
    if not context.folder.is_dir():
        raise InputError(
            f"'{context.folder}' is not there on {here}, where a worker runs: put the run folder on"
            " a file system that all workers share"
        )
    due = context.versions.get(job.planned.codec)
    if due is not None and (ours := context.codec_of(job.planned.codec).version()) != due:
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
