"""CRS on decoded video: order, key frames, sizes, depths, weights, repeatability, memory, times."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from kits.engine import (
    Video,
    check_keys_untouched,
    config_of,
    largest_difference,
    network,
    weights_file,
)

from codecpipe.errors import InputError
from codecpipe.format import Frame
from codecpipe.layout import Config
from codecpipe.programs.process import Limits
from codecpipe.video.resample import Filter, downsample
from enhancers import get_enhancer
from enhancers.engine.options import EngineOptions


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    weights_file(folder / "ldp.safetensors")
    weights_file(folder / "ra.safetensors", config="RA")
    weights_file(folder / "untrained.safetensors", spread=0)
    weights_file(folder / "no_tcn.safetensors", without=("TCN",))
    return folder


def restored(video: Video, path: Path, **options: object) -> list[Frame]:
    enhancer = get_enhancer(f"crs:{path}", options=EngineOptions("cpu", **options))  # type: ignore[arg-type]
    return list(enhancer.restore(video.decoded()))


@pytest.mark.parametrize(("width", "height"), [(64, 48), (70, 58)])
@pytest.mark.parametrize("depth", [8, 10])
def test_untrained_weights_give_bicubic(files: Path, width: int, height: int, depth: int) -> None:
    """swscale's own, but for its rounding on the way: its coefficients have 14 bits."""
    video = Video("KLL", width, height, depth=depth)
    bicubic = list(
        get_enhancer("bicubic").restore(Video("KLL", width, height, depth=depth).decoded())
    )
    for one, other in zip(restored(video, files / "untrained.safetensors"), bicubic, strict=True):
        assert one.dtype == video.fmt.dtype
        assert largest_difference(one, other) <= (2 if depth == 8 else 8)
        assert np.abs(one.astype(int) - other).mean() < (0.2 if depth == 8 else 0.8)


@pytest.mark.parametrize(("kinds", "name"), [("KLLKL", "ldp"), ("KLLKL", "ra"), ("KLLkKLk", "ldp")])
def test_key_frames_pass_untouched_and_order_is_kept(files: Path, kinds: str, name: str) -> None:
    config = Config.RA if name == "ra" else Config.LDP
    video = Video(kinds, config=config, layout="tds")
    out = restored(video, files / f"{name}.safetensors")
    check_keys_untouched(video, out)


def test_it_is_what_the_network_gives(files: Path) -> None:
    """Against `Crs.forward` on tensors made by hand, second LR frame of the video."""
    video = Video("KLL", 64, 48)
    frame = restored(video, files / "ldp.safetensors")[2]
    pictures = [video.picture(video.lr_fmt, index) for index in range(3)]
    for planes, group in ((1, (0,)), (2, (1, 2))):

        def tensor(picture: Frame, fmt: object, group: tuple[int, ...] = group) -> torch.Tensor:
            found = [fmt.planes(picture)[at].astype(np.float32) for at in group]  # type: ignore[attr-defined]
            return torch.tensor(np.stack(found)) / 255

        low = torch.stack([tensor(picture, video.lr_fmt) for picture in pictures])[None]
        key = tensor(video.picture(video.fmt, 0), video.fmt)[None, None]
        with torch.no_grad():
            out = network(config_of(planes))(
                low, key, low[:, :1], torch.tensor([[32.0, 28.0, 29.0]]), torch.tensor([[32.0]])
            )
        due = (out[0].clamp(0, 1) * 255).round().numpy()
        for at, plane in zip(group, due, strict=True):
            assert largest_difference(video.fmt.planes(frame)[at], plane) <= 1


def test_a_key_without_a_copy_is_scaled_down_as_the_sender_does(files: Path) -> None:
    class Copied(Video):
        def frames(self):
            for frame in super().frames():
                if frame.scale == 1:
                    made = downsample([frame.frame], self.fmt, self.plan, Filter.BICUBIC, Limits())
                    yield replace(frame, lr_copy=next(made))
                else:
                    yield frame

    path = files / "ldp.safetensors"
    without, copied = Video("kLL"), Copied("KLL")
    assert all(
        np.array_equal(one, other)
        for one, other in zip(restored(without, path), restored(copied, path), strict=True)
    )
    assert any("ffmpeg" in Path(run.command[0]).name for run in without.runs)


def test_runs_repeat_bit_for_bit(files: Path) -> None:
    """Also where somebody else computes between the frames, and with a generator left half read."""
    path = files / "ldp.safetensors"
    first = restored(Video("KLLKLL"), path)
    torch.manual_seed(99)
    again = []
    for frame in get_enhancer(f"crs:{path}").restore(Video("KLLKLL").decoded()):
        torch.rand(100, 100) @ torch.rand(100, 100)
        again.append(frame.copy())
    half = get_enhancer(f"crs:{path}").restore(Video("KLLKLL").decoded())
    next(half)
    next(half)
    third = restored(Video("KLLKLL"), path)
    digests = {
        hashlib.sha256(b"".join(frame.tobytes() for frame in frames)).hexdigest()
        for frames in (first, again, third)
    }
    assert len(digests) == 1


def test_what_is_global_in_torch_is_left_as_it_was(files: Path) -> None:
    def state() -> tuple[object, ...]:
        cudnn = torch.backends.cudnn
        return (
            torch.are_deterministic_algorithms_enabled(),
            cudnn.deterministic,
            cudnn.benchmark,
            cudnn.allow_tf32,
            torch.get_num_threads(),
            torch.is_grad_enabled(),
        )

    before = state()
    for _ in get_enhancer(f"crs:{files / 'ldp.safetensors'}").restore(Video("KLL").decoded()):
        assert state() == before
    assert state() == before


def test_a_tiled_video_is_the_same_but_for_rounding(files: Path) -> None:
    path = files / "no_tcn.safetensors"
    whole, tiled = (restored(Video("KLL", 96, 80), path, tile=tile) for tile in (None, 64))
    assert max(largest_difference(one, other) for one, other in zip(whole, tiled, strict=True)) <= 1


def test_half_precision_islargest_difference(files: Path) -> None:
    path = files / "ldp.safetensors"
    full, half = (restored(Video("KLL"), path, precision=name) for name in ("fp32", "bf16"))
    differences = [np.abs(a.astype(int) - b).mean() for a, b in zip(full, half, strict=True)]
    assert 0 < max(differences) < 2


def test_memory_and_time_ahead_do_not_grow(files: Path) -> None:
    """Frames are taken as they are needed; each one's features are made once."""
    video = Video("KLLL" * 6, 32, 32)
    enhancer = get_enhancer(f"crs:{files / 'ldp.safetensors'}")
    for index, _ in enumerate(enhancer.restore(video.decoded())):
        assert video.made == index + 1
    (run,) = video.runs
    assert run.command[0].startswith("crs")
    assert run.cpu_s > 0
    assert run.wall_s > 0
    assert (enhancer.stats.frames, enhancer.stats.device) == (18, "cpu, fp32")  # type: ignore[attr-defined]


def test_features_are_made_once_a_frame_and_once_a_key(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enhancers.crs.network import Crs

    calls: list[str] = []
    for step in ("lr_features", "key_features", "synthesize"):
        made = getattr(Crs, step)

        def counted(self, *given, made=made, step=step):
            calls.append(step)
            return made(self, *given)

        monkeypatch.setattr(Crs, step, counted)
    restored(Video("KLLLKLLL", config=Config.RA), files / "ra.safetensors")
    # Of frame 7 none is a neighbour but 6 and itself; both groups of planes, hence twice.
    counts = {step: calls.count(step) for step in set(calls)}
    assert counts == {"lr_features": 2 * 8, "key_features": 2 * 2, "synthesize": 2 * 6}


@pytest.mark.parametrize(
    ("name", "video", "words"),
    [
        ("ldp", Video("LLL", layout="uniform"), "needs key frames.*layouts? crs or tds"),
        ("ldp", Video("LLL", layout="crs"), "needs key frames"),
        ("ldp", Video("LKL"), "does not begin with one"),
        ("ldp", Video("KLL", scale=4, width=128, height=128), r"for k = 2.*has k = 4"),
        ("missing", Video("KLL"), "there are no weights"),
    ],
)
def test_what_cannot_be_restored_is_refused(
    files: Path, name: str, video: Video, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        restored(video, files / f"{name}.safetensors")


def test_uniform_is_restored_by_weights_without_tcn(files: Path) -> None:
    out = restored(Video("LLL", layout="uniform"), files / "no_tcn.safetensors")
    assert len(out) == 3


def test_parts_are_left_out_by_weights_that_were_trained_so(files: Path) -> None:
    with pytest.raises(InputError, match=r"with all parts, not without TCN.*codecpipe train"):
        list(
            get_enhancer(f"crs:{files}/ldp.safetensors without TCN").restore(Video("KL").decoded())
        )
    name = f"crs:{files}/no_tcn.safetensors without TCN"
    assert len(list(get_enhancer(name).restore(Video("KL").decoded()))) == 2
    with pytest.raises(InputError, match="without TCN, not without MAN"):
        list(
            get_enhancer(f"crs:{files}/no_tcn.safetensors", ("MAN",)).restore(Video("KL").decoded())
        )


def test_devices_that_are_not_there_are_refused(files: Path) -> None:
    if not torch.cuda.is_available():
        enhancer = get_enhancer(f"crs:{files}/ldp.safetensors", options=EngineOptions("cuda"))
        with pytest.raises(InputError, match="no GPU that torch can use"):
            list(enhancer.restore(Video("KL").decoded()))
    with pytest.raises(InputError, match="fp16 is for GPUs"):
        restored(Video("KL"), files / "ldp.safetensors", precision="fp16")


def test_errors_of_the_decoder_come_out(files: Path) -> None:
    class Broken(Video):
        def frames(self):
            yield from list(super().frames())[:2]
            raise InputError("picture 2 decodes to other samples")

    with pytest.raises(InputError, match="other samples"):
        restored(Broken("KLLL"), files / "ldp.safetensors")
