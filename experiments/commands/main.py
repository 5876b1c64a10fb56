"""The command ``codecpipe``: names its sub-commands and loads the one that is asked for."""

import importlib
from typing import NamedTuple

import click

import codecpipe
from experiments.commands.entry import enter


class Lazy(NamedTuple):
    """A sub-command that is not loaded yet, ``NAME_command`` of a module; its line in --help."""

    module: str
    help: str


COMMANDS = {
    "bdrate": Lazy("bdrate", "Bjøntegaard deltas of two files of RD curves."),
    "compare": Lazy("compare", "Show what changed between two runs."),
    "dataset": Lazy("dataset", "Build training data from real codec output."),
    "decode": Lazy("decode", "Decode a .cpv file and restore it to source size."),
    "demo": Lazy("rd", "Code real clips in all layouts and write a report."),
    "doctor": Lazy("doctor", "Show what is installed, and what to do about the rest."),
    "encode": Lazy("encode", "Code a video into a .cpv file."),
    "enhance": Lazy("decode", "Another name of decode."),
    "info": Lazy("info", "Show streams, layout and pictures of a .cpv file."),
    "logs": Lazy("logs", "Read logs of HM and VTM into rate points and BD tables."),
    "measure": Lazy("measure", "Measure one video against another, frame by frame."),
    "methods": Lazy("methods", "List the methods that restore LR frames, and their cost."),
    "qp-study": Lazy("qp_study", "Study the QPs of key frames and LR frames."),
    "rd": Lazy("rd", "Run an experiment file, or go on with it."),
    "report": Lazy("report", "Write the report of one or several run folders again."),
    "sequences": Lazy("sequences", "List and verify test sequences."),
    "train": Lazy("train", "Train a network on datasets."),
    "weights": Lazy("weights", "List the trained weights that come with codecpipe."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when one is run: the libraries behind them are slow."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in alphabetical order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded; None where there is none."""
        del ctx
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        module = importlib.import_module(f"experiments.commands.{lazy.module}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of ``--help``, without loading any command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in sorted(COMMANDS.items())])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
)
@click.version_option(codecpipe.__version__, prog_name="codecpipe")
@click.option("--debug", is_flag=True, help="Show the traceback of an error (anywhere).")
def main(debug: bool) -> None:
    """Down-sampling based video coding with a standard codec in the loop."""
    del debug  # taken from the command line by `enter`, which must know it for every error


def run() -> None:
    """Run the command and end the process with its exit status."""
    enter(main)
