"""The table of a JVET contribution: class means, and an overall mean that leaves classes out.

All numbers come from BD rows (`experiments.tables.bd.bd_rows`); only the choice of classes is made
here. The overall mean is not that of the other BD tables, which is over all sequences.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from codecpipe.video.catalogue import SequenceInfo, load_builtin
from experiments.tables.means import mean_row
from experiments.tables.rows import DEC_TIME, ENC_TIME, BDRow, bd_rate_key
from experiments.tables.table import Cell

COLUMNS = (*(bd_rate_key(f"psnr_{plane}") for plane in "yuv"), ENC_TIME, DEC_TIME)

NO_CLASS = "–"


@dataclass(frozen=True)
class Conditions:
    """Common test conditions and their classes."""

    name: str
    catalogue: str
    counted: tuple[str, ...]
    """The classes that the overall mean is over."""
    apart: tuple[str, ...]
    """The others."""


VVC = Conditions("VVC CTC", "jvet_ctc", ("A1", "A2", "B", "C", "E"), ("D", "F"))

HEVC = Conditions("HEVC CTC", "hevc_ctc", ("A", "B", "C", "D", "E"), ("F",))


@dataclass(frozen=True)
class JvetRow:
    """A class mean or the overall mean."""

    label: str
    is_overall: bool
    counted: bool
    """Whether the overall mean is over it."""
    mean: BDRow | None

    @property
    def sequences(self) -> int:
        """How many sequences it is a mean of."""
        return self.mean.sequences if self.mean else 0

    def cell(self, key: str) -> Cell:
        """The cell of one of `COLUMNS`; an empty one where there is none."""
        return self.mean.cells.get(key, Cell(None)) if self.mean else Cell(None)


@dataclass(frozen=True)
class JvetBlock:
    """The rows of one method: the classes that count, the overall mean, the other classes."""

    codec: str
    config: str
    method: str
    anchor: str
    rows: tuple[JvetRow, ...]


@dataclass(frozen=True)
class JvetTable:
    """The blocks of all methods."""

    rule: str
    """A sentence or two on what the overall mean is over."""
    blocks: tuple[JvetBlock, ...]

    @property
    def classes(self) -> int:
        """The number of different classes."""
        return len({r.label for b in self.blocks for r in b.rows if not r.is_overall})


def jvet_table(rows: Sequence[BDRow], catalogues: Collection[str] = ()) -> JvetTable:
    """The JVET table of BD rows.

    The ``catalogues`` that the sequences were taken from decide between the rule of the VVC CTC and
    that of the HEVC CTC. Where they are not known, the sequences do.
    """
    sequences = [row for row in rows if row.scope == "sequence"]
    conditions = _conditions(sequences, catalogues)
    classes = {row.sequence_class for row in sequences}
    in_ctc = classes & {*conditions.counted, *conditions.apart}
    label = "Overall (CTC)" if in_ctc else "Overall"
    blocks = []
    for _, part in groupby(rows, lambda row: (row.codec, row.config, row.method)):
        blocks.append(_block(list(part), conditions, label))
    return JvetTable(_rule(label, conditions, classes), tuple(blocks))


def _block(rows: Sequence[BDRow], conditions: Conditions, label: str) -> JvetBlock:
    sequences = [row for row in rows if row.scope == "sequence"]
    classes = {row.sequence_class for row in sequences}
    apart = [name for name in conditions.apart if name in classes]
    counted = [name for name in conditions.counted if name in classes]
    counted += sorted(name for name in classes - {*apart, *counted} if name)
    counted += [""] if "" in classes else []
    of_counted = [row for row in sequences if row.sequence_class in counted]
    overall = mean_row("overall", "", of_counted) if of_counted else None
    return JvetBlock(
        rows[0].codec,
        rows[0].config,
        rows[0].method,
        rows[0].anchor,
        (
            *(_class_row(name, sequences, True) for name in counted),
            JvetRow(label, True, True, _said(overall, of_counted)),
            *(_class_row(name, sequences, False) for name in apart),
        ),
    )


def _class_row(name: str, sequences: Sequence[BDRow], counted: bool) -> JvetRow:
    rows = [row for row in sequences if row.sequence_class == name]
    mean = mean_row("class", name, rows)
    return JvetRow(f"Class {name}" if name else NO_CLASS, False, counted, _said(mean, rows))


def _said(mean: BDRow | None, rows: Sequence[BDRow]) -> BDRow | None:
    """The mean; that of a single sequence says why it has no number, as the sequence does."""
    return replace(mean, cells=rows[0].cells) if mean and len(rows) == 1 else mean


def _conditions(sequences: Sequence[BDRow], catalogues: Collection[str]) -> Conditions:
    named = set(catalogues) & {VVC.catalogue, HEVC.catalogue}
    if named:
        return HEVC if named == {HEVC.catalogue} else VVC
    # Most sequences of the classes B to E are in both: what is in one of them alone decides.
    here = {(row.sequence_class, row.sequence) for row in sequences}
    vvc, hevc = (
        {_known(info) for info in load_builtin() if info.catalogue == one.catalogue}
        for one in (VVC, HEVC)
    )
    is_vvc = bool(here & (vvc - hevc)) or any(name in ("A1", "A2") for name, _ in here)
    is_hevc = bool(here & (hevc - vvc)) or any(name == "A" for name, _ in here)
    return HEVC if is_hevc and not is_vvc else VVC


def _known(info: SequenceInfo) -> tuple[str, str]:
    return info.class_name, info.name


def _rule(label: str, conditions: Conditions, classes: set[str]) -> str:
    if not classes:
        return "There is no test method to compare with the anchor."
    if label == "Overall":
        return "Overall: mean over all sequences; none is of a class of the CTC."
    own = classes - {*conditions.counted, *conditions.apart}
    apart = " and ".join(conditions.apart)
    whose = f"classes {apart} are" if len(conditions.apart) > 1 else f"class {apart} is"
    return (
        f"{label}: mean over the sequences of classes {', '.join(conditions.counted)}"
        f"{', and of those of other classes or of none' if own else ''}, as in the"
        f" {conditions.name}; {whose} listed below it, not counted. The mean over all sequences is"
        " in bd_all_frames."
    )
