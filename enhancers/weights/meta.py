"""The metadata of a weights file, in its safetensors header; all of it is text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from codecpipe.errors import InputError

FORMAT = "codecpipe-weights"
VERSION = "1"


@dataclass(frozen=True)
class WeightsMeta:
    """For which videos weights are, and where they come from."""

    variant: str
    """The network's size."""
    config_y: Mapping[str, Any]
    """The configuration of the luma network."""
    config_uv: Mapping[str, Any]
    """The configuration of the chroma network."""
    codec: str
    """Codecs they were trained for, comma-separated."""
    config: str
    """Coding configurations they were trained for, comma-separated."""
    layout: str
    """Frame layouts they were trained for, comma-separated."""
    scale: int
    """k."""
    qps: tuple[int, ...]
    """Base QPs they were trained at."""
    method: str = field(kw_only=True)
    """The method's name in the registry of enhancers."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Clips with licences and hashes; steps, loss and seed of each network."""
    git_commit: str = ""
    """The commit of the program that trained them."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """PSNR and gains on held-out clips, by network."""
    date: str = ""
    """Day on which they were written, as YYYY-MM-DD."""
    config_rgb: Mapping[str, Any] = field(default_factory=dict)
    """The configuration of a network for RGB, which then is the only one."""

    @property
    def configs(self) -> dict[str, Mapping[str, Any]]:
        """The configuration of each network, by its planes: y and uv, or rgb alone."""
        every = {"y": self.config_y, "uv": self.config_uv, "rgb": self.config_rgb}
        return {group: config for group, config in every.items() if config}

    @property
    def without(self) -> tuple[str, ...]:
        """Parts that all networks were trained without."""
        first: Mapping[str, Any] = next(iter(self.configs.values()), {})
        return tuple(sorted(first.get("without", ())))

    @property
    def clips(self) -> int:
        """How many clips they were trained on; 0 where the file does not say."""
        clips = self.training.get("clips", ())
        return sum(not isinstance(c, Mapping) or c.get("split") != "validation" for c in clips)

    def gain_db(self, over: str = "bicubic") -> float | None:
        """Gain over a filter on the clips set aside for validation, its mean over the QPs.

        It is that of Y, which is what training measures of a network for RGB, too.
        """
        found = self.metrics.get("rgb" if self.config_rgb else "y", {})
        gains = [value for key, value in found.items() if key.startswith(f"gain_{over}_qp")]
        return sum(gains) / len(gains) if gains else None

    @property
    def qp_words(self) -> str:
        """The base QPs in words, such as ``32–47``."""
        if not self.qps:
            return ""
        low, high = min(self.qps), max(self.qps)
        return f"{low}–{high}" if low != high else str(low)

    def to_text(self) -> dict[str, str]:
        """The metadata as safetensors keeps it: everything that is no text is JSON."""
        found = {"format": FORMAT, "version": VERSION}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, Mapping):
                value = dict(value)
            if not isinstance(value, str):
                value = json.dumps(value, sort_keys=True, ensure_ascii=False)
            found[one.name] = value
        return found

    @classmethod
    def from_text(cls, text: Mapping[str, str], name: str, *, parts: bool = False) -> WeightsMeta:
        """Read back what `to_text` gave; ``name`` of the file is for messages.

        ``parts``: a file of one network alone will do.

        Raises:
            InputError: it is no weights file of ours, of a later version, or damaged.
        """
        if text.get("format") != FORMAT:
            raise InputError(
                f"'{name}' holds no codecpipe weights: name a file of 'codecpipe train'"
            )
        if text.get("version") != VERSION:
            raise InputError(f"'{name}' is of a later version of codecpipe: update it")
        try:
            return _read(cls, text, parts)
        except (KeyError, ValueError, TypeError) as error:
            raise InputError(
                f"'{name}' does not say what its weights are for ({error}): make it again with"
                " 'codecpipe train'"
            ) from error


def _read(kind: type[WeightsMeta], text: Mapping[str, str], parts: bool) -> WeightsMeta:
    def mapping(key: str) -> dict[str, Any]:
        found = json.loads(text.get(key) or "{}")
        if not isinstance(found, dict):
            raise TypeError(f"{key} is no JSON object")
        return found

    config_y, config_uv, config_rgb = (mapping(f"config_{group}") for group in ("y", "uv", "rgb"))
    if config_rgb and (config_y or config_uv):
        raise ValueError("config_rgb stands alone")
    if not (parts or config_rgb or (config_y and config_uv)):
        raise KeyError("config_y and config_uv, or config_rgb")
    return kind(
        variant=text["variant"],
        config_y=config_y,
        config_uv=config_uv,
        codec=text["codec"],
        config=text["config"],
        layout=text["layout"],
        scale=int(text["scale"]),
        qps=tuple(int(qp) for qp in json.loads(text["qps"])),
        method=text["method"],
        training=mapping("training"),
        git_commit=text.get("git_commit", ""),
        metrics=mapping("metrics"),
        date=text.get("date", ""),
        config_rgb=config_rgb,
    )
