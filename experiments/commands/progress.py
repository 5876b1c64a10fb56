"""How far a run is, on a terminal; and what is left of a plan, in words."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.run.runner import State
from experiments.run.schedule import Schedule


@contextmanager
def run_progress(title: str, console: Console) -> Iterator[Callable[[State], None]]:
    """A line that follows the states of a run, on a terminal; what was finished is always said."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{title}: points", total=None, said="")

        first = True

        def show(state: State) -> None:
            nonlocal first
            if first and state.done:
                said = f"{state.done} of {state.points} points were finished before"
                progress.console.print(said)
            first = False
            progress.update(task, total=state.points, completed=state.done, said=state_text(state))

        yield show


def state_text(state: State) -> str:
    """Running and failed, core hours, remaining time."""
    parts = [f"{state.running} running"] if state.workers else ["waiting for workers"]
    if state.failed:
        parts.append(f"[red]{state.failed} failed[/red]")
    parts.append(f"{state.core_s / 3600:.2f} core-h")
    if state.wall_s_left is not None:
        parts.append(f"{_about(state.is_rough)}{duration(state.wall_s_left)} left")
    return ", ".join(parts)


def plan_text(schedule: Schedule, cores: int | None = None) -> str:
    """What is left of a plan: jobs, core hours, time on so many cores (this machine's)."""
    found = f", {schedule.points_found} of the points are there" if schedule.points_found else ""
    if not schedule.jobs_left:
        return f"nothing is left to do{found}"
    cores = cores or len(os.sched_getaffinity(0))
    hours = schedule.core_s_left() / 3600
    basis = (
        "; rough, since no job of some of these sorts was ever timed here"
        if schedule.is_rough
        else ", by the speed of earlier jobs"
    )
    return (
        f"{schedule.jobs_left} jobs{found}: {_about(schedule.is_rough)}{hours:.2f} core hours,"
        f" {duration(hours * 3600 / cores)} on {cores} cores{basis}"
    )


def _about(is_rough: bool) -> str:
    return "about " if is_rough else ""


def duration(seconds: float) -> str:
    """Seconds as 12 s, 3 min, 2 h 05 min, 3 d 4 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
