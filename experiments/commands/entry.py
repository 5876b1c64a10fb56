"""The command line's edge: consoles, a spinner, and one sentence for whatever goes wrong.

Nothing slow is imported here before it is used: `codecpipe --version` waits for all of it.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import click

from codecpipe.errors import CodecpipeError

if TYPE_CHECKING:
    from rich.console import Console

out: Console
"""Stdout. Piped into a file or a pager, tables keep their full width."""

err: Console
"""Stderr."""


@cache
def _console(name: str) -> Console:
    from rich.console import Console  # noqa: PLC0415

    width = None if name == "err" or sys.stdout.isatty() else 160
    # What is printed are names out of files and of files: no "[bold]" or ":x:" in them is markup.
    return Console(stderr=name == "err", highlight=False, markup=False, emoji=False, width=width)


def __getattr__(name: str) -> Any:
    """Make `out` and `err` for the first command that imports them: rich is slow to import."""
    if name not in ("out", "err"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return _console(name)


def print_json(document: Any) -> None:
    """One document on stdout."""
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))


def note(text: str) -> None:
    """A remark on stderr, beside what a command prints."""
    click.echo(one_line(f"note: {text}"), err=True)


def enter(command: click.Command) -> NoReturn:
    """Run the command; one sentence on stderr and exit status 1 for whatever goes wrong.

    ``--debug`` shows the traceback and may stand anywhere on the command line.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1

    def fail(message: str, code: int = 1) -> NoReturn:
        if debug:
            traceback.print_exc()
        click.echo(f"codecpipe: {one_line(message)}", err=True)
        sys.exit(code)

    try:
        code = command.main(arguments, prog_name="codecpipe", standalone_mode=False)
    except click.exceptions.Abort:
        fail("stopped; what was finished is kept, start again to go on", 130)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see '{context.command_path} --help')" if context else ""
        fail(f"{error.format_message().rstrip('.')}{hint}")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except MemoryError:
        fail("out of memory: close other programs, or run fewer --jobs")
    except Exception as error:
        fail(_sentence(error))
    sys.exit(code or 0)


def _sentence(error: Exception) -> str:
    """What to tell a user of an error."""
    if isinstance(error, CodecpipeError):
        return str(error)
    if isinstance(error, OSError):
        from codecpipe.programs.process import is_disk_full  # noqa: PLC0415

        if is_disk_full(error):
            return "no space left on the disk: free some, or name a folder on another disk"
        where = f"'{error.filename}': " if error.filename else ""
        return f"{where}{error.strerror or error}: check the path and the rights on it"
    from bdrate.errors import BDError  # noqa: PLC0415  (with numpy)

    if isinstance(error, BDError):
        return str(error)
    return (
        f"an error inside codecpipe, {type(error).__name__}: {error};"
        " please report it with what --debug shows"
    )


def one_line(message: str) -> str:
    """A message without line ends and control characters, which names in it may have."""
    return "".join(c if c.isprintable() else " " for c in message).strip()


@contextmanager
def status(what: str) -> Iterator[None]:
    """A spinner on a terminal, nothing elsewhere."""
    console = _console("err")
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        yield
