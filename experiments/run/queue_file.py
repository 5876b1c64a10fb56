"""``--slurm FILE.yaml``: how a batch system starts workers (by dask-jobqueue)."""

import importlib
import shutil
import signal
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from distributed import SpecCluster
from pydantic import Field

from codecpipe.errors import InputError
from codecpipe.yaml_file import Part, read_model

CLASSES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "lsf": "LSFCluster",
    "sge": "SGECluster",
    "htcondor": "HTCondorCluster",
    "local": "LocalCluster",
}


class QueueFile(Part):
    """The file: `workers` workers of `cores` cores and `memory` each are asked for."""

    system: Literal["slurm", "pbs", "lsf", "sge", "htcondor", "local"] = "slurm"
    workers: int = Field(ge=1)
    minimum: int | None = Field(default=None, ge=0)
    """With it, there are between `minimum` and `workers` of them, as there is work."""
    cores: int = Field(ge=1)
    memory: str
    gpus: int = Field(default=0, ge=0)
    """GPUs of each worker."""
    options: dict[str, Any] = Field(default_factory=dict)
    """All other options of dask-jobqueue's class of the `system`, such as ``queue``, ``account``,
    ``walltime``, ``job_extra_directives``, ``job_script_prologue``.
    """


def read_queue_file(path: Path) -> QueueFile:
    """The file, validated.

    Raises:
        InputError: missing, not YAML, or not as `QueueFile` has it; names the entry.
    """
    return read_model(path, QueueFile, "a queue file")


def queue_cluster(path: Path) -> SpecCluster:
    """The cluster; its workers are asked for, and come when the batch system starts them.

    Raises:
        InputError: the file is wrong, dask-jobqueue or the batch system is not here.
    """
    asked = read_queue_file(path)
    cluster = make_cluster(asked, path)
    try:
        if asked.minimum is None:
            cluster.scale(asked.workers)
        else:
            cluster.adapt(minimum=asked.minimum, maximum=asked.workers)
    except BaseException:
        cluster.close()
        raise
    return cluster


def make_cluster(asked: QueueFile, path: Path) -> SpecCluster:
    """The cluster of a file, without workers.

    Raises:
        InputError: dask-jobqueue is not installed, or its class does not take the options.
    """
    jobqueue, local = _jobqueue()
    name = CLASSES[asked.system]
    kind = local.LocalCluster if asked.system == "local" else getattr(jobqueue, name)
    resources = f"cores={asked.cores}" + (f",GPU={asked.gpus}" if asked.gpus else "")
    extra = list(asked.options.get("worker_extra_args", ()))
    options = {
        # One process: it has all the cores, and runs as many jobs as they hold.
        "processes": 1,
        **asked.options,
        "cores": asked.cores,
        "memory": asked.memory,
        "worker_extra_args": [*extra, "--resources", resources],
    }
    program = (kind.job_cls.submit_command or "").partition(" ")[0]
    if program and shutil.which(program) is None:
        raise InputError(
            f"'{program}' is not here: start codecpipe where {asked.system} jobs can be submitted,"
            f" or name another 'system' in '{path}'"
        )
    try:
        cluster: SpecCluster = kind(**options)
    except (TypeError, ValueError) as error:
        raise InputError(f"'{path}': {name} does not take these options: {error}") from error
    return cluster


def _jobqueue() -> tuple[ModuleType, ModuleType]:
    """dask-jobqueue, imported. It would take Ctrl-C for itself: that stays as it was."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        jobqueue = importlib.import_module("dask_jobqueue")
        return jobqueue, importlib.import_module("dask_jobqueue.local")
    except ImportError as error:
        raise InputError(
            "dask-jobqueue is not installed: pip install 'codecpipe[cluster]'"
        ) from error
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
