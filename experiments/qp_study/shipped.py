"""Study files that come with codecpipe, by name."""

from pathlib import Path

from codecpipe.errors import InputError

FOLDER = Path(__file__).parent


def shipped_studies() -> tuple[str, ...]:
    """Their names."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def find_study(given: Path) -> Path:
    """The study file that a user names; a path that exists wins over a shipped file.

    Raises:
        InputError: it is neither; names the shipped ones.
    """
    if given.exists():
        return given
    if str(given) in shipped_studies():
        return FOLDER / f"{given}.yaml"
    raise InputError(
        f"'{given}' is neither a file nor one of codecpipe's own studies:"
        f" correct the path, or give {', '.join(shipped_studies())}"
    )
