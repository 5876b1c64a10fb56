"""RGB and 4:2:0: BT.709's own numbers, the way there and back, and what the way back loses."""

import numpy as np
import pytest
import torch
from kits.engine import Video

from enhancers.engine.planes import to_tensor
from enhancers.engine.rgb import apply_rgb, to_rgb


def to_yuv(rgb: torch.Tensor, depth: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """The planes Y and U, V of RGB [B, 3, H, W]: what it changes of a black picture's."""
    top = ((1 << depth) - 1) / (1 << (depth - 8))
    half = torch.nn.functional.avg_pool2d(rgb[:, :2], 2)
    black = torch.full_like(rgb[:, :1], 16 / top), torch.full_like(half, 128 / top)
    return apply_rgb(*black, torch.zeros_like(rgb), rgb, depth)


def _flat(y: int, u: int, v: int, depth: int = 8) -> torch.Tensor:
    top = (1 << depth) - 1
    luma = torch.full((1, 1, 16, 16), y / top)
    chroma = torch.tensor([u / top, v / top]).view(1, 2, 1, 1).expand(1, 2, 8, 8)
    return to_rgb(luma, chroma, depth)[0, :, 8, 8]


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize(
    ("yuv", "rgb"),
    [
        # BT.709, table 3 and the bars of BT.709 at 8 bits (Y', Cb, Cr rounded: hence the tolerance)
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (1, 1, 1)),
        ((63, 102, 240), (1, 0, 0)),
        ((173, 42, 26), (0, 1, 0)),
        ((32, 240, 118), (0, 0, 1)),
        ((219, 16, 138), (1, 1, 0)),
    ],
)
def test_colours_are_those_of_bt_709(
    yuv: tuple[int, int, int], rgb: tuple[float, ...], depth: int
) -> None:
    found = _flat(*(value << (depth - 8) for value in yuv), depth=depth)
    assert found.tolist() == pytest.approx(rgb, abs=0.006)


def test_each_way_undoes_the_other_where_chroma_is_flat() -> None:
    torch.manual_seed(0)
    y = torch.rand(2, 1, 32, 48)
    uv = torch.rand(2, 2, 1, 1).expand(2, 2, 16, 24)
    for depth in (8, 10):
        again = to_yuv(to_rgb(y, uv, depth), depth)
        assert (again[0] - y).abs().max() < 1e-6
        assert (again[1] - uv).abs().max() < 1e-6


def _planes(index: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    video = Video("K", 128, 96)
    frame = video.picture(video.fmt, index)
    sizes = {"y": (96, 128), "uv": (48, 64)}
    return tuple(to_tensor(frame, video.fmt, group, size) for group, size in sizes.items())  # type: ignore[return-value,arg-type]


def test_the_round_trip_loses_nothing_of_luma_and_little_of_smooth_chroma() -> None:
    """Measured. Luma comes back to rounding; chroma is softer by its way up and down."""
    y, uv = _planes()
    again_y, again_uv = to_yuv(to_rgb(y, uv))
    assert (again_y - y).abs().max() < 1e-6
    error = (again_uv - uv)[..., 4:-4, 4:-4].numpy()
    psnr = -10 * np.log10(np.mean(error**2))
    assert 35 < psnr < 60
    noise = torch.rand(1, 2, 48, 64)
    _, worst = to_yuv(to_rgb(y, noise))
    assert -10 * np.log10(((worst - noise) ** 2).mean().item()) < 30, "noise does not survive it"


def test_what_is_left_alone_comes_back_to_the_last_bit() -> None:
    y, uv = _planes()
    before = to_rgb(y, uv)
    same_y, same_uv = apply_rgb(y, uv, before, before)
    assert torch.equal(same_y, y)
    assert torch.equal(same_uv, uv)


def test_a_change_comes_back_as_the_plain_conversion_has_it() -> None:
    y, uv = _planes()
    before = to_rgb(y, uv)
    after = before + 0.05 * torch.rand_like(before)
    new_y, new_uv = apply_rgb(y, uv, before, after)
    plain = [to_yuv(picture) for picture in (before, after)]
    assert torch.allclose(new_y - y, plain[1][0] - plain[0][0], atol=1e-6)
    assert torch.allclose(new_uv - uv, plain[1][1] - plain[0][1], atol=1e-6)


def test_it_is_swscales_conversion_but_for_rounding() -> None:
    """An independent reference: FFmpeg's own conversion of the same planes to RGB."""
    import subprocess

    from codecpipe.programs.ffmpeg import find_ffmpeg

    video = Video("K", 128, 96)
    frame = video.picture(video.fmt, 3)
    # Well inside the RGB cube, where nothing is clipped.
    frame = (128 + (frame.astype(int) - 128) // 3).astype(np.uint8)
    command = [
        *(str(find_ffmpeg()), "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p"),
        *("-s", "128x96", "-i", "-", "-vf"),
        "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:in_v_chr_pos=128:in_h_chr_pos=128:"
        "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact",
        *("-f", "rawvideo", "-pix_fmt", "gbrp", "-"),
    ]
    done = subprocess.run(command, input=frame.tobytes(), capture_output=True, check=True)
    g, b, r = np.frombuffer(done.stdout, np.uint8).reshape(3, 96, 128).astype(float)
    y = to_tensor(frame, video.fmt, "y", (96, 128))
    uv = to_tensor(frame, video.fmt, "uv", (48, 64))
    ours = (to_rgb(y, uv)[0] * 255).numpy()
    error = np.abs(ours - np.stack([r, g, b]))[:, 4:-4, 4:-4]
    assert error.max() < 2
    assert error.mean() < 0.6
