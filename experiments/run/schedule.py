"""Which jobs a run still has to do, and in which order they may be done."""

import heapq
import math
from collections.abc import Callable, Mapping, Sequence

from experiments.plan.cost import Speed, encode_cost_s, measure_cost_s, speed_name
from experiments.plan.encodes import PlannedEncode, PlannedPoint
from experiments.plan.sharing import SharedStream, shared_names, streams_of
from experiments.run.jobs import Job
from experiments.run.store import RunFolder
from experiments.run.streams import store_of


class Schedule:
    """The jobs of a run that are not finished in its folder.

    A stream that several encodes share comes before them, an encode before its points; points come
    as soon as they can. What depends on a failed job fails with it.

    `wants_gpu` tells of an enhancer (by its name in the plan) whether it asks for a GPU; `speeds`
    are those of earlier jobs, by `experiments.plan.cost.speed_name`.
    """

    def __init__(
        self,
        encodes: Sequence[PlannedEncode],
        folder: RunFolder,
        wants_gpu: Callable[[str], bool] = lambda _: False,
        speeds: Mapping[str, Speed] | None = None,
    ) -> None:
        self.wants_gpu = wants_gpu
        self.failed: dict[str, str] = {}
        self.points_found = self.points_done = self.points_failed = 0
        self.core_s = 0.0
        self.jobs_left = 0  # neither done nor failed; running ones are left
        self.speeds = dict(speeds or {})
        self.new_speeds: dict[str, Speed] = {}
        self._cost_left_s: dict[str, float] = {}
        self._ready: dict[bool, list[tuple[float, int, Job]]] = {False: [], True: []}  # by gpu
        self._pushed = 0
        self._points: dict[str, list[PlannedPoint]] = {}
        self._missing: dict[str, set[str]] = {}  # encode → streams that it waits for
        self._waiting: dict[str, list[PlannedEncode]] = {}  # stream → encodes
        self.points_total = sum(len(planned.points) for planned in encodes)
        due = [planned for planned in encodes if self._is_due(planned, folder)]
        unwritten = [planned for planned in due if not folder.has_encode(planned.key)]
        streams = {
            name: shared
            for name, shared in streams_of(unwritten).items()
            if not store_of(shared.planned, folder.stream_dir).has(shared.key)
        }
        for planned in due:
            self._add(planned, folder, streams)

    def _is_due(self, planned: PlannedEncode, folder: RunFolder) -> bool:
        missing = [point for point in planned.points if not folder.has_point(point.key)]
        self.points_found += len(planned.points) - len(missing)
        self._points[planned.key] = missing
        return bool(missing)

    def _add(
        self, planned: PlannedEncode, folder: RunFolder, streams: Mapping[str, SharedStream]
    ) -> None:
        points = self._points[planned.key]
        measures = [self._expect(self._measure(planned, point)) for point in points]
        if folder.has_encode(planned.key):
            for job in measures:
                self._push(job)
            return
        waits = [name for name in shared_names(planned) if name in streams]
        for name in waits:
            if name not in self._waiting:
                self._waiting[name] = []
                self._push(self._expect(_stream(name, streams[name])))
            self._waiting[name].append(planned)
        encode = self._expect(self._encode(planned))
        if waits:
            self._missing[planned.key] = set(waits)
        else:
            self._push(encode)

    def _encode(self, planned: PlannedEncode) -> Job:
        cores = planned.job.options.threads
        cost_s = encode_cost_s(planned, [name for name, _ in planned.shared])
        # Layout adaptive restores what it codes, to choose by it.
        gpu = planned.adaptive is not None and self.wants_gpu(planned.adaptive.enhancer)
        return Job("encode", planned.key, planned, cores=cores, gpu=gpu, cost_s=cost_s)

    def _measure(self, planned: PlannedEncode, point: PlannedPoint) -> Job:
        gpu = bool(point.enhancer) and self.wants_gpu(point.enhancer)
        cost_s = measure_cost_s(planned)
        return Job("measure", point.key, planned, point=point, gpu=gpu, cost_s=cost_s)

    def _expect(self, job: Job) -> Job:
        name = speed_name(job.planned, job.kind)
        self._cost_left_s[name] = self._cost_left_s.get(name, 0.0) + job.cost_s
        self.jobs_left += 1
        return job

    def _push(self, job: Job) -> None:
        """Points first, then long jobs before short ones: a long one begun last would end last."""
        first = -math.inf if job.kind == "measure" else -job.cost_s
        heapq.heappush(self._ready[job.gpu], (first, self._pushed, job))
        self._pushed += 1

    def next(self, gpu: bool = False) -> Job | None:
        """A job that can be done now; None while all others wait for running ones.

        It is one of those that ask for a GPU, or with `gpu` False one of the others.
        """
        return heapq.heappop(self._ready[gpu])[2] if self._ready[gpu] else None

    def done(self, job: Job, took_s: float) -> None:
        """A job went well and took `took_s` core seconds: those that waited for it can be done."""
        self._settle(job)
        self.core_s += took_s
        name = speed_name(job.planned, job.kind)
        for speeds in (self.speeds, self.new_speeds):
            speeds[name] = speeds.get(name, Speed()).plus(job.cost_s, took_s)
        if job.kind == "stream":
            for planned in self._waiting.pop(job.key):
                waits = self._missing.get(planned.key)
                if waits is None:  # failed with another stream
                    continue
                waits.discard(job.key)
                if not waits:
                    del self._missing[planned.key]
                    self._push(self._encode(planned))
        elif job.kind == "encode":
            for point in self._points[job.planned.key]:
                self._push(self._measure(job.planned, point))
        else:
            self.points_done += 1

    def fail(self, job: Job, message: str) -> None:
        """A job failed for good, and with it all that depends on it."""
        self._settle(job)
        if job.kind == "measure":
            self.points_failed += 1
            self.failed.setdefault(describe(job.planned), message)
            return
        lost = [job.planned]
        if job.kind == "stream":
            waiting = self._waiting.pop(job.key)
            lost = [one for one in waiting if self._missing.pop(one.key, None) is not None]
        for planned in lost:
            if job.kind == "stream":
                self._settle(self._encode(planned))
            for point in self._points[planned.key]:
                self._settle(self._measure(planned, point))
                self.points_failed += 1
            self.failed.setdefault(describe(planned), message)

    def _settle(self, job: Job) -> None:
        self._cost_left_s[speed_name(job.planned, job.kind)] -= job.cost_s
        self.jobs_left -= 1

    def core_s_left(self) -> float:
        """Estimated core seconds of all jobs that are left, running ones included."""
        return sum(
            cost_s * (self.speeds.get(name, Speed()).ratio or 1.0)
            for name, cost_s in self._cost_left_s.items()
        )

    @property
    def is_rough(self) -> bool:
        """Whether some of the estimate stands on no finished job of the sort."""
        return any(
            cost_s > 1e-6 and name not in self.speeds for name, cost_s in self._cost_left_s.items()
        )


def _stream(name: str, shared: SharedStream) -> Job:
    planned = shared.planned
    others = [s.name for s in planned.job.layout.streams if s.name != shared.stream]
    cores, cost_s = planned.job.options.threads, encode_cost_s(planned, others)
    return Job("stream", name, planned, shared=shared, cores=cores, cost_s=cost_s)


def describe(planned: PlannedEncode) -> str:
    """A job in one line."""
    layout = planned.job.layout
    method = planned.points[0].method.partition(" + ")[0]
    return (
        f"{planned.sequence.name}, {planned.codec_label}, {layout.config},"
        f" {method}, QP {planned.job.qp}"
    )
