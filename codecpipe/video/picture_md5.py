"""MD5 of decoded pictures: over planes Y, U, V; deeper samples as little-endian words."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from codecpipe.errors import MismatchError
from codecpipe.format import Frame


def picture_md5(frame: Frame) -> str:
    """Hexadecimal MD5 of a picture's samples."""
    return hashlib.md5(np.ascontiguousarray(frame).data, usedforsecurity=False).hexdigest()


def recorded(frames: Iterable[Frame], digests: list[str]) -> Iterator[Frame]:
    """The same frames; their MD5s are appended to ``digests`` as they pass."""
    for frame in frames:
        digests.append(picture_md5(frame))
        yield frame


def verified(frames: Iterable[Frame], digests: Sequence[str], stream: str) -> Iterator[Frame]:
    """The same frames, each compared with its MD5: a picture that differs is a MismatchError."""
    for index, (frame, due) in enumerate(zip(frames, digests, strict=True)):
        if picture_md5(frame) != due:
            raise MismatchError(
                f"picture {index} of stream {stream} decodes to other samples than the encoder"
                " had: the file is damaged, or this decoder differs from the one that wrote it"
            )
        yield frame
