"""Checkpoints: all that a run needs to go on exactly where it ended."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from codecpipe.errors import InputError

VERSION = 2


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after some steps."""

    step: int
    """Steps done."""
    seconds: float
    """Time that they took."""
    fixed_settings: Mapping[str, Any]
    """The settings that the weights depend on."""
    network: Mapping[str, Any]
    ema: Mapping[str, Any]
    """The moving average of the weights."""
    optimizer: Mapping[str, Any]
    scaler: Mapping[str, Any]
    """The state of the loss scaling of 16-bit training."""


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it, whole or not at all."""
    settings = json.dumps(checkpoint.fixed_settings)
    content = {**vars(checkpoint), "fixed_settings": settings, "version": VERSION}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint at ``path``, on the CPU; `InputError`: damaged or of another version."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content.pop("version") != VERSION:
            raise InputError(f"'{path}' is of another version of codecpipe: start a new run")
        content["fixed_settings"] = json.loads(content["fixed_settings"])
        return Checkpoint(**content)
    except InputError:
        raise
    except Exception as error:  # torch.load raises whatever a damaged file leads to
        raise InputError(f"'{path}' is damaged: start a new run") from error


def check_settings(checkpoint: Checkpoint, settings: Mapping[str, Any], path: Path) -> None:
    """Refuse, with an `InputError`, to go on with other settings than the checkpoint's."""
    now = json.loads(json.dumps(settings))
    for key in sorted({*checkpoint.fixed_settings, *now}):
        before = checkpoint.fixed_settings.get(key)
        if before != now.get(key):
            raise InputError(
                f"'{path}' was trained with another '{key}' ({_short(before)}, now"
                f" {_short(now.get(key))}): restore it, or start a new run in another folder"
            )


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
