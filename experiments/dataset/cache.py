"""Clips of a dataset in its cache: checked against each other, and written as arrays."""

import hashlib
from pathlib import Path

from codecpipe.digest import digest
from codecpipe.errors import InputError
from codecpipe.programs.process import Limits
from experiments.dataset.clips import VideoClip
from experiments.dataset.folder import Paths, PlaneWriter, put_folder, put_json
from experiments.dataset.photos import PhotoClip

PlannedClip = VideoClip | PhotoClip


def check_splits(clips: tuple[PlannedClip, ...]) -> None:
    """Refuse what would let a network be validated with what it was trained with.

    Raises:
        InputError: two clips have one name; a scene or a file is in two splits.
    """
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


def put_clip(clip: PlannedClip, paths: Paths, limits: Limits) -> None:
    """Put a clip's frames into the cache, unless they are there.

    Raises:
        CodecpipeError: what `PlannedClip.frames` raises.
    """
    made_of = made_of_digest(clip)
    known = paths.clip_info(clip.name)
    if known and known["made_of"] == made_of:
        return

    def fill(folder: Path) -> None:
        samples = hashlib.sha256()
        planes = PlaneWriter(folder, "", clip.fmt, clip.count)
        frames = clip.frames(paths.work, limits)
        for at, frame in zip(range(clip.count), frames, strict=True):
            samples.update(frame.data)
            planes.put(at, frame)
        content = {
            "made_of": made_of,
            "sha256": samples.hexdigest(),
            "frames": clip.count,
            "width": clip.fmt.width,
            "height": clip.fmt.height,
            "fps": str(clip.fps),
            "bit_depth": clip.fmt.bit_depth,
            "origin": clip.origin(),
        }
        put_json(folder / "clip.json", content)

    put_folder(paths.clip(clip.name), paths.work, fill)


def made_of_digest(clip: PlannedClip) -> str:
    """A hash of all that determines a clip's frames, and its frame rate."""
    return digest(
        {"origin": clip.origin(), "format": clip.fmt, "fps": clip.fps, "frames": clip.count}
    )
