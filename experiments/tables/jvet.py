"""The table of a JVET contribution: class means, and an overall mean that leaves classes out.

All numbers come from BD rows (`experiments.tables.bd.bd_rows`); only the choice of classes is made
here. The overall mean is not that of the other BD tables, which is over all sequences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from codecpipe.video.catalogue import load_builtin
from experiments.tables.means import mean_row
from experiments.tables.rows import DEC_TIME, ENC_TIME, BDRow, bd_rate_key, blocks_of

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
    """A class mean or the overall mean of one method."""

    label: str
    mean: BDRow
    """Of the scope ``class`` or ``overall``; without a cell where it is over no sequence."""
    counted: bool = True
    """Whether the overall mean is over it."""


@dataclass(frozen=True)
class JvetTable:
    """The rows of all methods."""

    rule: str
    """A sentence or two on what the overall mean is over."""
    blocks: tuple[tuple[JvetRow, ...], ...]
    """By method: the classes that count, the overall mean, the other classes."""

    @property
    def classes(self) -> int:
        """The number of different classes."""
        return len({r.label for b in self.blocks for r in b if r.mean.scope == "class"})


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
    blocks = tuple(tuple(_block(block, conditions, label)) for block in blocks_of(rows))
    return JvetTable(_rule(label, conditions, classes), blocks)


def _block(rows: Sequence[BDRow], conditions: Conditions, label: str) -> Iterator[JvetRow]:
    by_class: dict[str, list[BDRow]] = {}
    for row in rows:
        if row.scope == "sequence":
            by_class.setdefault(row.sequence_class, []).append(row)
    anchor = rows[0].anchor
    apart = [name for name in conditions.apart if name in by_class]
    counted = [name for name in conditions.counted if name in by_class]
    counted += sorted(name for name in by_class if name and name not in (*apart, *counted))
    counted += [""] if "" in by_class else []
    for name in counted:
        label_of = f"Class {name}" if name else NO_CLASS
        yield JvetRow(label_of, _mean("class", name, by_class[name], anchor))
    of_counted = [row for row in rows if row.scope == "sequence" and row.sequence_class in counted]
    nothing = replace(rows[0], scope="overall", sequence="", sequences=0, cells={}, notes=())
    yield JvetRow(label, _mean("overall", "", of_counted, anchor) if of_counted else nothing)
    for name in apart:
        yield JvetRow(f"Class {name}", _mean("class", name, by_class[name], anchor), counted=False)


def _mean(
    scope: Literal["class", "overall"], name: str, rows: Sequence[BDRow], anchor: str
) -> BDRow:
    """The mean; that of a single sequence says why it has no number, as the sequence does."""
    mean = replace(mean_row(scope, name, rows), anchor=anchor)
    return replace(mean, cells=rows[0].cells) if len(rows) == 1 else mean


def _conditions(sequences: Sequence[BDRow], catalogues: Collection[str]) -> Conditions:
    named = set(catalogues) & {VVC.catalogue, HEVC.catalogue}
    if named:
        return HEVC if named == {HEVC.catalogue} else VVC
    # Most sequences of the classes B to E are in both: what is in one of them alone decides.
    here = {(row.sequence_class, row.sequence) for row in sequences}
    known = [(info.catalogue, (info.class_name, info.name)) for info in load_builtin()]
    vvc, hevc = ({s for name, s in known if name == one.catalogue} for one in (VVC, HEVC))
    is_vvc = bool(here & (vvc - hevc)) or any(name in ("A1", "A2") for name, _ in here)
    is_hevc = bool(here & (hevc - vvc)) or any(name == "A" for name, _ in here)
    return HEVC if is_hevc and not is_vvc else VVC


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
