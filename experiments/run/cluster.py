"""Workers for a run: on this machine, on a running Dask cluster, or started by a batch system."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, Nanny, Scheduler, SpecCluster, Worker

from codecpipe.errors import InputError
from experiments.run.queue_file import queue_cluster

CONNECT_S = 20
SETTINGS = {
    # A job that has taken three workers with it is not given a fourth.
    "distributed.scheduler.allowed-failures": 2,
    # A worker that was killed is replaced at once.
    "distributed.worker.lifetime.restart": True,
    "distributed.comm.timeouts.connect": f"{CONNECT_S}s",
    "distributed.admin.large-graph-warning-threshold": "1GB",
    # Looking at each thread's stack a hundred times a second costs jobs some per cent.
    "distributed.worker.profile.enabled": False,
}


@dataclass(frozen=True)
class Workers:
    """The workers that do the jobs of a run; at most one of the three is given."""

    jobs: int | None = None
    """The number of jobs at a time on this machine, None for as many as its cores hold."""
    scheduler: str | None = None
    """The address of a running Dask scheduler."""
    queue: Path | None = None
    """A file on starting workers by a batch system, see `experiments.run.queue_file`."""

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.jobs, self.scheduler, self.queue)) > 1:
            raise InputError(
                "--jobs, --scheduler and --slurm name different places to work: give one of them"
            )


@dataclass(frozen=True)
class Capacity:
    """The capacity of the present workers; 0 cores where no worker says how many."""

    workers: int
    threads: int
    cores: int
    most_cores: int
    gpus: int


def capacity(client: Client) -> Capacity:
    """Ask the scheduler for its workers."""
    found = client.scheduler_info(n_workers=-1)["workers"].values()
    resources = [worker.get("resources") or {} for worker in found]
    cores = [int(one.get("cores", 0)) for one in resources]
    return Capacity(
        workers=len(cores),
        threads=sum(int(worker["nthreads"]) for worker in found),
        cores=sum(cores),
        most_cores=max(cores, default=0),
        gpus=sum(int(one.get("GPU", 0)) for one in resources),
    )


@contextmanager
def client_of(workers: Workers, threads: int, scratch: Path) -> Iterator[Client]:
    """A client of the workers; those that were started for it end with it.

    A job of the run asks for at most `threads` cores. Local workers have their folders in
    `scratch`.

    Raises:
        InputError: the scheduler cannot be reached, the queue's file is wrong, or the batch system
            is not here.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS):
        if workers.scheduler is not None:
            with _joined(workers.scheduler) as client:
                yield client
        elif workers.queue is not None:
            with queue_cluster(workers.queue) as cluster, Client(cluster) as client:
                yield client
        else:
            with _local(workers.jobs, threads, scratch) as cluster, Client(cluster) as client:
                client.wait_for_workers(len(cluster.worker_spec))
                yield client


@contextmanager
def _joined(address: str) -> Iterator[Client]:
    try:
        # Dask itself would go on trying where nobody listens.
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        socket.create_connection((parts.hostname or "", parts.port or 0), CONNECT_S).close()
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise InputError(
            f"no Dask scheduler answers at '{address}': start one with 'dask scheduler', or correct"
            " the address"
        ) from error
    with client:
        yield client


def _local(jobs: int | None, threads: int, scratch: Path) -> SpecCluster:
    """As many workers as the machine's cores hold jobs, each in a process that may die."""
    count = jobs or max(1, len(os.sched_getaffinity(0)) // threads)
    gpus = _gpus()
    specs = {}
    for at in range(count):
        options: dict[str, Any] = {
            "nthreads": 1 if jobs else threads,
            "resources": {"cores": threads} | ({"GPU": 1} if at < gpus else {}),
            "local_directory": str(scratch),
            "memory_limit": "auto",
            "silence_logs": logging.CRITICAL,
        }
        specs[at] = {"cls": Nanny if count > 1 else Worker, "options": options}
    scheduler = {
        "cls": Scheduler,
        # Any port: two runs at a time must not be in each other's way.
        "options": {"dashboard_address": "127.0.0.1:0", "host": "127.0.0.1", "port": 0},
    }
    if count == 1:
        return SpecCluster(specs, scheduler, asynchronous=False, silence_logs=logging.CRITICAL)
    with _no_interrupts(), _no_main():
        return SpecCluster(specs, scheduler, asynchronous=False, silence_logs=logging.CRITICAL)


@contextmanager
def _no_main() -> Iterator[None]:
    """Processes that are started meanwhile do not import the program that we were started by.

    They need none of the command line, and to import it takes longer than all else.
    """
    main = sys.modules["__main__"].__dict__
    kept: dict[str, Any] = {
        name: main.pop(name) for name in ("__file__", "__spec__") if name in main
    }
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(kept)


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Ctrl-C reaches all processes of a terminal: workers, which we end ourselves, must not get it.

    What is ignored stays ignored in a process that is started meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():  # nobody else may
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _gpus() -> int:
    """The number of the machine's NVIDIA GPUs, without loading torch to find them."""
    try:
        return len(list(Path("/proc/driver/nvidia/gpus").iterdir()))
    except OSError:
        return 0


def environment() -> Mapping[str, str]:
    """The environment variables that name this process's codec programs, for other workers."""
    return {name: value for name, value in os.environ.items() if name.startswith("CODECPIPE_")}
