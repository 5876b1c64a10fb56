"""The training file: what is trained on which data, and how."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from codecpipe.errors import InputError
from codecpipe.layout import Config
from codecpipe.yaml_file import Part, check_model, parse_yaml, read_text
from enhancers.engine.method import Method, loaded
from enhancers.network_config import PLANE_COUNT

Positive = Annotated[int, Field(ge=1)]
Names = Annotated[tuple[str, ...], Field(min_length=1)]


class Planes(StrEnum):
    """Planes that one network restores: luma, both chroma planes at once, or all as RGB."""

    Y = "y"
    UV = "uv"
    RGB = "rgb"

    @property
    def number(self) -> int:
        """Planes of the picture."""
        return PLANE_COUNT[self.value]

    @property
    def step(self) -> int:
        """Luma samples for one sample of these planes, in each direction (4:2:0)."""
        return 2 if self is Planes.UV else 1


CODED = (Planes.Y, Planes.UV)
"""Those that datasets hold; RGB is made of them."""


class ValidationPart(Part):
    """How networks are compared with interpolation on held-out clips."""

    every: Positive = 1000
    """Steps from one validation to the next."""
    frames: Positive = 8
    """LR frames of each held-out item."""
    crop: Annotated[int, Field(ge=32)] | None = None
    """Width and height of the central part that is restored and compared, in luma samples; None:
    whole pictures."""
    clips: Names | None = None
    """Only these of the held-out clips."""


class TrainingPlan(Part):
    """The whole file. A method may have a subclass with keys of its own beside these.

    Default values are the papers' where these have them.
    """

    name: str = ""
    datasets: Names
    """Folders of ``codecpipe dataset build``, relative to the file."""
    method: str
    """The method's name in the registry of enhancers."""
    variant: str = "small"
    """The size of the network: one of the method's variants."""
    network: dict[str, Any] = Field(default_factory=dict)
    """Changes to the variant, such as ``without``: fields of the method's configuration."""
    planes: Annotated[tuple[Planes, ...], Field(min_length=1)] = CODED
    """Trained in this order, each with its own network."""
    qps: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    """Base QPs of the items that are used; None: all."""
    codecs: Names | None = None
    """Codecs of the items that are used; None: all."""
    configs: Annotated[tuple[Config, ...], Field(min_length=1)] | None = None
    """Coding configurations of the items that are used; None: all."""
    patch: Annotated[int, Field(ge=16, multiple_of=8)] = 64
    """Side of a patch in LR luma samples; chroma: half of it."""
    key_margin: Annotated[int, Field(ge=0)] = 32
    """Luma samples around the patch, on each side, that are given of key frames."""
    batch: Positive = 16
    """Samples of a step, on all devices together."""
    steps: Positive | dict[Planes, Positive] = 100_000
    """Steps of each network; one number for all, or by planes."""
    loss: Literal["l1", "charbonnier"] = "l1"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: Annotated[int, Field(ge=0)] = 0
    """Steps over which the learning rate rises from 0."""
    clip_norm: Annotated[float, Field(gt=0)] | None = None
    """Largest norm of the gradients; None: they are taken as they are."""
    precision: Literal["32", "bf16-mixed", "16-mixed"] = "32"
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999
    """Share of the weights' moving average that is kept at each step."""
    seed: int = 0
    init: str | None = None
    """A weights file to start from."""
    validation: ValidationPart = ValidationPart()
    checkpoint_minutes: Annotated[float, Field(gt=0)] = 10.0
    """From one checkpoint to the next."""
    log_every: Positive = 50
    """Steps from one row of metrics.csv to the next."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Processes that cut samples; 0: the training process does."""
    logger: Literal["csv", "tensorboard"] = "csv"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    devices: Positive | None = None
    """How many; None: one."""
    strategy: str = "auto"
    """Lightning's, for several devices."""
    channels_last: bool = False
    compile: bool = False

    lists: ClassVar[frozenset[str]] = frozenset("planes datasets codecs configs qps".split())
    """Keys whose value may be written without brackets where it is one."""
    unused: ClassVar[frozenset[str]] = frozenset()
    """Keys that the method has no use for: its weights do not depend on them."""

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """``planes: y`` is short for ``[y]``; ``precision: 32`` is a number in YAML."""
        if isinstance(value, dict):
            value = dict(value)
            for key in cls.lists:
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
        return self

    def steps_of(self, planes: Planes) -> int:
        """Steps of the network for these planes."""
        return self.steps[planes] if isinstance(self.steps, dict) else self.steps

    def fixed_settings(self) -> dict[str, Any]:
        """The keys that weights depend on: they must not change when a run is taken up again."""
        free = _FREE | self.unused
        # A constant rate does not depend on how long the run will be.
        if self.schedule == "constant":
            free |= {"steps"}
        return self.model_dump(mode="json", exclude=set(free))

    def recorded(self) -> dict[str, Any]:
        """The keys that a weights file tells of its training."""
        own = type(self).model_fields.keys() - TrainingPlan.model_fields.keys()
        return self.model_dump(mode="json", include=set(_RECORDED | own))


_FREE = frozenset(
    "name datasets planes validation checkpoint_minutes log_every workers logger device devices"
    " strategy channels_last compile init".split()
)
_RECORDED = frozenset(
    "loss seed batch patch key_margin learning_rate schedule warmup precision ema".split()
)


def read_plan(path: Path, methods: Mapping[str, Method[Any]]) -> TrainingPlan:
    """The training file at ``path``; errors as those of `parse_plan`."""
    return parse_plan(read_text(path, "a training file"), str(path), methods)


def parse_plan(text: str, where: str, methods: Mapping[str, Method[Any]]) -> TrainingPlan:
    """The plan of a YAML text; ``where`` names it in messages.

    Its keys are those of `TrainingPlan` and, beside them, those that the method has of its own
    (`Method.plan`). A file that names no method is for the first one of ``methods``.

    Raises:
        InputError: no YAML, or not as the method's schema has it; names the entry.
    """
    content = parse_yaml(text, where)
    first = next(iter(methods))
    name = content.get("method", first) if isinstance(content, dict) else first
    method = methods.get(name) if isinstance(name, str) else None
    if method is None:
        known = ", ".join(methods)
        raise InputError(f"'{where}': there is no method '{name}': choose one of {known}")
    if isinstance(content, dict):
        content = {**content, "method": name}
    kind: type[TrainingPlan] = loaded(method.plan) if method.plan else TrainingPlan
    plan = check_model(content, kind, kind="a training file", where=where)
    try:
        method.config(plan.variant)
    except InputError as error:
        raise InputError(f"'{where}': {error}") from error
    foreign = [planes for planes in plan.planes if planes.value not in method.planes]
    if foreign:
        known = " and ".join(method.planes)
        raise InputError(
            f"'{where}': {method.name} restores {known}: take {foreign[0].value} out of 'planes'"
        )
    return plan
