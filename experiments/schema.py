"""The experiment file: a YAML document, validated."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bdrate import METHODS
from codecpipe.errors import InputError
from codecpipe.filename import frame_rate
from codecpipe.layout import LAYOUTS, Config, LayoutOptions
from codecpipe.metrics import measure
from codecpipe.resample import Filter


def _ratio(value: object) -> object:
    if not isinstance(value, int | float | str):
        return value
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"'{value}' is not a scale: give 2, 4, \"3/2\" …") from error


def _rate(value: object) -> object:
    return frame_rate(value) if isinstance(value, int | float | str) else value


Ratio = Annotated[Fraction, BeforeValidator(_ratio)]
Rate = Annotated[Fraction, BeforeValidator(_rate)]
Qps = Annotated[tuple[int, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SequencePart(_Part):
    """A sequence: ``file`` (relative to the experiment file), or ``sequence`` of a catalogue.

    Or several: all sequences of some ``classes`` ``of`` a catalogue.
    """

    file: str | None = None
    sequence: str | None = None
    classes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    of: str | None = None
    name: str | None = None
    class_name: str | None = Field(default=None, alias="class")
    frames: Annotated[int, Field(ge=1)] | None = None
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")] | None = None
    fps: Rate | None = None
    bit_depth: Annotated[int, Field(ge=8, le=16)] | None = None


class CodecPart(_Part):
    """A codec: its name in the registry, preset, extra parameters; QPs of its own if given."""

    codec: str
    name: str | None = None
    preset: Annotated[str, BeforeValidator(str)] = ""
    extra: Mapping[str, str | int | float] = Field(default_factory=dict)
    threads: Annotated[int, Field(ge=1)] = 1
    qps: Qps | None = None

    @property
    def label(self) -> str:
        """What tables call it."""
        return self.name or (f"{self.codec} {self.preset}".strip())


class LayoutPart(_Part):
    """A layout and its options; ``name`` is what tables call it."""

    layout: str
    name: str | None = None
    scale: Ratio = Fraction(2)
    gop: Annotated[int, Field(ge=0)] | None = None
    group: int = 5
    delta_qp: int = 5
    shared_boundary: bool = False
    inject: bool = True
    qps: Qps | None = None

    @property
    def label(self) -> str:
        """Layout and options in short, e.g. ``crs k2 δ5``."""
        if self.name or self.layout in ("anchor", "rpr"):
            return self.name or self.layout
        parts = [self.layout, f"k{self.scale}", f"δ{self.delta_qp}"]
        if self.layout == "tds":
            parts.insert(1, f"N{self.group}{'s' if self.shared_boundary else ''}")
        if not self.inject and self.layout in ("crs", "tds"):
            parts.append("paid")
        return " ".join(parts)

    def options(self, default_gop: int) -> LayoutOptions:
        """The layout's options with the experiment's GOP where it has none of its own."""
        return LayoutOptions(
            scale=self.scale,
            gop=default_gop if self.gop is None else self.gop,
            group=self.group,
            delta_qp=self.delta_qp,
            shared_boundary=self.shared_boundary,
            inject=self.inject,
        )


class Experiment(_Part):
    """The whole file. ``anchor``: label of the method that the others are compared with.

    ``frames``: at most so many of each sequence. ``temporal_subsample``: N, to code frames 0, N,
    2N, … at 1/N of the frame rate.
    """

    name: str
    description: str = ""
    root: str | None = None
    catalogue: str | None = None
    sequences: Annotated[tuple[SequencePart, ...], Field(min_length=1)]
    codecs: Annotated[tuple[CodecPart, ...], Field(min_length=1)]
    configs: Annotated[tuple[Config, ...], Field(min_length=1)] = (Config.LDP,)
    layouts: Annotated[tuple[LayoutPart, ...], Field(min_length=1)]
    enhancers: Annotated[tuple[str, ...], Field(min_length=1)] = ("lanczos",)
    qps: Qps = (27, 32, 37, 42)
    frames: Annotated[int, Field(ge=1)] | None = None
    temporal_subsample: Annotated[int, Field(ge=1)] = 1
    gop: Annotated[int, Field(ge=0)] | None = None
    kernel: Filter = Filter.BICUBIC
    metrics: tuple[str, ...] = ("psnr",)
    bd_method: str = "pchip"
    anchor: str = "anchor"


_ADVICE = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not a key of an experiment file: correct its spelling or take it out",
    "tuple_type": "is not a list: write it as [a, b]",
    "too_short": "is an empty list: give at least one entry",
}


def read_experiment(path: Path) -> str:
    """The text of an experiment file.

    Raises:
        InputError: missing, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}): check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not a text file: give an experiment in YAML") from error


def parse_experiment(text: str, where: str) -> Experiment:
    """The experiment of a YAML text; ``where`` names it in messages.

    Raises:
        InputError: not YAML, or not as the schema has it; names the entry.
    """
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise InputError(f"'{where}' is not valid YAML{line}: correct it") from error
    if not isinstance(content, dict):
        raise InputError(
            f"'{where}' is not an experiment: it has no 'name:', 'sequences:' and so on"
        )
    try:
        experiment = Experiment.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        advice = _ADVICE.get(first["type"])
        message = f"'{place}' {advice}" if advice else f"{place}: {said[0].lower()}{said[1:]}"
        raise InputError(f"'{where}': {message}") from error
    except InputError as error:  # of a frame rate: pydantic lets it through
        raise InputError(f"'{where}': {error}") from error
    _check(experiment, where)
    return experiment


def _check(experiment: Experiment, where: str) -> None:
    for sequence in experiment.sequences:
        _check_sequence(sequence, where)
    if experiment.temporal_subsample > 1:
        _check_subsampling(experiment, where)
    for layout in experiment.layouts:
        if layout.layout not in LAYOUTS:
            raise InputError(
                f"'{where}': there is no layout '{layout.layout}':"
                f" choose one of {', '.join(LAYOUTS)}"
            )
        try:
            layout.options(0)
        except InputError as error:
            raise InputError(f"'{where}': {error}") from error
    for metric in experiment.metrics:
        if metric not in measure.METRICS:
            raise InputError(
                f"'{where}': there is no metric '{metric}':"
                f" choose among {', '.join(measure.METRICS)}"
            )
    if experiment.bd_method not in METHODS:
        raise InputError(
            f"'{where}': there is no BD method '{experiment.bd_method}':"
            f" choose one of {', '.join(METHODS)}"
        )
    for what, labels in (
        ("layouts", [layout.label for layout in experiment.layouts]),
        ("codecs", [codec.label for codec in experiment.codecs]),
    ):
        twice = {label for label in labels if labels.count(label) > 1}
        if twice:
            raise InputError(
                f"'{where}': two {what} are called '{twice.pop()}': give them a 'name'"
            )


def _check_sequence(sequence: SequencePart, where: str) -> None:
    kinds = (sequence.file, sequence.sequence, sequence.classes)
    if sum(kind is not None for kind in kinds) != 1:
        raise InputError(
            f"'{where}': each sequence takes either 'file' or 'sequence' (of a catalogue),"
            " or 'classes' (of a catalogue)"
        )
    if (sequence.classes is None) != (sequence.of is None):
        raise InputError(
            f"'{where}': 'classes' and 'of' go together:"
            " write e.g. {classes: [B, C], of: jvet_ctc}"
        )
    if sequence.classes is not None and sequence.model_fields_set - {"classes", "of", "frames"}:
        raise InputError(
            f"'{where}': beside 'classes' and 'of' there is only 'frames':"
            " all else is the catalogue's"
        )


def _check_subsampling(experiment: Experiment, where: str) -> None:
    others = [config for config in experiment.configs if config is not Config.AI]
    if others:
        raise InputError(
            f"'{where}': 'temporal_subsample' is for AI and cannot go with {', '.join(others)}:"
            " give 'configs: [AI]' or leave it out"
        )
    external = [metric for metric in experiment.metrics if metric != "psnr"]
    if external:  # they read the source's file themselves, and every frame of it
        raise InputError(
            f"'{where}': 'temporal_subsample' cannot go with {', '.join(external)}:"
            " give 'metrics: [psnr]' or leave it out"
        )
