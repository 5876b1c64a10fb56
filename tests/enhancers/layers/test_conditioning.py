import torch

from enhancers.layers.conditioning import QpModulation


def test_starts_as_the_identity():
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(QpModulation(4)(x, torch.tensor([22.0, 47.0])), x)


def test_is_affine_in_x_and_linear_in_the_qp():
    module, x = QpModulation(3), torch.randn(2, 3, 4, 4)
    torch.nn.init.normal_(module.affine.weight)
    torch.nn.init.normal_(module.affine.bias)
    out = module(x, torch.tensor([27, 42]))
    for picture, q in enumerate((-1.0, 0.5)):
        scale, shift = (module.affine.weight[:, 0] * q + module.affine.bias).chunk(2)
        expected = x[picture] * (1 + scale[:, None, None]) + shift[:, None, None]
        torch.testing.assert_close(out[picture], expected)


def test_disabled_it_has_no_parameters_and_does_nothing():
    module, x = QpModulation(4, enabled=False), torch.randn(1, 4, 5, 5)
    assert module(x, torch.tensor([22.0])) is x
    assert not list(module.parameters())


def test_keeps_the_type_of_the_features():
    x = torch.randn(1, 4, 5, 5, dtype=torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        assert QpModulation(4)(x, torch.tensor([30.0])).dtype == torch.bfloat16
