"""``codecpipe train``: networks trained on datasets of real codec output."""

from pathlib import Path

import click

from codecpipe.errors import InputError
from experiments.commands.entry import err, out
from experiments.commands.options import PATH
from experiments.run.provenance import git_commit

INTERRUPTED = 130


@click.command("train")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, help="Run folder.  [default: runs/NAME of FILE]")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
@click.option(
    "--max-minutes", type=click.FloatRange(min=0, min_open=True), help="End after so long."
)
@click.option("--dataset", type=PATH, multiple=True, help="In place of FILE's; repeatable.")
@click.option("--steps", type=click.IntRange(min=1), help="In place of FILE's.")
def train_command(
    file: Path,
    output: Path | None,
    resume: bool,
    max_minutes: float | None,
    dataset: tuple[Path, ...],
    steps: int | None,
) -> None:
    """Train the networks of FILE on datasets of 'codecpipe dataset build'.

    Ctrl-C ends it after the step at hand, with a checkpoint; --resume goes on exactly there.
    """
    # All that a mistake in FILE needs is read before torch, which takes seconds.
    from enhancers.methods import METHODS  # noqa: PLC0415
    from enhancers.training.plan import read_plan  # noqa: PLC0415

    plan = read_plan(file, METHODS)
    if steps is not None:
        plan = plan.model_copy(update={"steps": steps})
    datasets = dataset or tuple(file.parent / name for name in plan.datasets)
    missing = next((folder for folder in datasets if not folder.is_dir()), None)
    if missing is not None:
        raise InputError(
            f"there is no dataset '{missing}': make it with 'codecpipe dataset build', or name"
            " another with --dataset"
        )
    if plan.init is not None:
        plan = plan.model_copy(update={"init": str(file.parent / plan.init)})
    try:
        from enhancers.training.run import train  # noqa: PLC0415
        from enhancers.training.task import training_kind  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"training needs the package '{error.name}': pip install 'codecpipe[train]'"
        ) from error
    run = output or Path("runs") / file.stem
    outcome = train(
        plan,
        training_kind(METHODS[plan.method]),
        datasets,
        run,
        resume=resume,
        max_minutes=max_minutes,
        commit=git_commit() or "",
        say=_say,
        interval_s=10 if out.is_terminal else 60,
    )
    if outcome.weights is not None and outcome.is_first:
        out.print(f"weights: {outcome.weights}", soft_wrap=True)
    if not outcome.finished and outcome.is_first:
        done = ", ".join(f"{planes} at step {step}" for planes, step in outcome.steps.items())
        err.print(
            f"not finished ({done}): 'codecpipe train {file} -o {run} --resume' goes on there",
            soft_wrap=True,
        )
    if outcome.by_signal:
        raise click.exceptions.Exit(INTERRUPTED)


def _say(line: str) -> None:
    out.print(line, soft_wrap=True)
    out.file.flush()
