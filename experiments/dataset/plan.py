"""From a dataset file to what is to be coded: clips × codecs × configurations × QPs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codecpipe.codec import Codec, CodecOf
from codecpipe.digest import digest
from codecpipe.errors import InputError
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, make_layout
from codecpipe.video.resample import Filter, plan_size
from experiments.dataset.clips import VideoClip, open_clip
from experiments.dataset.photos import PhotoClip, open_photos
from experiments.dataset.schema import DatasetFile
from experiments.plan.encodes import file_facts
from experiments.spec.parts import CodecPart, gop_frames

PlannedClip = VideoClip | PhotoClip


@dataclass(frozen=True)
class PlannedItem:
    """One ``.cpv`` file to write and decode."""

    clip: PlannedClip
    codec: str
    codec_version: str
    """The version of the codec that would code it now."""
    job: EncodeJob

    @property
    def label(self) -> str:
        """A short name for messages."""
        config = self.job.layout.config.value
        return f"{self.clip.name} {self.codec} {self.job.options.preset} {config} QP {self.job.qp}"

    def key(self, clip_info: dict[str, Any]) -> str:
        """A hash of all facts that determine the file; `clip_info` is the cached clip's."""
        own = {"clip": self.clip.name, "samples_sha256": clip_info["sha256"]}
        clip = self.clip
        facts = file_facts(self.job, self.codec, self.codec_version, clip.fmt, clip.fps)
        return digest(facts | own)


@dataclass(frozen=True)
class Plan:
    """All clips of a dataset and, for each, what is made of it."""

    name: str
    clips: tuple[PlannedClip, ...]
    items: tuple[PlannedItem, ...]

    def of(self, clip: PlannedClip) -> tuple[PlannedItem, ...]:
        """The items of a clip."""
        return tuple(item for item in self.items if item.clip is clip)


def plan(dataset: DatasetFile, folder: Path, codec_of: CodecOf) -> Plan:
    """Open and check everything; nothing is coded. File names are relative to `folder`.

    Raises:
        InputError: a file is missing or unfit, a codec cannot do what is asked of it, one scene is
            in two splits, two clips have one name.
    """
    clips: tuple[PlannedClip, ...] = (
        *(open_clip(part, folder) for part in dataset.clips),
        *open_photos(dataset.photos, dataset.rendering, folder),
    )
    _check_splits(clips)
    items = tuple(
        _item(dataset, clip, part=part, codec=codec_of(part.codec), config=config, qp=qp)
        for clip in clips
        for part in dataset.codecs
        for config in dataset.configs
        for qp in part.qps or dataset.qps
    )
    if len({(i.clip.name, i.codec, i.job) for i in items}) < len(items):
        raise InputError("one codec is asked for twice with equal QPs: take one of them out")
    return Plan(dataset.name, clips, items)


def _check_splits(clips: tuple[PlannedClip, ...]) -> None:
    """Refuse what would let a network be validated with what it was trained with."""
    names: set[str] = set()
    split_of: dict[tuple[str, str], PlannedClip] = {}
    for clip in clips:
        if clip.name in names:
            raise InputError(f"two clips are called '{clip.name}': give one another 'name'")
        names.add(clip.name)
        shown = [("scene", clip.scene)]
        if isinstance(clip, VideoClip):
            shown.append(("file", str(clip.video.path)))
        for kind, value in shown:
            other = split_of.setdefault((kind, value), clip)
            if other.split != clip.split:
                raise InputError(
                    f"clips '{other.name}' and '{clip.name}' show one scene and are in two splits:"
                    f" put both into {clip.split} or {other.split}"
                )


def _item(
    dataset: DatasetFile, clip: PlannedClip, part: CodecPart, codec: Codec, config: Config, qp: int
) -> PlannedItem:
    layout = dataset.layout
    gop = gop_frames((layout,), config, clip.fps, codec.mini_gop(config))
    made = make_layout(layout.layout, clip.count, config=config, options=layout.options(gop))
    if all(stream.scale == 1 for stream in made.streams):
        raise InputError(f"all frames of '{clip.name}' would be keys: give a longer GOP")
    options = part.options(codec.cfg_for(clip.name, "", clip.fmt))
    kernel = layout.kernel or Filter.BICUBIC
    job = EncodeJob(layout=made, qp=qp, options=options, kernel=kernel).resolved(codec)
    job.check(codec)
    codec.coded_depth(clip.fmt.bit_depth)
    plan_size(clip.fmt.width, clip.fmt.height, made.options.scale)
    return PlannedItem(clip=clip, codec=codec.name, codec_version=codec.version(), job=job)
