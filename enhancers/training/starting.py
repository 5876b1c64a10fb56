"""Networks that start from the weights of a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from torch import Tensor, nn

from codecpipe.errors import InputError
from enhancers.training.plan import Planes
from enhancers.weights.file import read_weights


def _own(path: Path, planes: Planes, method: str = "") -> dict[str, Tensor]:
    tensors, meta = read_weights(path, parts=True)
    if method and meta.method != method:
        raise InputError(f"'{path}' has weights of {meta.method}, not of {method}: name others")
    prefix = f"{planes.value}."
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def load_all(network: nn.Module, path: Path, planes: Planes) -> None:
    """Take over weights of the same configuration; others are refused with an `InputError`."""
    try:
        network.load_state_dict(_own(path, planes))
    except RuntimeError as error:
        raise InputError(
            f"'{path}' has no weights for {planes.value} of this configuration: take 'init' out,"
            " or give the 'variant' and 'network' that they were trained with"
        ) from error


def load_shared(network: nn.Module, path: Path, planes: Planes, method: str) -> str:
    """Take over what has the same name and shape in both networks; in words what that is.

    Names are counted by the part of the network that they begin with.

    Raises:
        InputError: nothing has, or the file is of another method.
    """
    state = network.state_dict()
    given = _own(path, planes, method)
    taken = {k: v for k, v in given.items() if k in state and v.shape == state[k].shape}
    if not taken:
        raise InputError(
            f"'{path}' has no weights for {planes.value} that this network could take over: take"
            " 'init' out, or name weights of the same method and 'variant'"
        )
    network.load_state_dict(taken, strict=False)
    every, shared = (Counter(k.partition(".")[0] for k in keys) for keys in (state, taken))
    words = []
    for part, count in every.items():
        kept = shared[part]
        words.append(
            f"{part} taken over"
            if kept == count
            else (f"{part} new" if not kept else f"{part}: {kept} of {count} tensors taken over")
        )
    left = len(given) - len(taken)
    rest = f"; {left} tensors of the file left out" if left else ""
    return f"starts from {path}: {', '.join(words)}{rest}"
