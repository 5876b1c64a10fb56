"""``codecpipe compare``: what changed between two runs, and whether it is more than noise."""

import json
from pathlib import Path

import click

from experiments.commands.entry import out
from experiments.commands.options import PATH
from experiments.compare import view as show
from experiments.compare.runs import compare_runs
from experiments.results.load import load_runs
from experiments.run.store import write_atomically


@click.command("compare")
@click.argument("run_a", type=PATH)
@click.argument("run_b", type=PATH)
@click.option("--metric", default="psnr_y", show_default=True, help="BD-rates over this column.")
@click.option("--json", "as_json", is_flag=True)
@click.option("-o", "--output", type=PATH, help="Folder for compare.md and compare.json.")
def compare_command(
    run_a: Path, run_b: Path, metric: str, as_json: bool, output: Path | None
) -> None:
    """Show what changed from RUN_A to RUN_B, and whether it is more than noise.

    Versions, settings, encoder command lines and sources are compared, then the results: each
    method's BD-rate against its own anchor in both runs, and its curve in B against its curve in
    A. Means over three sequences or more have a 95 % bootstrap interval.
    """
    before, after = load_runs([run_a, run_b])
    found = compare_runs(before, after, metric)
    text = json.dumps(show.document(found), indent=1, ensure_ascii=False)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        write_atomically(output / "compare.md", show.markdown_text(found))
        write_atomically(output / "compare.json", text + "\n")
    if as_json:
        click.echo(text)
        return
    for part in show.terminal_parts(found):
        out.print(part)
    if output is not None:
        out.print(f"written: {output / 'compare.md'}, {output / 'compare.json'}", soft_wrap=True)
