"""A CRS weights file brought to life: two networks, and the engine's loop around them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from codecpipe.enhancer import DecodedVideo
from codecpipe.format import Frame
from enhancers.crs.config import CrsConfig
from enhancers.crs.extent import GRID, halo_of, memory_of
from enhancers.crs.network import Crs
from enhancers.engine.clock import clocked
from enhancers.engine.device import Place, choose_place
from enhancers.engine.loading import compile_errors, load_network
from enhancers.engine.memory import free_bytes
from enhancers.engine.options import EngineOptions
from enhancers.engine.planes import PLANES, Group, Sizes
from enhancers.engine.used import Used
from enhancers.weights.file import read_weights
from enhancers.weights.meta import WeightsMeta
from enhancers.weights.resolve import Resolved
from enhancers.window.frames import WindowPlan, check_keys
from enhancers.window.loop import restore_video
from enhancers.window.runner import NetworkFacts, PlaneRunner


@dataclass(frozen=True)
class Networks:
    """The luma and the chroma network of a weights file."""

    by_group: Mapping[Group, Crs]

    @property
    def window(self) -> WindowPlan:
        """What both look at."""
        return window_of(self.by_group["y"].config)


def restore(
    video: DecodedVideo, weights: Resolved, options: EngineOptions, used: Used, name: str
) -> Iterator[Frame]:
    """The restored video; ``used`` is filled with what it was done with.

    Raises:
        InputError: the weights are no CRS networks, the video lacks key frames, or there is no such
            device.
        ToolError: torch.compile failed.
    """
    assert video.lr_fmt is not None
    place = choose_place(options)
    networks = load_networks(weights, place, compiled=options.compile)
    plan = networks.window
    check_keys(video.scales, plan, name)
    free = free_bytes(place.device)
    runners = [
        PlaneRunner(
            network,
            facts_of(network.config, place),
            group,
            Sizes(video.fmt, video.lr_fmt),
            place,
            options.tile,
            free,
        )
        for group, network in networks.by_group.items()
    ]
    with (
        clocked(video, weights, runners, place, used, name) as clock,
        compile_errors(compiled=options.compile),
    ):
        yield from restore_video(video, plan, runners, place, clock)


def load_networks(weights: Resolved, place: Place, *, compiled: bool = False) -> Networks:
    """Both networks on a device, ready to run.

    Raises:
        InputError: the file is not what its metadata say.
    """
    tensors, meta = read_weights(weights.path)
    return Networks(
        {group: _network(group, tensors, meta, weights.name, place, compiled) for group in PLANES}
    )


def _network(
    group: Group,
    tensors: Mapping[str, Tensor],
    meta: WeightsMeta,
    name: str,
    place: Place,
    compiled: bool,
) -> Crs:
    made = Crs(CrsConfig.from_dict(meta.config_y if group == "y" else meta.config_uv))
    network = load_network(made, tensors, group, name, place)
    if compiled:
        # What is made of convolutions; the search for patches is loops over blocks.
        mfe = network.tcn.mfe if network.tcn is not None else None
        for part in (network.features, network.man, mfe, network.fusion):
            if part is not None:
                part.compile()
    return network


def window_of(config: CrsConfig) -> WindowPlan:
    """What a network looks at."""
    return WindowPlan(config.window, config.current, config.keys if config.has_tcn else 0)


def facts_of(config: CrsConfig, place: Place) -> NetworkFacts:
    """What the engine must know of a network."""
    return NetworkFacts(
        config.scale, window_of(config), halo_of(config), GRID, memory_of(config, place)
    )
