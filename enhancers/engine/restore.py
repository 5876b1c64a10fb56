"""From a weights file and a decoded video to the restored video, for networks of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

from codecpipe.enhancer import DecodedVideo
from codecpipe.errors import InputError, ToolError
from codecpipe.format import Frame
from codecpipe.programs.process import ToolRun
from enhancers.engine.clock import Clock
from enhancers.engine.device import Device, choose_device
from enhancers.engine.memory import free_bytes
from enhancers.engine.method import Method, loaded
from enhancers.engine.options import EngineOptions
from enhancers.engine.runner import RunContext, Runner
from enhancers.engine.stats import RestoreStats
from enhancers.network_config import Group
from enhancers.weights.file import read_weights
from enhancers.weights.resolve import WeightsFile


@dataclass(frozen=True)
class Restoring:
    """How networks of one kind restore a video: the parts that `restore` puts together."""

    runner: Callable[[Any, Group, RunContext], Runner[Any]]
    """Makes what restores the planes of a group: of its network, the group and the context."""
    run: Callable[[DecodedVideo, Sequence[Any], Clock], Iterator[Frame]]
    """The loop over the video; the runners are all of its groups'. Frames come in display order,
    those at full size untouched; the clock counts frames and the time in the networks."""
    check: Callable[[DecodedVideo, Sequence[Any], str], None] = lambda video, runners, name: None
    """Refuses a video that cannot be restored so; the name is the enhancer's."""


def restore(
    method: Method[Any],
    video: DecodedVideo,
    weights: WeightsFile,
    options: EngineOptions,
    stats: RestoreStats,
    name: str,
) -> Iterator[Frame]:
    """The restored video; ``stats`` is filled with what it was done with.

    ``video.count`` is told as child processes' runs are, by the enhancer's ``name``. Memory does
    not grow with the number of frames.

    Raises:
        InputError: the weights are no networks of this method, the video lacks key frames, there
            is no such device, or the method knows no tiles and some are asked for.
        ToolError: torch.compile failed.
    """
    assert video.lr_fmt is not None
    device = choose_device(options)
    networks = _load_networks(method, weights, device, compiled=options.compile)
    if method.needs_keys_without(weights.meta.without) and all(
        scale != 1 for scale in video.scales
    ):
        raise InputError(
            f"{name} needs key frames at full size, and this video has none: code it in layout"
            f" {method.key_layouts}"
        )
    context = RunContext(
        fmt=video.fmt,
        lr_fmt=video.lr_fmt,
        device=device,
        tile=_tile(method, options, name),
        free=free_bytes(device.torch_device),
    )
    how: Restoring = loaded(method.restoring)
    runners = [how.runner(network, group, context) for group, network in networks.items()]
    how.check(video, runners, name)
    stats.weights[weights.name] = weights.sha256
    stats.device = str(device)
    stats.tiles = {runner.group: len(runner.tiles) for runner in runners}
    clock = Clock(device)
    try:
        with _compile_errors(compiled=options.compile):
            yield from how.run(video, runners, clock)
    finally:
        stats.frames += clock.frames
        stats.wall_s += clock.wall_s
        stats.cpu_s += clock.cpu_s
        video.count(ToolRun((name,), clock.wall_s, clock.cpu_s))


def _load_networks(
    method: Method[Any], weights: WeightsFile, device: Device, *, compiled: bool
) -> dict[Group, Any]:
    """The networks of a weights file on a device, ready to run: of y and uv, or of rgb."""
    tensors, meta = read_weights(weights.path)
    networks: dict[Group, Any] = {}
    for group, values in cast("Mapping[Group, Mapping[str, object]]", meta.configs).items():
        network = loaded(method.network)(method.config_class.from_dict(values))
        mine = {
            key.partition(".")[2]: value.float()
            for key, value in tensors.items()
            if key.partition(".")[0] == group
        }
        try:
            network.load_state_dict(mine)
        except RuntimeError as error:
            raise InputError(
                f"the weights {weights.name} do not go with the network they name: they were made"
                " by another version; train them again"
            ) from error
        network.eval().requires_grad_(False)
        network.to(device.torch_device, memory_format=device.memory_format)
        if compiled:
            for part in network.compiled_parts():
                part.compile()
        networks[group] = network
    return networks


@contextmanager
def _compile_errors(*, compiled: bool) -> Iterator[None]:
    """A block in which compiled networks run, and where torch.compile may fail."""
    try:
        yield
    except RuntimeError as error:
        if compiled and type(error).__module__.startswith(("torch._dynamo", "torch._ind")):
            said = str(error).strip().splitlines()[0]
            raise ToolError(f"torch.compile failed ({said}): leave --compile out") from error
        raise


def _tile(method: Method[Any], options: EngineOptions, name: str) -> int | Literal["auto"] | None:
    if method.tiles != "impossible":
        return options.tile
    if isinstance(options.tile, int):
        raise InputError(f"{name} restores whole frames only: leave --tile out")
    return None
