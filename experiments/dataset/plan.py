"""From a dataset file to what is to be coded: clips × codecs × configurations × QPs."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import codecpipe
from codecpipe.codec import Codec, CodecOptions
from codecpipe.errors import InputError
from codecpipe.job import EncodeJob
from codecpipe.layout import Config, default_gop, gop_of_seconds, make_layout
from codecpipe.programs.ffmpeg import ffmpeg_version
from codecpipe.video.resample import plan_size
from experiments.dataset.clips import PlannedClip, check_splits, open_clip
from experiments.dataset.photos import open_photos
from experiments.dataset.schema import DatasetFile
from experiments.spec.parts import CodecPart

CodecOf = Callable[[str], Codec]


@dataclass(frozen=True)
class PlannedItem:
    """One ``.cpv`` file to write and decode. ``codec_version``: of what would code it now."""

    clip: PlannedClip
    codec: str
    codec_version: str
    job: EncodeJob

    @property
    def label(self) -> str:
        """What it is, in short."""
        config = self.job.layout.config.value
        return f"{self.clip.name} {self.codec} {self.job.options.preset} {config} QP {self.job.qp}"

    def key(self, clip_info: dict[str, Any]) -> str:
        """A hash of all that determines the file; ``clip_info``: of the clip as it is cached."""
        job, fmt = self.job, self.clip.fmt
        content = {
            "codecpipe": codecpipe.__version__,
            "name": self.clip.name,
            "source": clip_info["sha256"],
            "format": [fmt.size, fmt.pix_fmt, str(self.clip.fps), self.clip.count],
            "codec": [self.codec, self.codec_version, ffmpeg_version()],
            "options": [job.options.preset, job.options.extra, job.options.threads],
            "cfg": job.options.cfg,
            "layout": [job.layout.name, job.layout.config.value, str(job.layout.options)],
            "lr_offsets": job.layout.options.lr_offsets,
            "qp": job.qp,
            "kernel": job.kernel.value,
        }
        text = json.dumps(content, sort_keys=True, default=list)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Plan:
    """All clips of a dataset and, for each, what is made of it."""

    name: str
    clips: tuple[PlannedClip, ...]
    items: tuple[PlannedItem, ...]

    def of(self, clip: PlannedClip) -> tuple[PlannedItem, ...]:
        """The items of a clip."""
        return tuple(item for item in self.items if item.clip is clip)


def plan(
    dataset: DatasetFile, folder: Path, codec_of: CodecOf, cache_dir: Path | None = None
) -> Plan:
    """Open and check everything; nothing is coded or rendered.

    ``folder``: what file names are relative to.

    Raises:
        InputError: a file is missing or unfit, a codec cannot do what is asked of it, one scene is
            in two splits.
    """
    clips: tuple[PlannedClip, ...] = (
        *(open_clip(part, folder, cache_dir) for part in dataset.clips),
        *open_photos(dataset.photos, dataset.rendering, folder),
    )
    check_splits(clips)
    items = tuple(
        _item(dataset, clip, part, codec_of(part.codec), config, qp)
        for clip in clips
        for part in dataset.codecs
        for config in dataset.configs
        for qp in part.qps or dataset.qps
    )
    if len({(i.clip.name, i.codec, i.job) for i in items}) < len(items):
        raise InputError("one codec is asked for twice with equal QPs: take one of them out")
    return Plan(dataset.name, clips, items)


def _item(
    dataset: DatasetFile, clip: PlannedClip, part: CodecPart, codec: Codec, config: Config, qp: int
) -> PlannedItem:
    layout, mini_gop = dataset.layout, codec.mini_gop(config)
    gop = default_gop(config, clip.fps, mini_gop)
    if layout.gop_s is not None:
        gop = gop_of_seconds(layout.gop_s, clip.fps, 1 if config is Config.AI else mini_gop)
    made = make_layout(layout.layout, clip.count, config, layout.options(gop))
    if all(stream.scale == 1 for stream in made.streams):
        raise InputError(f"all frames of '{clip.name}' would be keys: give a longer GOP")
    options = codec.resolve(
        CodecOptions(
            part.preset,
            tuple((key, str(value)) for key, value in part.extra.items()),
            part.threads,
            codec.cfg_for(clip.name, "", clip.fmt),
        )
    )
    kernel = layout.kernel
    job = EncodeJob(made, qp, options, kernel) if kernel else EncodeJob(made, qp, options)
    for stream in made.streams:
        codec.check(job.settings(stream, options))
        if stream.leads and made.options.inject:
            codec.check(job.settings(stream, options, injected=True))
    codec.coded_depth(clip.fmt.bit_depth)
    plan_size(clip.fmt.width, clip.fmt.height, made.options.scale)
    return PlannedItem(clip, codec.name, codec.version(), job)
