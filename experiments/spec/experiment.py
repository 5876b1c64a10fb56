"""The experiment file: a YAML document, validated."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from codecpipe.adaptive.modes import ADAPTIVE
from codecpipe.errors import InputError
from codecpipe.layout import LAYOUTS, Config, default_gop, gop_of_seconds
from codecpipe.metrics.catalogue import metric_names
from codecpipe.video.resample import Filter
from codecpipe.yaml_file import complaint, parse_yaml, read_text
from experiments.spec.adaptive import check_adaptive
from experiments.spec.parts import (
    CodecPart,
    EnhancerPart,
    LayoutPart,
    Part,
    Qps,
    Seconds,
    SequencePart,
)

__all__ = ["CodecPart", "EnhancerPart", "Experiment", "LayoutPart", "SequencePart"]


class Experiment(Part):
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
    enhancers: Annotated[tuple[EnhancerPart, ...], Field(min_length=1)] = (
        EnhancerPart(enhancer="lanczos"),
    )
    qps: Qps = (27, 32, 37, 42)
    frames: Annotated[int, Field(ge=1)] | None = None
    temporal_subsample: Annotated[int, Field(ge=1)] = 1
    gop: Annotated[int, Field(ge=0)] | None = None
    gop_s: Seconds | None = None
    kernel: Filter = Filter.BICUBIC
    metrics: tuple[str, ...] = ("psnr",)
    bd_method: str = "pchip"
    anchor: str = "anchor"

    def gop_for(self, layout: LayoutPart, config: Config, fps: Fraction, mini_gop: int) -> int:
        """Frames from key to key: the layout's, else the experiment's, else one second.

        Seconds are rounded to whole mini-GOPs, in AI (which has none) to whole frames.
        """
        for part in (layout, self):
            if part.gop is not None:
                return part.gop
            if part.gop_s is not None:
                return gop_of_seconds(part.gop_s, fps, 1 if config is Config.AI else mini_gop)
        return default_gop(config, fps, mini_gop)


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
    return read_text(path, "an experiment")


def parse_experiment(text: str, where: str) -> Experiment:
    """The experiment of a YAML text; ``where`` names it in messages.

    Raises:
        InputError: not YAML, or not as the schema has it; names the entry.
    """
    content = parse_yaml(text, where)
    if not isinstance(content, dict):
        raise InputError(
            f"'{where}' is not an experiment: it has no 'name:', 'sequences:' and so on"
        )
    try:
        experiment = Experiment.model_validate(content)
    except ValidationError as error:
        raise InputError(f"'{where}': {complaint(error, _ADVICE)}") from error
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
        if layout.layout not in (*LAYOUTS, ADAPTIVE):
            raise InputError(
                f"'{where}': there is no layout '{layout.layout}':"
                f" choose one of {', '.join((*LAYOUTS, ADAPTIVE))}"
            )
        if layout.kernel is not None and layout.layout in ("anchor", "rpr"):
            raise InputError(
                f"'{where}': '{layout.label}' does not down-sample: take its 'kernel' out"
            )
        if layout.enhancers is not None and layout.layout in ("anchor", "rpr"):
            raise InputError(
                f"'{where}': '{layout.label}' has nothing to restore: take its 'enhancers' out"
            )
        try:
            check_adaptive(layout)
            layout.options(0)
        except InputError as error:
            raise InputError(f"'{where}': {error}") from error
    given = [(part.gop, part.gop_s) for part in experiment.layouts]
    for gop, gop_s in ((experiment.gop, experiment.gop_s), *given):
        if gop is not None and gop_s is not None:
            raise InputError(f"'{where}': 'gop' and 'gop_s' say the same: take one of them out")
    for metric in experiment.metrics:
        if metric not in metric_names():
            raise InputError(
                f"'{where}': there is no metric '{metric}':"
                f" choose among {', '.join(metric_names())}"
            )
    # Workers read plans too, and have no use for what computes curves, which is slow to import.
    from bdrate import METHODS  # noqa: PLC0415

    if experiment.bd_method not in METHODS:
        raise InputError(
            f"'{where}': there is no BD method '{experiment.bd_method}':"
            f" choose one of {', '.join(METHODS)}"
        )
    for what, labels in (
        ("layouts", [layout.label for layout in experiment.layouts]),
        ("codecs", [codec.label for codec in experiment.codecs]),
        *(
            ("enhancers", [enhancer.label for enhancer in enhancers])
            for enhancers in (
                experiment.enhancers,
                *(p.enhancers or () for p in experiment.layouts),
            )
        ),
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
