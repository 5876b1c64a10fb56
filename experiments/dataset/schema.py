"""The dataset file: a YAML document, validated. See docs/training-data.md."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from codecpipe.errors import InputError
from codecpipe.layout import Config
from codecpipe.yaml_file import complaint, parse_yaml, read_text
from experiments.spec.parts import CodecPart, LayoutPart, Part, Qps, Rate

Split = Literal["train", "validation"]
Side = Annotated[int, Field(ge=0)]
NonBlank = Annotated[str, Field(pattern=r"\S")]
SIDE_STEP = 16
"""Pictures are cropped to a multiple of this: luma samples, at full size."""
SCALES = (2, 4)
LAYOUTS = ("crs", "tds", "uniform")
"""Those with LR frames. Networks that need key frames cannot be trained on the last."""
LEAST_FRAMES = 3


class ClipPart(Part):
    """One clip of a video file. ``scene``: what it shows, by default its name. ``credit``: whose.

    ``frames``: first frame and their number. ``crop``: [x, y, width, height] in luma samples, even.
    ``size``, ``fps``, ``bit_depth``: of raw files whose name does not say.
    """

    file: str
    split: Split
    licence: NonBlank
    credit: str = ""
    name: str | None = None
    scene: str | None = None
    frames: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=LEAST_FRAMES)]] | None = None
    crop: tuple[Side, Side, Side, Side] | None = None
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")] | None = None
    fps: Rate | None = None
    bit_depth: Annotated[int, Field(ge=8, le=16)] | None = None


class PhotoPart(Part):
    """Photographs that become clips, one each: ``files`` are names, patterns or folders.

    ``split``: of all of them; without it one in ten, by a hash of its name, is for validation.
    """

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    licence: NonBlank
    credit: str = ""
    split: Split | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_file(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("files"), str):
            return {**value, "files": [value["files"]]}
        return value


class RenderingPart(Part):
    """How photographs become video: size, frames, frame rate, and the seed of all that is random.

    ``sprites``: how many crops of other photographs move across it, at most.
    """

    width: Annotated[int, Field(ge=32, multiple_of=SIDE_STEP)] = 640
    height: Annotated[int, Field(ge=32, multiple_of=SIDE_STEP)] = 352
    frames: Annotated[int, Field(ge=LEAST_FRAMES)] = 25
    fps: Rate = Field(default="25", validate_default=True)
    seed: int = 1
    sprites: Annotated[int, Field(ge=0, le=16)] = 3


class DatasetFile(Part):
    """The whole file: each clip is coded with each codec, configuration and QP."""

    name: str
    description: str = ""
    clips: tuple[ClipPart, ...] = ()
    photos: tuple[PhotoPart, ...] = ()
    rendering: RenderingPart = RenderingPart()
    codecs: Annotated[tuple[CodecPart, ...], Field(min_length=1)]
    configs: Annotated[tuple[Config, ...], Field(min_length=1)] = (Config.LDP,)
    layout: LayoutPart = LayoutPart(layout="crs")
    qps: Qps


def read_dataset_file(path: Path) -> DatasetFile:
    """The dataset file at ``path``.

    Raises:
        InputError: it cannot be read, is no YAML, or is not as the schema has it.
    """
    return parse_dataset_file(read_text(path, "a dataset file"), str(path))


def parse_dataset_file(text: str, where: str) -> DatasetFile:
    """The dataset file of a YAML text; ``where`` names it in messages.

    Raises:
        InputError: not YAML, or not as the schema has it; names the entry.
    """
    content = parse_yaml(text, where)
    if not isinstance(content, dict):
        raise InputError(f"'{where}' is no dataset file: it has no 'clips:', 'codecs:' and so on")
    try:
        parsed = DatasetFile.model_validate(content)
    except ValidationError as error:
        raise InputError(f"'{where}': {complaint(error, _ADVICE)}") from error
    except InputError as error:  # of a frame rate: pydantic lets it through
        raise InputError(f"'{where}': {error}") from error
    _check(parsed, where)
    return parsed


_ADVICE = {
    "missing": "is missing: add it",
    "extra_forbidden": "is not a key of a dataset file: correct its spelling or take it out",
    "tuple_type": "is not a list: write it as [a, b]",
    "too_short": "is too short a list: add what is missing",
    "too_long": "is too long a list: take entries out",
    "literal_error": "cannot be that: give train or validation",
}


def _check(parsed: DatasetFile, where: str) -> None:
    if not parsed.clips and not parsed.photos:
        raise InputError(f"'{where}' names neither clips nor photos: add some")
    layout = parsed.layout
    if layout.layout not in LAYOUTS:
        raise InputError(
            f"'{where}': layout '{layout.layout}' gives nothing to train with: give one of"
            f" {', '.join(LAYOUTS)}"
        )
    if layout.scale not in SCALES:
        raise InputError(f"'{where}': a scale of {layout.scale} cannot be trained: give 2 or 4")
    if layout.gop is not None and layout.gop_s is not None:
        raise InputError(f"'{where}': 'gop' and 'gop_s' say the same: take one of them out")
    if layout.layout == "tds":
        _check_tds(layout, where)
    elif layout.layout == "crs" and layout.gop == 1:
        raise InputError(f"'{where}': in GOPs of 1 frame all are full size: give 'gop' 2 or more")
    if layout.qps is not None:
        raise InputError(f"'{where}': 'qps' belong to the file or to a codec: move them there")
    no_gop = layout.layout == "crs" and layout.gop is None and layout.gop_s is None
    if Config.AI in parsed.configs and no_gop:
        raise InputError(f"'{where}': AI has no GOP of its own: give 'gop' or 'gop_s'")


def _check_tds(layout: LayoutPart, where: str) -> None:
    if layout.boundary_scale != 1:
        raise InputError(
            f"'{where}': boundaries below full size are not trained with: take 'boundary_scale' out"
        )
    try:
        layout.options(0)
    except InputError as error:
        raise InputError(f"'{where}': {error}") from error
