"""``codecpipe methods``: what restores LR frames, what each method needs and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import click

from enhancers import FILTERS
from enhancers.engine.method import KEYLESS, Method, loaded
from enhancers.methods import METHODS
from enhancers.network_config import PLANE_COUNT, Group, NetworkConfig
from enhancers.weights.registry import WeightsEntry, load_registry
from experiments.commands.console import form_options, show
from experiments.tables.table import Column, Table, plain_rows, text_columns

WIDTH, HEIGHT = 1920, 1080
"""The size of the pictures that operations are counted for."""


@dataclass(frozen=True)
class MethodRow:
    """A method in one of its sizes, for some planes and a scale; the defaults are a filter's."""

    name: str
    """The enhancer's name, without the variant."""
    variant: str = ""
    """The network's size; empty for a filter, which has none."""
    planes: tuple[str, ...] = ("y", "uv")
    """The groups of planes, each of which has its own network."""
    scale: int | None = None
    """k; None: any."""
    parameters: int = 0
    """Of all networks together."""
    kmac_per_pixel: float | None = None
    """Thousands of multiply-adds for one output luma sample and frame, chroma and the search for
    matches included, in pictures of `WIDTH` × `HEIGHT`; without what is computed once a key frame.
    None for a filter."""
    needs_keys: bool = False
    """Whether the video must have key frames at full size."""
    layouts: tuple[str, ...] = ("crs", "tds", "uniform")
    """Frame layouts that are restored."""
    tiles: str | None = None
    """What tiles give, compared with whole frames: exact, approximate, impossible."""
    weights: tuple[str, ...] = ()
    """Trained weights that come along."""


def method_rows(methods: Mapping[str, Method[Any]]) -> list[MethodRow]:
    """The filters, then each method in all its sizes."""
    rows = [MethodRow(name) for name in FILTERS]
    shipped = load_registry()
    for method in methods.values():
        rows += _rows(method, [entry for entry in shipped if entry.method == method.name])
    return rows


def _rows(method: Method[Any], shipped: list[WeightsEntry]) -> Iterator[MethodRow]:
    coded = tuple(group for group in method.planes if group != "rgb")
    rgb = tuple(group for group in method.planes if group == "rgb")
    layouts = tuple(name for name in method.layouts if name != KEYLESS or not method.needs_keys)
    for variant in method.variants:
        for planes in filter(None, (coded, rgb)):
            for scale in method.scales:
                configs = {group: _config(method, variant, group, scale) for group in planes}
                yield MethodRow(
                    name=method.name,
                    variant=variant,
                    planes=planes,
                    scale=scale,
                    parameters=sum(_parameters(method, config) for config in configs.values()),
                    kmac_per_pixel=round(_kmac_per_pixel(method, configs), 3),
                    needs_keys=method.needs_keys,
                    layouts=layouts,
                    tiles=method.tiles,
                    weights=tuple(
                        entry.name
                        for entry in shipped
                        if (entry.variant, entry.scale) == (variant, scale)
                        and set(entry.meta().configs) == set(planes)
                    ),
                )


def _config(method: Method[Any], variant: str, group: Group, scale: int) -> NetworkConfig:
    """The network for a group of planes; one that works at full size does not depend on k."""
    has_scale = any(field.name == "scale" for field in fields(method.config_class))
    changes = {"scale": scale} if has_scale else {}
    found: NetworkConfig = method.config(variant, planes=PLANE_COUNT[group], **changes)
    return found


def _parameters(method: Method[Any], config: NetworkConfig) -> int:
    """Counted on a network without memory for them."""
    import torch  # noqa: PLC0415  (takes seconds)

    with torch.device("meta"):
        return sum(weights.numel() for weights in loaded(method.network)(config).parameters())


def _kmac_per_pixel(method: Method[Any], configs: Mapping[Group, NetworkConfig]) -> float:
    operations = 0
    for group, config in configs.items():
        step = 2 if group == "uv" else 1
        operations += method.cost(config, HEIGHT // step, WIDTH // step)
    return operations / 2 / (WIDTH * HEIGHT) / 1000


def _table(rows: Sequence[MethodRow]) -> Table:
    columns = (
        *text_columns("name", "variant", "planes"),
        Column("scale", "k"),
        Column("parameters", "parameters", decimals=0),
        Column("kmac_per_pixel", "kMAC/pixel", decimals=1),
        *text_columns("key frames", "layouts", "tiles", "weights"),
    )
    found = [
        (
            row.name,
            row.variant or None,
            ", ".join(row.planes),
            "any" if row.scale is None else row.scale,
            row.parameters,
            row.kmac_per_pixel,
            "needed" if row.needs_keys else "not needed",
            ", ".join(row.layouts),
            row.tiles,
            ", ".join(row.weights) or None,
        )
        for row in rows
    ]
    return Table("methods", columns, plain_rows(found))


@click.command("methods")
@form_options
def methods_command(form: str | None) -> None:
    """List the methods that restore LR frames: sizes, cost and needs of their networks.

    kMAC: thousands of multiply-adds for one output luma sample and frame, chroma and the search for
    matches included, in pictures of 1920x1080; without what is computed once a key frame.
    """
    rows = method_rows(METHODS)
    show([_table(rows)], form, [asdict(row) for row in rows])
