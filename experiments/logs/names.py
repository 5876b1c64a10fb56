"""Facts from the name of a log, where the log itself does not print them."""

import re
from dataclasses import dataclass

from codecpipe.errors import InputError
from codecpipe.video.catalogue import load_builtin
from codecpipe.video.filename import base_name

_QP = re.compile(r"qp?_?([0-9]{1,2})", re.IGNORECASE)

# Words as in the names of the CTC's configuration files, and the usual abbreviations.
_CONFIGS = {
    "ai": "AI",
    "intra": "AI",
    "allintra": "AI",
    "ra": "RA",
    "randomaccess": "RA",
    "ldp": "LDP",
    "lowdelayp": "LDP",
    "ldb": "LDB",
    "lowdelayb": "LDB",
}

WORK_FILE = ".in.yuv"
"""How a run's work files end, which say nothing of the sequence; the names of its logs do."""

# As a run names its encoders' logs: BQMall_vtm_LDP_anchor_QP32_81f15bab-hr.
_OF_A_RUN = re.compile(r"(.+)_(?:hm|vtm)_(AI|RA|LDB|LDP)_.+_QP([0-9]+)_[0-9a-f]{8}-\w+")

_SOFTWARE = re.compile(r"(?:hm|vtm|hevc|vvc|enc|log|hm[0-9.]+|vtm[0-9.]+)", re.IGNORECASE)


@dataclass(frozen=True)
class NameFacts:
    """Facts from a name; None where it does not say."""

    sequence: str | None
    """The name less all that follows."""
    config: str | None
    qp: int | None


def said_by_name(stem: str) -> NameFacts:
    """Read a name such as ``BQMall_LDP_QP32``; words are split at ``_``, ``-`` and spaces.

    A QP has a ``q`` or ``qp`` before it: a bare number may be a frame rate.
    """
    if own := _OF_A_RUN.fullmatch(stem):
        return NameFacts(own[1], own[2], int(own[3]))
    text = re.sub(r"(?i)(?<=qp)[_\- =](?=[0-9])", "", stem)
    rest, configs, qps = [], set(), set()
    for word in re.split(r"[_\- ]+", text):
        if match := _QP.fullmatch(word):
            qps.add(int(match[1]))
        elif word.lower() in _CONFIGS:
            configs.add(_CONFIGS[word.lower()])
        elif word and not _SOFTWARE.fullmatch(word):
            rest.append(word)
    return NameFacts(
        "_".join(rest) or None,
        configs.pop() if len(configs) == 1 else None,
        qps.pop() if len(qps) == 1 else None,
    )


def sequence_of(file: str) -> tuple[str, str]:
    """Name and class of the sequence in a video file of that name or path.

    What the catalogues know goes by their name and class; anything else by its file's name up to
    the first word about its format, without a class. Where the catalogues have several of that
    name, such as RaceHorses, the file's whole name tells them apart.
    """
    name = re.split(r"[\\/]", file.strip())[-1]
    try:
        info = load_builtin().find(name)
    except InputError:
        return re.sub(r"\.(?:yuv|y4m)$", "", name, flags=re.IGNORECASE), ""
    return (info.name, info.class_name) if info else (base_name(name) or name, "")
