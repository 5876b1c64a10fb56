"""Experiment files that come with codecpipe, by name: the CTC, studies, tables of papers."""

from pathlib import Path

from codecpipe.errors import InputError

CTC = Path(__file__).parent / "ctc"
STUDIES = Path(__file__).parent / "studies"
PAPERS = Path(__file__).parent / "papers"


def shipped() -> tuple[str, ...]:
    """Their names, those of the CTC first."""
    return tuple(_paths())


def find_experiment(given: Path) -> Path:
    """The experiment file that a user names; a path that exists wins over a shipped file.

    Raises:
        InputError: it is neither; names the shipped ones.
    """
    if given.exists():
        return given
    paths = _paths()
    if str(given) in paths:
        return paths[str(given)]
    raise InputError(
        f"'{given}' is neither a file nor one of codecpipe's own experiments:"
        f" correct the path, or give one of {', '.join(paths)}"
    )


def _paths() -> dict[str, Path]:
    return {
        path.stem: path
        for folder in (CTC, STUDIES, PAPERS)
        for path in sorted(folder.glob("*.yaml"))
    }
