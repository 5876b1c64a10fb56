"""The training file: what is trained on which data, and how."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from codecpipe.errors import InputError
from codecpipe.layout import Config
from codecpipe.yaml_file import complaint, parse_yaml, read_text

Positive = Annotated[int, Field(ge=1)]
SRFR_ONLY = ("unroll_from", "freeze", "thaw_at")


class Planes(StrEnum):
    """What one network restores: luma, both chroma planes at once, or all as RGB."""

    Y = "y"
    UV = "uv"
    RGB = "rgb"

    @property
    def number(self) -> int:
        """Planes of the picture."""
        return {Planes.Y: 1, Planes.UV: 2, Planes.RGB: 3}[self]

    @property
    def step(self) -> int:
        """Luma samples for one sample of these planes, in each direction (4:2:0)."""
        return 2 if self is Planes.UV else 1


CODED = (Planes.Y, Planes.UV)
"""Those that datasets hold; RGB is made of them."""


class Part(BaseModel):
    """What all parts have in common: unknown keys are refused, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ValidationPart(Part):
    """Validation: ``every`` so many steps, on ``frames`` LR frames of each held-out item.

    ``crop``: width and height of the central part that is restored and compared, in luma samples;
    None: whole pictures. ``clips``: only these of the held-out clips.
    """

    every: Positive = 1000
    frames: Positive = 8
    crop: Annotated[int, Field(ge=32)] | None = None
    clips: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class TrainingPlan(Part):
    """The whole file.

    ``network``: changes to the variant, such as ``without``: of `enhancers.crs.config.CrsConfig` or
    `enhancers.srfr.config.SrfrConfig`. ``datasets``: folders of ``codecpipe dataset build``,
    relative to the file. ``planes``: trained in this order, each with its own network. ``steps``:
    of each network; one number for all or by planes. ``qps``, ``codecs``, ``configs``: which items
    of the datasets are used; default all. ``patch``: side of a patch in LR luma samples (chroma:
    half of it). ``key_margin``: luma samples around the patch, on each side, that are given of the
    key; method srfr: of all pictures, where it validates. ``batch``: samples of a step, on all
    devices together. ``warmup``: steps over which the learning rate rises from 0. ``init``: a
    weights file to start from. ``checkpoint_minutes``: from one checkpoint to the next.

    Of method srfr alone: ``unroll_from``: the step from which on other frames are restored from the
    middle frame as the network restored it; before, from the source's. ``freeze``: parts of the
    network that do not train; ``thaw_at``: the step from which on the higher layers of a frozen
    ``align`` do.
    """

    name: str = ""
    datasets: Annotated[tuple[str, ...], Field(min_length=1)]
    method: Literal["crs", "srfr"] = "crs"
    variant: Literal["full", "small", "tiny"] = "small"
    network: dict[str, Any] = {}
    planes: Annotated[tuple[Planes, ...], Field(min_length=1)] = (Planes.Y, Planes.UV)
    qps: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    codecs: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    configs: Annotated[tuple[Config, ...], Field(min_length=1)] | None = None
    patch: Annotated[int, Field(ge=16, multiple_of=8)] = 64
    key_margin: Annotated[int, Field(ge=0)] = 32
    batch: Positive = 16
    steps: Positive | dict[Planes, Positive] = 100_000
    loss: Literal["l1", "charbonnier"] = "l1"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: Annotated[int, Field(ge=0)] = 0
    clip_norm: Annotated[float, Field(gt=0)] | None = None
    precision: Literal["32", "bf16-mixed", "16-mixed"] = "32"
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999
    seed: int = 0
    init: str | None = None
    validation: ValidationPart = ValidationPart()
    checkpoint_minutes: Annotated[float, Field(gt=0)] = 10.0
    log_every: Positive = 50
    workers: Annotated[int, Field(ge=0)] = 0
    logger: Literal["csv", "tensorboard"] = "csv"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    devices: Positive | None = None
    strategy: str = "auto"
    channels_last: bool = False
    compile: bool = False
    unroll_from: Annotated[int, Field(ge=0)] = 0
    freeze: tuple[Literal["features", "align", "fusion", "reconstruct"], ...] = ()
    thaw_at: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """``planes: y`` is short for ``[y]``; ``precision: 32`` is a number in YAML."""
        if isinstance(value, dict):
            value = dict(value)
            for key in ("planes", "datasets", "codecs", "configs", "qps", "freeze"):
                if isinstance(value.get(key), str | int):
                    value[key] = [value[key]]
            if isinstance(value.get("precision"), int):
                value["precision"] = str(value["precision"])
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.planes)) < len(self.planes):
            raise ValueError("'planes' names one twice: take it out")
        if isinstance(self.steps, dict) and set(self.steps) != set(self.planes):
            raise ValueError("'steps' must name the same planes as 'planes' does")
        if Planes.RGB in self.planes and len(self.planes) > 1:
            raise ValueError("'planes' names rgb, which is all of them: take the others out")
        self._check_method()
        return self

    def _check_method(self) -> None:
        if self.method == "crs":
            if Planes.RGB in self.planes:
                raise ValueError("crs restores y and uv: take rgb out of 'planes'")
            for key in SRFR_ONLY:
                if getattr(self, key) != TrainingPlan.model_fields[key].default:
                    raise ValueError(f"'{key}' is of method srfr: take it out")
            return
        if len(set(self.freeze)) == 4:
            raise ValueError("'freeze' names all parts, and nothing would train: take some out")
        if self.thaw_at is not None and "align" not in self.freeze:
            raise ValueError("'thaw_at' is of a frozen align: add it to 'freeze', or take it out")

    def steps_of(self, planes: Planes) -> int:
        """Steps of the network for these planes."""
        return self.steps[planes] if isinstance(self.steps, dict) else self.steps

    def held(self) -> dict[str, Any]:
        """What must not change when a run is taken up again: all that its weights depend on."""
        free = {
            *("name", "datasets", "planes", "validation", "checkpoint_minutes", "log_every"),
            *("workers", "logger", "device", "devices", "strategy", "channels_last", "compile"),
            "init",
            # What a method has no use for.
            *(("key_margin",) if self.method == "srfr" else SRFR_ONLY),
        }
        # A constant rate does not depend on how long the run will be.
        if self.schedule == "constant":
            free.add("steps")
        return self.model_dump(mode="json", exclude=free)


def read_plan(path: Path) -> TrainingPlan:
    """The training file at ``path``.

    Raises:
        InputError: missing, no text, no YAML, or not as the schema has it; names the entry.
    """
    return parse_plan(read_text(path, "a training file"), str(path))


def parse_plan(text: str, where: str) -> TrainingPlan:
    """The plan of a YAML text; ``where`` names it in messages.

    Raises:
        InputError: no YAML, or not as the schema has it; names the entry.
    """
    content = parse_yaml(text, where)
    if not isinstance(content, dict):
        raise InputError(f"'{where}' is not a training file: it has no 'datasets:' and so on")
    try:
        return TrainingPlan.model_validate(content)
    except ValidationError as error:
        raise InputError(f"'{where}': {complaint(error, content, 'a training file')}") from error
