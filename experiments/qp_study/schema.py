"""The study file: an experiment file with a grid of QPs in place of its layouts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from codecpipe.errors import InputError
from codecpipe.layout import Config
from codecpipe.yaml_file import Part, check_model, parse_yaml
from experiments.offsets.clouds import PAPER_DELTA
from experiments.spec.experiment import EXPERIMENT, Experiment
from experiments.spec.parts import LayoutPart

TYPES_PER_MINI_GOP = ("b", "b", "b", "B", "b", "b", "b", "P")
"""Picture types of x265 and x264 in RA, in display order: B is referred to, b is not."""


class DeltaRange(Part):
    """``from``, ``from + step``, … up to ``to``, both ends included."""

    first: int = Field(alias="from")
    last: int = Field(alias="to")
    step: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"from {self.first} to {self.last} is no range: give the lower first")
        return self

    @property
    def values(self) -> tuple[int, ...]:
        """All of them."""
        return tuple(range(self.first, self.last + 1, self.step))


class SearchPart(Part):
    """How to search."""

    deltas: Annotated[int, Field(ge=1)] | None = None
    """How many offsets to try at most; by default, a third of the grid's encodes allow them."""
    per_sequence: bool = False
    """Whether to search for each sequence as well, besides the one δ for all."""


Pattern = tuple[int, ...] | dict[str, int]

Deltas = Annotated[tuple[int, ...], Field(min_length=1)]


class GridPart(Part):
    """The entries of a study file beyond those of an experiment file."""

    layout: LayoutPart
    """The layout of all points, without ``delta_qp``."""
    delta_qps: Deltas | DeltaRange | None = None
    """The offsets δ: LR frames are coded at qp − δ."""
    inter_qps: Deltas | DeltaRange | None = None
    """Instead of ``delta_qps``, the LR frames' QPs, for pairs with each of ``qps``."""
    lr_offsets: Annotated[tuple[Pattern, ...], Field(min_length=1)] = ((),)
    """Patterns to compare, see `codecpipe.layout.LayoutOptions`; or offsets by picture type, P, B
    and b."""
    search: SearchPart = SearchPart()

    @model_validator(mode="after")
    def _varies(self) -> Self:
        for key in ("delta_qp", "lr_offsets", "qps", "name", "enhancers"):
            if key in self.layout.model_fields_set:
                raise ValueError(
                    f"'{key}' of the layout is what the study varies or sets itself: take it out"
                )
        if self.layout.layout in ("anchor", "rpr"):
            raise ValueError(
                f"layout {self.layout.layout} has no LR frames to allocate QPs to: choose uniform,"
                " crs or tds"
            )
        if self.delta_qps is not None and self.inter_qps is not None:
            raise ValueError("'delta_qps' and 'inter_qps' say the same: take one of them out")
        return self


@dataclass(frozen=True)
class QpStudy:
    """A checked study."""

    common: Mapping[str, Any]
    """The entries that an experiment file has as well, as they came out of YAML."""
    layout: Mapping[str, Any]
    """The keys of its layout."""
    deltas: tuple[int, ...]
    """Sorted."""
    qps: tuple[int, ...]
    """The QPs of key frames."""
    inter_qps: tuple[int, ...] | None
    """The QPs of LR frames, where the grid is of pairs."""
    patterns: tuple[tuple[int, ...], ...]
    """Patterns of QP offsets, () for none."""
    search: SearchPart


def parse_study(text: str, where: str) -> QpStudy:
    """The study of a YAML text; ``where`` names it in messages.

    Raises:
        InputError: not YAML, or not as the schema has it; names the entry.
    """
    content = parse_yaml(text, where)
    if not isinstance(content, dict) or "layout" not in content:
        hint = "; a file with 'layouts' is run by 'codecpipe rd'" if "layouts" in text else ""
        raise InputError(f"'{where}' is not a QP study: it has no 'layout:' to study{hint}")
    own = {key: content.pop(key) for key in tuple(content) if key in GridPart.model_fields}
    grid = check_model(own, GridPart, "a QP study", where)
    if "anchor" in content:
        raise InputError(f"'{where}': a study's anchor is the plain codec: take 'anchor' out")
    # All other keys are checked as those of an experiment.
    probe = {**content, "layouts": [{**own["layout"], "delta_qp": PAPER_DELTA}]}
    experiment = check_model(probe, Experiment, EXPERIMENT, where)
    inter_qps = None
    if grid.inter_qps is None:
        deltas = _values(grid.delta_qps or DeltaRange.model_validate({"from": -2, "to": 12}))
    else:
        inter_qps = _values(grid.inter_qps)
        if any(part.qps for part in experiment.codecs):
            raise InputError(
                f"'{where}': 'inter_qps' go with the 'qps' of the study: take those of codecs out"
            )
        deltas = tuple(sorted({qp - inter for qp in experiment.qps for inter in inter_qps}))
    patterns = tuple(_pattern(one, experiment, where) for one in grid.lr_offsets)
    if len(set(patterns)) < len(patterns):
        raise InputError(f"'{where}': 'lr_offsets' has one pattern twice: take one of them out")
    return QpStudy(
        common=content,
        layout=own["layout"],
        deltas=deltas,
        qps=experiment.qps,
        inter_qps=inter_qps,
        patterns=patterns,
        search=grid.search,
    )


def _values(given: tuple[int, ...] | DeltaRange) -> tuple[int, ...]:
    return given.values if isinstance(given, DeltaRange) else tuple(sorted(set(given)))


def _pattern(given: Pattern, experiment: Experiment, where: str) -> tuple[int, ...]:
    """Offsets by picture type as a pattern over a mini-GOP; one pattern for all zeros."""
    if not isinstance(given, dict):
        return tuple(given) if any(given) else ()
    if unknown := set(given) - set(TYPES_PER_MINI_GOP):
        raise InputError(
            f"'{where}': there is no picture type '{sorted(unknown)[0]}' to offset: give P, and in"
            " RA B (referred to) and b (not)"
        )
    if {codec.codec for codec in experiment.codecs} - {"x265"} or len(experiment.configs) != 1:
        raise InputError(
            f"'{where}': offsets by picture type go with x265 and one configuration alone: give"
            " patterns such as [3, 2, 3, 0] instead"
        )
    if experiment.configs[0] is Config.RA:
        pattern = tuple(given.get(kind, 0) for kind in TYPES_PER_MINI_GOP)
    elif set(given) <= {"P"}:
        pattern = (given.get("P", 0),)
    else:
        raise InputError(
            f"'{where}': {experiment.configs[0]} of x265 has P pictures only: give an offset of P"
        )
    return pattern if any(pattern) else ()
