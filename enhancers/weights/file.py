"""The weights file: safetensors with metadata, no code in it. Reading the metadata loads no torch.

Tensors are ``y.<key>`` of the luma network's state dict and ``uv.<key>`` of the chroma network's,
or ``rgb.<key>`` of the only network's where it works on RGB.
"""

from __future__ import annotations

import hashlib
import json
import struct
import uuid
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codecpipe.errors import InputError
from enhancers.network_config import GROUPS
from enhancers.weights.meta import WeightsMeta

if TYPE_CHECKING:
    from torch import Tensor

SUFFIX = ".safetensors"


def write_weights(path: Path, tensors: Mapping[str, Tensor], meta: WeightsMeta) -> str:
    """Write a weights file, whole or not at all; its SHA-256.

    The same tensors and metadata give the same bytes.

    Raises:
        InputError: a tensor is of no network, or the file cannot be written.
    """
    from safetensors.torch import save  # noqa: PLC0415  (loads torch)

    foreign = [name for name in tensors if name.partition(".")[0] not in GROUPS]
    if foreign:
        raise InputError(
            f"the tensor '{foreign[0]}' belongs to no network: call it y.…, uv.… or rgb.…"
        )
    ready = {name: tensors[name].detach().cpu().contiguous() for name in sorted(tensors)}
    data = _in_order(save(ready, metadata=meta.to_text()))
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise InputError(f"'{path}' cannot be written ({error.strerror}): name another") from error
    finally:
        part.unlink(missing_ok=True)
    return hashlib.sha256(data).hexdigest()


def _in_order(data: bytes) -> bytes:
    """The same file with its header in alphabetical order; the library's is another each time."""
    (length,) = struct.unpack("<Q", data[:8])
    header = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True, separators=(",", ":"))
    text = header.encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def read_weights(path: Path, *, parts: bool = False) -> tuple[dict[str, Tensor], WeightsMeta]:
    """All tensors and metadata of a weights file; ``parts``: luma or chroma alone will do.

    Errors are those of `read_meta`.
    """
    with _opened(path, "pt") as file:
        meta = WeightsMeta.from_text(file.metadata() or {}, path.name, parts=parts)
        return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118


def read_meta(path: Path) -> WeightsMeta:
    """The metadata of a weights file.

    Raises:
        InputError: it is not there, cut off, no safetensors file, or not one of ours.
    """
    return _meta(path, *_stamp(path))


@lru_cache(maxsize=64)
def _meta(path: Path, _size: int, _changed: int) -> WeightsMeta:
    with _opened(path, "np") as file:
        return WeightsMeta.from_text(file.metadata() or {}, path.name)


def _opened(path: Path, framework: str) -> Any:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  (needed for networks only)

    if not path.is_file():
        raise InputError(f"there are no weights '{path}': check the name")
    try:
        return safe_open(path, framework=framework)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"'{path}' is no whole safetensors file: it was cut off, altered, or is another kind"
            " of file"
        ) from error


def weights_sha256(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal; `InputError` where it cannot be read."""
    return _sha256(path, *_stamp(path))


@lru_cache(maxsize=64)
def _sha256(path: Path, _size: int, _changed: int) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"there are no weights '{path}': check the name") from error


def _stamp(path: Path) -> tuple[int, int]:
    """A file's size and time, as a cache key: a plan asks for the same weights again and again."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"there are no weights '{path}': check the name") from error
    return status.st_size, status.st_mtime_ns
