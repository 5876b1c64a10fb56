"""Where and in which precision a network runs, and how its results stay repeatable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from codecpipe.errors import InputError
from enhancers.engine.options import EngineOptions

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Device:
    """Where a network runs, and in which precision."""

    torch_device: torch.device
    """The device as torch has it."""
    autocast: torch.dtype | None = None
    """The lower precision of most layers; None: all of them are fp32."""

    @property
    def is_cuda(self) -> bool:
        """Whether it is a CUDA device."""
        return self.torch_device.type == "cuda"

    @property
    def precision(self) -> str:
        """``fp32``, ``bf16`` or ``fp16``."""
        return next((name for name, kind in _DTYPES.items() if kind is self.autocast), "fp32")

    @property
    def memory_format(self) -> torch.memory_format:
        """Format of networks and pictures: channels last on CUDA, where tensor cores want it."""
        return torch.channels_last if self.is_cuda else torch.contiguous_format

    def __str__(self) -> str:
        name = torch.cuda.get_device_name(self.torch_device) if self.is_cuda else ""
        return f"{self.torch_device.type}{f' ({name})' if name else ''}, {self.precision}"


def choose_device(options: EngineOptions) -> Device:
    """The device and precision that the options ask for.

    Raises:
        InputError: there is no CUDA device, or fp16 is asked for on a CPU.
    """
    has_cuda = torch.cuda.is_available()
    if options.device == "cuda" and not has_cuda:
        raise InputError(
            "there is no GPU that torch can use here: leave --device out, or install torch's CUDA"
            " build"
        )
    on_cuda = has_cuda and options.device != "cpu"
    device = torch.device("cuda" if on_cuda else "cpu")
    name = options.precision
    if name == "auto":
        name = ("bf16" if torch.cuda.is_bf16_supported() else "fp16") if on_cuda else "fp32"
    if name == "fp16" and not on_cuda:
        raise InputError("fp16 is for GPUs: give --precision fp32 or bf16")
    return Device(device, _DTYPES.get(name))


@contextmanager
def inference_mode(device: Device) -> Iterator[None]:
    """A block in which a network runs: no gradients, the device's precision, repeatable results.

    The same input gives the same bits on one device with one version of torch (and on a CPU with
    one number of threads). What is changed for that is global in torch, and put back afterwards.
    """
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    kept = (cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32)
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    uninitialized = torch.utils.deterministic
    fill = uninitialized.fill_uninitialized_memory  # type: ignore[attr-defined]
    # cuBLAS reads it when it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        torch.use_deterministic_algorithms(True)
        # Only there to find reads of memory that was never written, at the cost of writing it.
        uninitialized.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        cudnn.deterministic, cudnn.benchmark = True, False
        # fp32 means fp32: TF32 has 10 bits of mantissa.
        cudnn.allow_tf32 = matmul.allow_tf32 = False
        with (
            torch.inference_mode(),
            torch.autocast(
                device.torch_device.type,
                dtype=device.autocast,
                enabled=device.autocast is not None,
            ),
        ):
            yield
    finally:
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        uninitialized.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
        cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = kept
