"""``codecpipe doctor``: the programs and libraries that are there, and how to add the others."""

import importlib.util
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from codecpipe.errors import CodecpipeError, InputError, NotInstalledError
from codecpipe.metrics.catalogue import filter_metrics
from codecpipe.programs.ffmpeg import VARIABLE, ffmpeg_version, find_ffmpeg, output_of
from encoders import CODECS, get_codec
from encoders.reference.codec import ReferenceCodec
from encoders.reference.software import how_to_add
from experiments.commands.console import show
from experiments.commands.entry import out
from experiments.commands.options import software_options
from experiments.tables.table import Column, Table, plain_rows, text_columns

LOW_DISK_GIB = 5

_UNSET = f"unset {VARIABLE}: the FFmpeg of imageio-ffmpeg ≥ 0.8.1 has it"

_SEE_BELOW = "see below"


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str
    advice: str = ""
    """The remedy where it is not ``ok``."""
    needed: bool = False
    """Whether codecpipe cannot work without it."""


def examine(folder: Path) -> list[Finding]:
    """All findings; ``folder``'s disk is looked at."""
    return [_ffmpeg(), *_codecs(), *_filters(), *_torch(), _disk(folder)]


def _ffmpeg() -> Finding:
    try:
        return Finding("ffmpeg", True, f"{ffmpeg_version()} at {find_ffmpeg()}", needed=True)
    except CodecpipeError as error:
        return Finding("ffmpeg", False, str(error), "pip install imageio-ffmpeg", needed=True)


def _codecs() -> list[Finding]:
    found = []
    for name in CODECS:
        codec = get_codec(name)
        advice = ""
        try:
            detail = codec.version()
        except NotInstalledError as error:
            detail, advice = f"{str(error).partition(':')[0]} (optional)", _SEE_BELOW
        except CodecpipeError as error:
            detail, advice = str(error), _UNSET
            if isinstance(codec, ReferenceCodec):
                advice = f"correct {codec.software.variable}, or unset it"
        found.append(Finding(f"codec {name}", not advice, detail, advice))
    return found


def additions(findings: Iterable[Finding]) -> list[str]:
    """One line for each optional codec that is not installed: how to add it."""
    missing = [one.name for one in findings if one.advice == _SEE_BELOW]
    codecs = [get_codec(name.removeprefix("codec ")) for name in missing]
    softwares = [codec.software for codec in codecs if isinstance(codec, ReferenceCodec)]
    return [f"to add {software.name}: {how_to_add(software)}" for software in softwares]


def _filters() -> list[Finding]:
    try:
        listed = output_of("-filters")
    except CodecpipeError as error:
        return [Finding("metrics", False, str(error), "see ffmpeg above")]
    titles: dict[str, list[str]] = {}
    for metric in filter_metrics():
        titles.setdefault(metric.filter.name, []).append(metric.title)
    found = []
    for name, of_filter in titles.items():
        ok, metrics = f" {name} " in listed, ", ".join(of_filter)
        detail, advice = (metrics, "") if ok else ("missing", _UNSET)
        found.append(Finding(f"filter {name}", ok, detail, advice))
    return found


def _torch() -> list[Finding]:
    if importlib.util.find_spec("torch") is None:
        return [Finding("torch", False, "not installed", "pip install torch (networks need it)")]
    import torch  # noqa: PLC0415  (seconds to import, and only the doctor wants it)

    found = [Finding("torch", True, torch.__version__)]
    if torch.cuda.is_available():
        found.append(Finding("GPU", True, torch.cuda.get_device_name(0)))
    else:
        advice = "nothing, unless networks are to run on one: then a CUDA build of torch"
        found.append(Finding("GPU", False, "none; everything runs on the CPU", advice))
    return found


def _disk(folder: Path) -> Finding:
    free_gib = shutil.disk_usage(folder).free / 2**30
    ok = free_gib >= LOW_DISK_GIB
    advice = "" if ok else "free some, or run in a folder on another disk"
    detail = f"{free_gib:.1f} GiB free in {folder} ({len(os.sched_getaffinity(0))} cores)"
    return Finding("disk", ok, detail, advice)


@click.command("doctor")
@software_options
@click.option("--json", "as_json", is_flag=True)
def doctor_command(as_json: bool) -> None:
    """Show what is installed, and what to do about what is not."""
    findings = examine(Path.cwd())
    rows = [("ok" if one.ok else "--", one.name, one.detail, one.advice) for one in findings]
    heads = (Column("ok", "", text=True), Column("name", "", text=True))
    table = Table("", (*heads, *text_columns("found", "what to do")), plain_rows(rows))
    show([table], "json" if as_json else None, [vars(finding) for finding in findings])
    for line in () if as_json else additions(findings):
        out.print(line, soft_wrap=True)
    missing = [finding.name for finding in findings if finding.needed and not finding.ok]
    if missing:
        raise InputError(f"codecpipe cannot work without {', '.join(missing)}: see above")
