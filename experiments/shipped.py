"""Experiment files that come with codecpipe, run by their names: the common test conditions."""

from pathlib import Path

from codecpipe.errors import InputError

FOLDER = Path(__file__).parent / "ctc"


def shipped() -> tuple[str, ...]:
    """Their names."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def find_experiment(given: Path) -> Path:
    """The experiment file that a user names; a path that exists wins over a shipped file.

    Raises:
        InputError: it is neither; names the shipped ones.
    """
    if given.exists():
        return given
    if str(given) in shipped():
        return FOLDER / f"{given}.yaml"
    raise InputError(
        f"'{given}' is neither a file nor one of codecpipe's own experiments:"
        f" correct the path, or give one of {', '.join(shipped())}"
    )
