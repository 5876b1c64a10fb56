"""From tensors of a weights file to a network that is ready to run, and what may go wrong then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from torch import Tensor, nn

from codecpipe.errors import InputError, ToolError
from enhancers.engine.device import Device
from enhancers.network_config import Group

N = TypeVar("N", bound=nn.Module)


def load_network(
    network: N, tensors: Mapping[str, Tensor], group: Group, name: str, device: Device
) -> N:
    """The network with its tensors of a weights file, on the device, for restoring only.

    ``tensors``: all of the file's. ``name``: of the weights, for messages.

    Raises:
        InputError: the file is not what its metadata say.
    """
    mine = {
        key.partition(".")[2]: value.float()
        for key, value in tensors.items()
        if key.partition(".")[0] == group
    }
    try:
        network.load_state_dict(mine)
    except RuntimeError as error:
        raise InputError(
            f"the weights {name} do not go with the network they name: they were made by another"
            " version; train them again"
        ) from error
    network = network.eval().requires_grad_(False)
    network.to(device.torch_device, memory_format=device.memory_format)  # type: ignore[call-overload]
    return network


@contextmanager
def compile_errors(*, compiled: bool) -> Iterator[None]:
    """A block in which compiled networks run.

    Raises:
        ToolError: torch.compile failed.
    """
    try:
        yield
    except RuntimeError as error:
        if compiled and type(error).__module__.startswith(("torch._dynamo", "torch._ind")):
            said = str(error).strip().splitlines()[0]
            raise ToolError(f"torch.compile failed ({said}): leave --compile out") from error
        raise
