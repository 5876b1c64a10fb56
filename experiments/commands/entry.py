"""The command line's edge: consoles, a spinner, and one sentence for whatever goes wrong."""

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from rich.console import Console

import bdrate as bd
from codecpipe.errors import CodecpipeError
from codecpipe.programs.process import is_disk_full


def print_json(document: Any) -> None:
    """One document on stdout."""
    click.echo(json.dumps(document, indent=1, ensure_ascii=False))


# Piped into a file or a pager, tables keep their full width. What is printed are names out of files
# and of files: no "[bold]" or ":x:" in them is markup.
out = Console(
    highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 160
)


err = Console(stderr=True, highlight=False, markup=False, emoji=False)


def enter(command: click.Command) -> NoReturn:
    """Run the command; one sentence on stderr and exit status 1 for whatever goes wrong.

    ``--debug`` shows the traceback and may stand anywhere on the command line.
    """
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1

    def fail(message: str, code: int = 1) -> NoReturn:
        if debug:
            traceback.print_exc()
        err.print(f"codecpipe: {one_line(message)}", soft_wrap=True)
        sys.exit(code)

    try:
        code = command.main(arguments, prog_name="codecpipe", standalone_mode=False)
    except click.exceptions.Abort:
        fail("stopped; what was finished is kept, start again to go on", 130)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see '{context.command_path} --help')" if context else ""
        fail(f"{error.format_message().rstrip('.')}{hint}")
    except (CodecpipeError, bd.BDError) as error:
        fail(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except MemoryError:
        fail("out of memory: close other programs, or run fewer --jobs")
    except OSError as error:
        if is_disk_full(error):
            fail("no space left on the disk: free some, or name a folder on another disk")
        where = f"'{error.filename}': " if error.filename else ""
        fail(f"{where}{error.strerror or error}: check the path and the rights on it")
    except Exception as error:
        fail(
            f"an error inside codecpipe, {type(error).__name__}: {error};"
            " please report it with what --debug shows"
        )
    sys.exit(code or 0)


def one_line(message: str) -> str:
    """A message without line ends and control characters, which names in it may have."""
    return "".join(c if c.isprintable() else " " for c in message).strip()


@contextmanager
def status(what: str) -> Iterator[None]:
    """A spinner on a terminal, nothing elsewhere."""
    if err.is_terminal:
        with err.status(what):
            yield
    else:
        yield
