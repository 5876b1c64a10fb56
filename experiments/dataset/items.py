"""Clips of a dataset as arrays; its items: a clip coded once, and what a receiver has of it."""

import hashlib
from pathlib import Path

from codecpipe.digest import digest
from codecpipe.encoding import encode
from codecpipe.errors import InputError
from codecpipe.opening import open_decoder
from codecpipe.programs.process import Limits
from codecpipe.video.resample import downsample
from encoders import get_codec
from experiments.dataset.folder import CachedClip, Paths, PlaneWriter, put_folder, put_json
from experiments.dataset.plan import PlannedClip, PlannedItem


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


def put_item(item: PlannedItem, paths: Paths, limits: Limits) -> None:
    """Code and decode an item whose clip is in the cache, unless that was done.

    Raises:
        CodecpipeError: any of the pipeline's.
    """
    clip = item.clip
    info = paths.clip_info(clip.name)
    if info is None:
        raise InputError(f"clip '{clip.name}' is not there: start again")
    key = item.key(info)
    cpv = paths.cpv(key)
    if not cpv.is_file():
        source = CachedClip(paths.clip(clip.name), clip.name, clip.fmt, clip.fps)
        codec = get_codec(item.codec)
        encode(source, codec, item.job, out=cpv, work_dir=paths.work, limits=limits)
    if not paths.has_item(key):
        put_folder(paths.decoded(key), paths.work, lambda to: decode_into(cpv, to, limits))


def decode_into(cpv: Path, folder: Path, limits: Limits | None = None) -> None:
    """Decode a ``.cpv`` file with LR frames once into the arrays of docs/training-data.md.

    A key's LR picture is the one that its neighbours were predicted from; where there is none (AI,
    a key with no frame after it) the decoded key is scaled down with the file's own filter.

    Raises:
        CodecpipeError: the file is no such file, or decodes to other pictures than it should.
    """
    with open_decoder(cpv, get_codec, work_dir=folder, limits=limits) as opened:
        (decoder,) = opened.decoders()
        manifest, fmt = decoder.manifest, decoder.fmt
        lr_fmt, size = decoder.lr_fmt, decoder.size_plan
        if lr_fmt is None or size is None or manifest.resample is None:
            raise InputError(f"'{cpv}' has no LR frames: code it in another layout")
        count = manifest.sequence.frames
        keys = [i for s in manifest.streams if s.scale == "1" for i in s.frames]
        lr = PlaneWriter(folder, "lr_", lr_fmt, count)
        hr = PlaneWriter(folder, "key_", fmt, len(keys))
        qps, without = [], []
        for decoded in decoder.frames():
            qps.append(decoded.qp)
            if not decoded.key:
                lr.put(decoded.index, decoded.frame)
                continue
            hr.put(keys.index(decoded.index), decoded.frame)
            if decoded.lr_copy is not None:
                lr.put(decoded.index, decoded.lr_copy)
            else:
                without.append((decoded.index, decoded.frame.copy()))
        frames = (frame for _, frame in without)
        if without:
            scaled = downsample(frames, fmt, size, kernel=manifest.resample.kernel, limits=limits)
            for (index, _), frame in zip(without, scaled, strict=True):
                lr.put(index, frame)
        content = {
            "bit_depth": fmt.bit_depth,
            "frames": count,
            "keys": keys,
            "qp": qps,
            "scale": int(manifest.layout.scale),
            "codec": manifest.codec.name,
            "codec_version": manifest.codec.version,
            "preset": manifest.codec.preset,
            "config": manifest.layout.config.value,
            "layout": manifest.layout.name,
            "gop": manifest.layout.gop,
            "delta_qp": manifest.layout.delta_qp,
            "base_qp": manifest.layout.qp,
            "scaled_keys": [index for index, _ in without],
        }
    put_json(folder / "item.json", content)
