import torch
from kits.crs import SMALLEST, woken

from enhancers.crs.man import FrameFeatures, Man


def test_features_are_the_frames_own():
    torch.manual_seed(0)
    extract = woken(FrameFeatures(SMALLEST))
    frames, qp = torch.rand(3, 1, 8, 12), torch.tensor([27.0, 32, 37])
    together = extract(frames, qp)
    assert together.shape == (3, 8, 8, 12)
    for i in range(3):
        torch.testing.assert_close(together[i : i + 1], extract(frames[i : i + 1], qp[i : i + 1]))


def test_each_pictures_window_is_its_own():
    torch.manual_seed(0)
    man = woken(Man(SMALLEST))
    features = [torch.randn(2, 8, 8, 12) for _ in range(3)]
    together = man(features)
    assert together.shape == (2, 8, 8, 12)
    for i in range(2):
        torch.testing.assert_close(together[i : i + 1], man([f[i : i + 1] for f in features]))


def test_all_frames_of_the_window_count():
    torch.manual_seed(0)
    man = woken(Man(SMALLEST))
    features = [torch.randn(1, 8, 8, 12, requires_grad=True) for _ in range(3)]
    man(features).sum().backward()
    assert all(f.grad.abs().sum() > 0 for f in features)


def test_sizes_that_are_not_even_work():
    torch.manual_seed(0)
    assert Man(SMALLEST)([torch.randn(1, 8, 5, 7)] * 3).shape == (1, 8, 5, 7)


def test_starts_as_a_plain_convolution_of_each_frame():
    torch.manual_seed(0)
    man, x = Man(SMALLEST), torch.randn(1, 8, 8, 12)
    aligned = man.align(x, man.pair(torch.randn(1, 8, 8, 12), x))
    plain = torch.nn.functional.conv2d(x, man.align.weight / 2, man.align.bias, padding=1)
    torch.testing.assert_close(aligned, plain)
