"""The file of ``--slurm``: what batch systems are told."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codecpipe.errors import InputError
from experiments.run.queue_file import CLASSES, make_cluster, read_queue_file

SUBMIT = {
    "slurm": "sbatch",
    "pbs": "qsub",
    "lsf": "bsub",
    "sge": "qsub",
    "htcondor": "condor_submit",
}
OPTIONS = {"slurm": "queue: long, account: jvet, walltime: '08:00:00'", "lsf": "use_stdin: true"}


@pytest.mark.parametrize("system", [name for name in CLASSES if name != "local"])
def test_the_job_script_asks_for_what_the_file_says(tmp_path, monkeypatch, system):
    program = tmp_path / SUBMIT[system]
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert shutil.which(SUBMIT[system]) == str(program)
    path = tmp_path / "queue.yaml"
    disk = {"htcondor": "disk: 1GB"}.get(system, OPTIONS.get(system, ""))
    path.write_text(
        f"system: {system}\nworkers: 3\ncores: 4\nmemory: 8GB\ngpus: 1\n"
        f"options: {{interface: lo, {disk}}}\n"
    )
    cluster = make_cluster(read_queue_file(path), path)
    try:
        script = cluster.job_script()
    finally:
        cluster.close()
    assert "--resources cores=4,GPU=1" in script
    assert "--nthreads 4" in script
    if system == "slurm":
        for line in (
            "#SBATCH -p long",
            "#SBATCH -A jvet",
            "#SBATCH -t 08:00:00",
            "--cpus-per-task=4",
        ):
            assert line in script


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workers: 2\ncores: 2\n", "memory"),
        ("workers: none\ncores: 2\nmemory: 1GB\n", "workers"),
        ("workers: 2\ncores: 2\nmemory: 1GB\nsystem: lsd\n", "system"),
        ("workers: 2\ncores: 2\nmemory: 1GB\nqueue: long\n", "queue"),
        ("- 1\n", "no 'workers:'"),
        ("workers: [\n", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_the_entry(tmp_path, text, words):
    path = tmp_path / "queue.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as error:
        read_queue_file(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_queue_file(tmp_path / "none.yaml")


def test_ctrl_c_stays_ours(tmp_path):
    program = (
        "import signal; from experiments.run.queue_file import _jobqueue; before ="
        " signal.getsignal(signal.SIGINT); _jobqueue();"
        " assert signal.getsignal(signal.SIGINT) is before"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_an_option_that_the_system_does_not_know_is_said(tmp_path):
    path = tmp_path / "queue.yaml"
    path.write_text("system: local\nworkers: 1\ncores: 1\nmemory: 1GB\noptions: {colour: red}\n")
    with pytest.raises(InputError, match=r"LocalCluster does not take these options: .*colour"):
        make_cluster(read_queue_file(path), path)
