"""The experiment file: a YAML document, validated."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from codecpipe.layout import Config
from codecpipe.metrics.catalogue import metric_names
from codecpipe.video.resample import Filter
from codecpipe.yaml_file import Part, parse_model, read_text
from experiments.spec.parts import (
    CodecPart,
    EnhancerPart,
    LayoutPart,
    Qps,
    Seconds,
    SequencePart,
    check_one_gop,
)


class Experiment(Part):
    """The whole file."""

    name: str
    """Title of the report."""
    description: str = ""
    """Text below the title."""
    root: str | None = None
    """Folder that holds the catalogues' sequences, folders below it included."""
    catalogue: str | None = None
    """YAML file with sequences of your own, which win over the built-in ones."""
    sequences: Annotated[tuple[SequencePart, ...], Field(min_length=1)]
    """The sequences to code."""
    codecs: Annotated[tuple[CodecPart, ...], Field(min_length=1)]
    """The codecs to code them with."""
    configs: Annotated[tuple[Config, ...], Field(min_length=1)] = (Config.LDP,)
    """Coding configurations."""
    layouts: Annotated[tuple[LayoutPart, ...], Field(min_length=1)]
    """A list of layouts; ``anchor`` is added if it is missing and the experiment's ``anchor`` is
    not set.
    """
    enhancers: Annotated[tuple[EnhancerPart, ...], Field(min_length=1)] = (
        EnhancerPart(enhancer="lanczos"),
    )
    """Enhancers of LR frames, names or maps, used for points with LR frames."""
    qps: Qps = (27, 32, 37, 42)
    """Base QPs."""
    frames: Annotated[int, Field(ge=1)] | None = None
    """The greatest number of frames of each sequence."""
    temporal_subsample: Annotated[int, Field(ge=1)] = 1
    """N, to code frames 0, N, 2N, … at 1/N of the frame rate."""
    gop: Annotated[int, Field(ge=0)] | None = None
    """Frames from key to key, 0: one key only. Without it one second in multiples of 8 (hm, vtm:
    of their GOP); 1 in AI.
    """
    gop_s: Seconds | None = None
    """The GOP in seconds instead, rounded to whole mini-GOPs of the codec; in AI to whole
    frames.
    """
    kernel: Filter = Filter.BICUBIC
    """Filter for down-sampling."""
    metrics: tuple[str, ...] = ("psnr",)
    """Metrics, as ``codecpipe measure --help`` lists them; PSNR is always computed."""
    bd_method: str = "pchip"
    """Interpolation for BD-rates: ``pchip``, ``cubic`` or ``akima``."""
    anchor: str = "anchor"
    """The label of the method that the others are compared with."""

    @model_validator(mode="after")
    def _subsampling(self) -> Self:
        if self.temporal_subsample == 1:
            return self
        others = [config for config in self.configs if config is not Config.AI]
        if others:
            raise ValueError(
                f"'temporal_subsample' is for AI and cannot go with {', '.join(others)}:"
                " give 'configs: [AI]' or leave it out"
            )
        external = [metric for metric in self.metrics if metric != "psnr"]
        if external:  # they read the source's file themselves, and every frame of it
            raise ValueError(
                f"'temporal_subsample' cannot go with {', '.join(external)}:"
                " give 'metrics: [psnr]' or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _known(self) -> Self:
        check_one_gop(self)
        # Workers read plans too, and have no use for what computes curves, which is slow to import.
        from bdrate import METHODS  # noqa: PLC0415

        for metric in self.metrics:
            if metric not in metric_names():
                known = ", ".join(metric_names())
                raise ValueError(f"there is no metric '{metric}': choose among {known}")
        if self.bd_method not in METHODS:
            raise ValueError(
                f"there is no BD method '{self.bd_method}': choose one of {', '.join(METHODS)}"
            )
        return self

    @model_validator(mode="after")
    def _labels_once(self) -> Self:
        own = [layout.enhancers or () for layout in self.layouts]
        lists: list[tuple[str, Sequence[LayoutPart | CodecPart | EnhancerPart]]] = [
            ("layouts", self.layouts),
            ("codecs", self.codecs),
            *(("enhancers", parts) for parts in (self.enhancers, *own)),
        ]
        for what, parts in lists:
            for label, count in Counter(part.label for part in parts).items():
                if count > 1:
                    raise ValueError(f"two {what} are called '{label}': give them a 'name'")
        return self


EXPERIMENT = "an experiment file"


def read_experiment(path: Path) -> str:
    """The text of an experiment file.

    Raises:
        InputError: there is no such file, or it holds no text.
    """
    return read_text(path, EXPERIMENT)


def parse_experiment(text: str, where: str) -> Experiment:
    """The experiment of a YAML text that comes from `where`.

    Raises:
        InputError: the text is no YAML or does not fit the schema; the message names the entry.
    """
    return parse_model(text, Experiment, kind=EXPERIMENT, where=where)
