"""SRFR on decoded video: boundaries, sizes, depths, domains, weights, repeatability, errors."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from kits.engine import Video, check_keys_untouched, largest_difference, weights_file
from kits.srfr_video import config_of, network, restored, srfr_file
from torch.nn.functional import pad

from codecpipe.errors import InputError
from codecpipe.layout import Config
from enhancers import enhancer_weights, get_enhancer, wants_gpu
from enhancers.layers.resize import upsample


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    srfr_file(folder / "yuv.safetensors")
    srfr_file(folder / "rgb.safetensors", groups=("rgb",))
    srfr_file(folder / "untrained.safetensors", spread=0)
    srfr_file(folder / "untrained_rgb.safetensors", spread=0, groups=("rgb",))
    srfr_file(folder / "no_mta.safetensors", without=("MTA",))
    srfr_file(folder / "tsa.safetensors", fusion="tsa")
    srfr_file(folder / "4x.safetensors", scale=4)
    weights_file(folder / "crs.safetensors")
    return folder


@pytest.mark.parametrize("name", ["untrained", "untrained_rgb"])
@pytest.mark.parametrize(
    ("width", "height", "depth", "scale"), [(64, 48, 8, 2), (70, 58, 10, 2), (132, 72, 8, 4)]
)
def test_untrained_weights_give_bicubic(
    files: Path, tmp_path: Path, name: str, width: int, height: int, depth: int, scale: int
) -> None:
    """swscale's own, but for its rounding on the way; in RGB too, which a change alone enters."""
    groups = ("rgb",) if name.endswith("rgb") else ("y", "uv")
    path = files / f"{name}.safetensors"
    if scale != 2:
        path = srfr_file(tmp_path / "w.safetensors", spread=0, groups=groups, scale=scale)
    options = {"depth": depth, "scale": scale, "layout": "tds"}
    video = Video("KLLLkL", width, height, **options)
    border = 2 * scale  # which swscale continues otherwise
    bicubic = get_enhancer("bicubic").restore(Video("KLLLkL", width, height, **options).decoded())
    for one, other in zip(restored(video, path), bicubic, strict=True):
        assert one.dtype == video.fmt.dtype
        inner = [
            np.abs(a.astype(int) - b)[border:-border, border:-border]
            for a, b in zip(video.fmt.planes(one), video.fmt.planes(other), strict=True)
        ]
        assert max(part.max() for part in inner) <= (2 if depth == 8 else 8)
        assert max(part.mean() for part in inner) < (0.25 if depth == 8 else 1)


@pytest.mark.parametrize("name", ["yuv", "rgb", "no_mta", "tsa"])
@pytest.mark.parametrize("kinds", ["KLLLkkLLLk", "KLLLKLL", "KLkLLk"])
def test_boundaries_pass_untouched_and_order_is_kept(files: Path, kinds: str, name: str) -> None:
    video = Video(kinds, config=Config.AI, layout="tds")
    out = restored(video, files / f"{name}.safetensors")
    check_keys_untouched(video, out)


def test_it_is_algorithm_1_around_the_network(files: Path) -> None:
    """Against `Srfr.forward` on tensors made by hand: five frames, sizes that need padding."""
    video = Video("KLLLk", 66, 50, layout="tds")
    out = restored(video, files / "yuv.safetensors")
    qps = [32, 28, 29, 27, 32]
    for planes, group in ((1, (0,)), (2, (1, 2))):
        net = network(config_of(planes))
        height, width = video.fmt.plane_shapes[group[0]]

        def tensor(
            index: int, group: tuple[int, ...] = group, size=(height, width)
        ) -> torch.Tensor:
            fmt = video.fmt if index in (0, 4) else video.lr_fmt
            found = [fmt.planes(video.picture(fmt, index))[at].astype(np.float32) for at in group]
            picture = torch.tensor(np.stack(found))[None] / 255
            if fmt is video.lr_fmt:
                picture = upsample(picture, 2)[..., : size[0], : size[1]]
            right, below = -size[1] % 8, -size[0] % 8
            return pad(picture, (0, right, 0, below), mode="replicate")

        def g(a: torch.Tensor, b: torch.Tensor, index: int, *others: int) -> torch.Tensor:
            pictures = torch.stack([a, tensor(index), b], dim=1)
            qp = torch.tensor([[qps[others[0]], qps[index], qps[others[1]]]]).float()
            with torch.no_grad():
                return net(pictures, qp).clamp(0, 1)  # noqa: B023

        middle = g(tensor(0), tensor(4), 2, 0, 4)
        due = {
            2: middle,
            1: g(tensor(0), middle, 1, 0, 2),
            3: g(tensor(4), middle, 3, 4, 2),
        }
        for index, picture in due.items():
            samples = (picture[0, :, :height, :width] * 255).round().numpy()
            for at, plane in zip(group, samples, strict=True):
                assert largest_difference(video.fmt.planes(out[index])[at], plane) <= 1
                assert (video.fmt.planes(out[index])[at] == plane).mean() > 0.999


def test_runs_repeat_bit_for_bit(files: Path) -> None:
    """Also where somebody else computes between the frames."""
    for name in ("yuv", "rgb"):
        path = files / f"{name}.safetensors"
        first = restored(Video("KLLLkkLLLk", layout="tds"), path)
        torch.manual_seed(99)
        again = []
        video = Video("KLLLkkLLLk", layout="tds").decoded()
        for frame in get_enhancer(f"srfr:{path}").restore(video):
            torch.rand(100, 100) @ torch.rand(100, 100)
            again.append(frame.copy())
        digests = {
            hashlib.sha256(b"".join(frame.tobytes() for frame in frames)).hexdigest()
            for frames in (first, again)
        }
        assert len(digests) == 1


def test_half_precision_islargest_difference(files: Path) -> None:
    path = files / "yuv.safetensors"
    kinds = "KLLLk"
    full, half = (restored(Video(kinds), path, precision=name) for name in ("fp32", "bf16"))
    differences = [np.abs(a.astype(int) - b).mean() for a, b in zip(full, half, strict=True)]
    assert 0 < max(differences) < 2


def test_what_is_used_is_said_and_time_is_counted(files: Path) -> None:
    video = Video("KLLLkkLLLkKLL", 32, 32, layout="tds")
    enhancer = get_enhancer(f"srfr:{files / 'yuv.safetensors'}")
    taken = []
    for _ in enhancer.restore(video.decoded()):
        taken.append(video.made)
    # Of a group the first boundary comes alone; then the whole group is waited for, and no more.
    assert taken == [1, 5, 5, 5, 5, 6, 10, 10, 10, 10, 11, 12, 13]
    (run,) = video.runs
    assert run.command[0].startswith("srfr")
    assert run.cpu_s > 0
    stats = enhancer.stats  # type: ignore[attr-defined]
    assert (stats.frames, stats.device, stats.tiles) == (8, "cpu, fp32", {"y": 1, "uv": 1})
    assert list(stats.weights) == ["yuv.safetensors"]


@pytest.mark.parametrize(
    ("name", "video", "words"),
    [
        ("yuv", Video("LLL", layout="uniform"), "needs key frames.*layout tds or crs$"),
        ("yuv", Video("LLL", layout="crs"), "needs key frames at full size.*tds or crs"),
        ("crs", Video("KLk", layout="tds"), "for crs, not for srfr"),
        ("yuv", Video("KLk", scale=4, width=128, height=128), r"for k = 2.*has k = 4"),
        ("missing", Video("KLk"), "there are no weights"),
    ],
)
def test_what_cannot_be_restored_is_refused(
    files: Path, name: str, video: Video, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        restored(video, files / f"{name}.safetensors")


def test_weights_of_srfr_are_not_for_crs(files: Path) -> None:
    with pytest.raises(InputError, match="for srfr, not for crs"):
        list(get_enhancer(f"crs:{files}/yuv.safetensors").restore(Video("KL").decoded()))


def test_weights_that_do_not_fit_their_network_are_refused(tmp_path: Path) -> None:
    from enhancers.weights.file import read_weights, write_weights

    path = srfr_file(tmp_path / "w.safetensors")
    tensors, meta = read_weights(path)
    tensors.pop(next(key for key in tensors if key.startswith("uv.")))
    write_weights(path, tensors, meta)
    with pytest.raises(InputError, match="do not go with the network they name"):
        restored(Video("KLk"), path)


def test_parts_and_names(files: Path) -> None:
    name = f"srfr:{files}/no_mta.safetensors without MTA"
    assert len(list(get_enhancer(name).restore(Video("KLk").decoded()))) == 3
    with pytest.raises(InputError, match="without MTA, not without PSA"):
        list(
            get_enhancer(f"srfr:{files}/no_mta.safetensors", ("PSA",)).restore(
                Video("KLk").decoded()
            )
        )
    with pytest.raises(InputError, match="choose among IQEM, MTA, PSA"):
        get_enhancer("srfr without TCN")
    with pytest.raises(InputError, match="write srfr:mine"):
        get_enhancer("srfr-tiny:mine")
    for plain in ("srfr", "srfr-full", "srfr-small", "srfr-tiny"):
        assert wants_gpu(plain)
        assert get_enhancer(plain).name == plain
    found = enhancer_weights(f"srfr:{files}/rgb.safetensors", "x265", "AI", 2, "tds")  # type: ignore[arg-type]
    assert found is not None
    assert list(found.meta.configs) == ["rgb"]


def test_boundaries_that_are_down_sampled_are_scaled_up_first(files: Path) -> None:
    """Boundaries at 1/2, LR frames at 1/4, as in the paper's 4x experiment."""
    from dataclasses import replace
    from fractions import Fraction

    from codecpipe.video.resample import Filter, plan_size
    from codecpipe.video.resample import upsample as scaled_up

    video = Video("KLLLk", 128, 96, scale=4, layout="tds")
    plan = plan_size(128, 96, Fraction(2))
    half = video.fmt.with_size(64, 48)

    def frames():
        for frame in video.frames():
            small = {"frame": video.picture(half, frame.index), "scale": Fraction(2)}
            yield replace(frame, **small) if frame.key else frame

    scales = tuple(Fraction(2) if kind in "Kk" else Fraction(4) for kind in video.kinds)
    decoded = replace(video.decoded(), frames=frames(), scales=scales, boundary_scale=Fraction(2))
    out = list(get_enhancer(f"srfr:{files}/4x.safetensors").restore(decoded))
    assert len(out) == 5
    boundary = next(scaled_up([video.picture(half, 0)], half, plan, Filter.BICUBIC))
    assert np.array_equal(out[0], boundary)


def test_errors_of_the_decoder_come_out(files: Path) -> None:
    class Broken(Video):
        def frames(self):
            yield from list(super().frames())[:2]
            raise InputError("picture 2 decodes to other samples")

    with pytest.raises(InputError, match="other samples"):
        restored(Broken("KLLk"), files / "yuv.safetensors")
