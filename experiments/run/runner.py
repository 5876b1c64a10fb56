"""Running an experiment's jobs on Dask workers, resumable at any moment."""

from __future__ import annotations

import errno
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from distributed import Client, Future, KilledWorker

from codecpipe.errors import InputError, ToolError
from experiments.run.cluster import capacity
from experiments.run.jobs import Job, Result, work
from experiments.run.point import JobContext
from experiments.run.schedule import Schedule, describe

TRIES = 3
AHEAD = 2
"""Jobs in flight for each that can run: a worker never waits for the next."""
TICK_S = 0.5
UNSETTLED = ("pending", "lost")
LOOK_S = 2.0
_KILLED = (
    "three workers died of it, one after the other (killed for memory?): give workers more memory,"
    " or run fewer jobs at a time"
)


_LOST = "the Dask scheduler was lost; finished points are kept: start the run again"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run."""

    computed: int
    """Points computed now."""
    found: int
    """Points that were finished before."""
    failed: Mapping[str, str]
    """The failed jobs' messages."""
    core_s: float = 0.0
    """Seconds times cores of the jobs that went well now."""


@dataclass(frozen=True)
class State:
    """The progress of a run: numbers of points, running jobs, core seconds spent and left."""

    points: int
    done: int
    failed: int
    running: int
    workers: int
    core_s: float
    core_s_left: float
    wall_s_left: float | None
    """None while there is no worker."""
    is_rough: bool
    """The estimate does not stand on finished jobs yet."""


def run(
    schedule: Schedule,
    context: JobContext,
    client: Client,
    on_state: Callable[[State], None] = lambda _: None,
) -> Outcome:
    """Do the jobs of the schedule; a failed job is tried again and never takes others down.

    Raises:
        OSError: the disk is full: all other jobs would fail of it too.
        InputError: no worker has the cores that a job asks for.
        ToolError: the scheduler was lost.
    """
    return _Run(schedule, context, client, on_state).run()


@dataclass
class _Run:
    schedule: Schedule
    context: JobContext
    client: Client
    on_state: Callable[[State], None]
    # Each run's tasks have names of their own: those of a lost client may still be running.
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    in_flight: dict[str, tuple[Future[Result], Job, int]] = field(default_factory=dict)
    finished: SimpleQueue[str] = field(default_factory=SimpleQueue)
    # Jobs whose results died with their worker before they were fetched: Dask does them again.
    again: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.capacity = capacity(self.client)
        self.asked_at = time.monotonic()

    def run(self) -> Outcome:
        schedule = self.schedule
        try:
            while schedule.jobs_left:
                self._submit()
                self._tell()
                try:
                    name = self.finished.get(timeout=TICK_S)
                except Empty:
                    self._look()
                    continue
                if self.in_flight[name][0].status in UNSETTLED:
                    self.again.add(name)
                else:
                    self._settle(*self.in_flight.pop(name))
            self._tell()
        finally:
            futures = [future for future, _, _ in self.in_flight.values()]
            if futures and self.client.status == "running":
                self.client.cancel(futures, force=True)
        done, found = schedule.points_done, schedule.points_found
        return Outcome(done, found, schedule.failed, schedule.core_s)

    def _submit(self) -> None:
        """Keep every worker's queue filled, and not more: a plan may have 10,000 jobs.

        Jobs for GPUs have a queue of their own: those that wait must not keep encodes waiting.
        """
        here = self.capacity
        for gpu, places in ((True, here.gpus), (False, here.cores or here.threads)):
            room = AHEAD * places
            for _, job, _ in self.in_flight.values():
                room -= (1 if gpu else job.cores) if self._on_gpu(job) == gpu else 0
            while room > 0 and (found := self._next(gpu)) is not None:
                self._send(found, 1)
                room -= 1 if gpu else found.cores

    def _on_gpu(self, job: Job) -> bool:
        return job.gpu and self.capacity.gpus > 0

    def _next(self, gpu: bool) -> Job | None:
        if gpu or self.capacity.gpus:
            return self.schedule.next(gpu)
        return self.schedule.next(True) or self.schedule.next(False)

    def _send(self, job: Job, attempt: int) -> None:
        most = self.capacity.most_cores
        if most and job.cores > most:
            raise InputError(
                f"{describe(job.planned)}: its encoder asks for {job.cores} cores, and no worker"
                f" has more than {most}: give 'threads: {most}' or larger workers"
            )
        name = f"{job.kind}-{job.key}-{self.session}-{attempt}"
        future = self.client.submit(
            work, job, self.context, key=name, resources=self._resources(job), pure=False
        )
        self.in_flight[name] = (future, job, attempt)
        future.add_done_callback(lambda _: self.finished.put(name))

    def _resources(self, job: Job) -> dict[str, int] | None:
        if self._on_gpu(job):
            return {"GPU": 1}
        return {"cores": job.cores} if self.capacity.cores else None

    def _settle(self, future: Future[Result], job: Job, attempt: int) -> None:
        result = self._result_of(future)
        if result.failure == "disk-full":
            raise OSError(errno.ENOSPC, result.message)
        if not result.failure:
            self.schedule.done(job, result.wall_s * job.cores)
        elif result.failure == "again" and attempt < TRIES:
            self._send(job, attempt + 1)
        else:
            self.schedule.fail(job, result.message)

    def _result_of(self, future: Future[Result]) -> Result:
        if future.status == "finished":
            return future.result()
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                return Result("final", _KILLED)
            return Result("again", f"{type(error).__name__}: {error}")
        raise ToolError(_LOST)

    def _look(self) -> None:
        """Workers come and go, and results with them."""
        for name in tuple(self.again):
            if self.in_flight[name][0].status not in UNSETTLED:
                self.again.remove(name)
                self.finished.put(name)
        if self.client.status not in ("running", "connecting"):
            raise ToolError(_LOST)
        if time.monotonic() - self.asked_at > LOOK_S:
            self.capacity = capacity(self.client)
            self.asked_at = time.monotonic()

    def _tell(self) -> None:
        here = self.capacity
        places = here.cores or here.threads
        running = min(len(self.in_flight), places)
        self.on_state(state_of(self.schedule, running, workers=here.workers, places=places))


def state_of(schedule: Schedule, running: int = 0, workers: int = 0, places: int = 0) -> State:
    """The progress of a schedule; `places` jobs fit on the workers at a time."""
    left_s = schedule.core_s_left()
    return State(
        points=schedule.points_total,
        done=schedule.points_found + schedule.points_done,
        failed=schedule.points_failed,
        running=running,
        workers=workers,
        core_s=schedule.core_s,
        core_s_left=left_s,
        wall_s_left=left_s / places if places else None,
        is_rough=schedule.is_rough,
    )
