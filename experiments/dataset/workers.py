"""Work done one after the other here, or by several processes at a time."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_end
from time import monotonic

from codecpipe.errors import CodecpipeError, ToolError
from codecpipe.programs.process import Limits
from experiments.dataset.folder import Paths
from experiments.dataset.items import put_clip, put_item
from experiments.dataset.plan import PlannedClip, PlannedItem

Task = PlannedClip | PlannedItem


@dataclass(frozen=True)
class Done:
    """A finished task."""

    task: Task
    failure: str | None
    """One sentence, None where it went well."""
    wall_s: float

    @property
    def label(self) -> str:
        """The task's name in messages."""
        return self.task.label if isinstance(self.task, PlannedItem) else self.task.name


def run_tasks(
    first: Iterable[PlannedClip],
    follow: Callable[[Task], list[PlannedItem]],
    paths: Paths,
    jobs: int,
    limits: Limits,
) -> Iterator[Done]:
    """Do clips, and after each what ``follow`` has for it; yields each as it is done.

    What follows a clip comes before the next clip, so that finished items come early.

    Raises:
        ToolError: a worker process died.
    """
    todo: deque[Task] = deque(first)
    if jobs == 1:
        while todo:
            done = _do(todo.popleft(), paths, limits)
            if done.failure is None:
                todo.extendleft(reversed(follow(done.task)))
            yield done
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin)
    running: dict[Future[Done], Task] = {}
    try:
        while todo or running:
            while len(running) < jobs and todo:
                task = todo.popleft()
                running[pool.submit(_do, task, paths, limits)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                result = future.result()
                if result.failure is None:
                    todo.extendleft(reversed(follow(task)))
                yield Done(task, result.failure, result.wall_s)
    except BrokenProcessPool as error:
        raise ToolError(
            "a worker process died (out of memory?): start again to go on, with fewer --jobs"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _do(task: Task, paths: Paths, limits: Limits) -> Done:
    started, failure = monotonic(), None
    try:
        if isinstance(task, PlannedItem):
            put_item(task, paths, limits)
        else:
            put_clip(task, paths, limits)
    except (CodecpipeError, OSError) as error:
        failure = str(error)
    return Done(task, failure, monotonic() - started)


def _begin() -> None:
    """Prepare a worker: its parent answers Ctrl-C, and it ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait_for_end([parent.sentinel])
        os._exit(1)

    # Without it, a worker whose parent was killed would wait for work for ever.
    threading.Thread(target=watch, daemon=True).start()
