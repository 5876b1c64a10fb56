"""The dataset file: a YAML document, validated. See docs/training-data.md."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from codecpipe.layout import Config
from codecpipe.yaml_file import Part, read_model
from experiments.spec.parts import CodecPart, LayoutPart, Qps, Rate

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
    """One clip of a video file.

    Size, frame rate and bit depth are for raw files whose name does not tell them.
    """

    file: str
    split: Split
    licence: NonBlank
    credit: str = ""
    """Its owner or source."""
    name: str | None = None
    scene: str | None = None
    """The scene that it shows, by default its name."""
    frames: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=LEAST_FRAMES)]] | None = None
    """The first frame and the number of frames."""
    crop: tuple[Side, Side, Side, Side] | None = None
    """[x, y, width, height] in luma samples, even."""
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")] | None = None
    fps: Rate | None = None
    bit_depth: Annotated[int, Field(ge=8, le=16)] | None = None


class PhotoPart(Part):
    """Photographs that become clips, one each."""

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names, patterns or folders."""
    licence: NonBlank
    credit: str = ""
    split: Split | None = None
    """The split of all of them; without it one in ten, by a hash of its name, is for validation."""

    @model_validator(mode="before")
    @classmethod
    def _one_file(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("files"), str):
            return {**value, "files": [value["files"]]}
        return value


class RenderingPart(Part):
    """Size and motion of the video made of photographs."""

    width: Annotated[int, Field(ge=32, multiple_of=SIDE_STEP)] = 640
    height: Annotated[int, Field(ge=32, multiple_of=SIDE_STEP)] = 352
    frames: Annotated[int, Field(ge=LEAST_FRAMES)] = 25
    fps: Rate = Field(default="25", validate_default=True)
    seed: int = 1
    """The seed of all that is random."""
    sprites: Annotated[int, Field(ge=0, le=16)] = 3
    """The greatest number of crops of other photographs that move across it."""


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

    @model_validator(mode="after")
    def _trains(self) -> Self:
        layout = self.layout
        no_gop = layout.layout == "crs" and layout.gop is None and layout.gop_s is None
        if not self.clips and not self.photos:
            raise ValueError("it names neither clips nor photos: add some")
        if layout.layout not in LAYOUTS:
            raise ValueError(
                f"layout '{layout.layout}' gives nothing to train with: give one of"
                f" {', '.join(LAYOUTS)}"
            )
        if layout.scale not in SCALES:
            raise ValueError(f"a scale of {layout.scale} cannot be trained: give 2 or 4")
        if layout.boundary_scale != 1:
            raise ValueError(
                "boundaries below full size are not trained with: take 'boundary_scale' out"
            )
        if layout.layout == "crs" and layout.gop == 1:
            raise ValueError("in GOPs of 1 frame all are full size: give 'gop' 2 or more")
        if layout.qps is not None:
            raise ValueError("'qps' belong to the file or to a codec: move them there")
        if Config.AI in self.configs and no_gop:
            raise ValueError("AI has no GOP of its own: give 'gop' or 'gop_s'")
        return self


def read_dataset_file(path: Path) -> DatasetFile:
    """The dataset file at `path`.

    Raises:
        InputError: the file cannot be read, is no YAML, or does not fit the schema.
    """
    return read_model(path, DatasetFile, "a dataset file")
