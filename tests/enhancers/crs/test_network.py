from dataclasses import replace

import pytest
import torch
from kits.crs import inputs, network, woken

from enhancers.crs.config import VARIANTS
from enhancers.crs.method import METHOD
from enhancers.crs.network import Crs
from enhancers.layers.resize import upsample

PARTS_OUT = [(), ("MAN",), ("TCN",), ("MAN", "TCN")]


@pytest.mark.parametrize("planes", [1, 2])
@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize(("keys", "causal"), [(1, True), (2, False)])
@pytest.mark.parametrize("without", PARTS_OUT)
def test_restores_to_the_size_of_hr_and_starts_at_bicubic(planes, scale, keys, causal, without):
    net = network(planes=planes, scale=scale, keys=keys, causal=causal, without=without)
    given = inputs(net.config, key=(12, 8))
    with torch.no_grad():
        out = net(**given)
    assert torch.equal(out, upsample(given["lr"][:, net.config.current], scale))


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_restore(name):
    net = Crs(METHOD.config(name))
    with torch.no_grad():
        out = net(**inputs(net.config, batch=1))
    assert out.shape == (1, 1, 16, 24)


@pytest.mark.parametrize("without", PARTS_OUT)
@pytest.mark.parametrize("keys", [1, 2])
def test_the_three_steps_give_the_numbers_of_forward(without, keys):
    net = woken(network(without=without, keys=keys, causal=keys == 1))
    given = inputs(net.config, key=(12, 16))
    at = net.config.current
    with torch.no_grad():
        frames = [net.lr_features(given["lr"][:, i], given["qp"][:, i]) for i in range(3)]
        kept = [
            net.key_features(given["keys"][:, i], given["keys_lr"][:, i], given["key_qp"][:, i])
            for i in range(given["keys"].shape[1])
        ]
        out = net.synthesize(frames, given["lr"][:, at], kept, given["qp"][:, at])
        torch.testing.assert_close(net(**given), out)
    assert not torch.allclose(out, upsample(given["lr"][:, at], 2), atol=1e-4)


def test_pictures_of_a_batch_do_not_mix():
    net = woken(network(keys=2))
    given = inputs(net.config)
    with torch.no_grad():
        one = net(**{name: value[1:] for name, value in given.items()})
        torch.testing.assert_close(net(**given)[1:], one)


@pytest.mark.parametrize("without", PARTS_OUT)
@pytest.mark.parametrize("conditioned", [True, False])
def test_gradients_reach_every_parameter_after_two_steps(without, conditioned):
    """At first what is behind a convolution of zeros gets none: the last one, the offsets'."""
    net = network(without=without, qp_conditioning=conditioned)
    given = inputs(net.config)
    target = torch.rand(2, 1, 16, 24)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for step in range(3):
        optimizer.zero_grad()
        (net(**given) - target).square().mean().backward()
        still = {n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()}
        if step == 0:
            assert {"fusion.tail.weight", "fusion.tail.bias"}.isdisjoint(still)
        if step == 1:
            assert all(name.startswith("man.pair.") for name in still)
        optimizer.step()
    assert not still


@pytest.mark.parametrize("without", PARTS_OUT)
def test_parts_left_out_leave_their_parameters_out(without):
    names = {name.split(".")[0] for name in network(without=without).state_dict()}
    parts = {part.lower() for part in ("MAN", "TCN") if part not in without}
    assert names == {"features", "fusion"} | parts


def test_without_man_only_the_current_frame_counts():
    net = woken(network(without=("MAN",)))
    given = inputs(net.config)
    changed = {**given, "lr": given["lr"].clone()}
    changed["lr"][:, :2] = 0.5
    with torch.no_grad():
        assert torch.equal(net(**given), net(**changed))


def test_without_tcn_keys_are_ignored():
    net = woken(network(without=("TCN",)))
    given = inputs(net.config)
    with_keys = {
        **given,
        "keys": torch.rand(2, 1, 1, 16, 24),
        "keys_lr": torch.rand(2, 1, 1, 8, 12),
        "key_qp": torch.full((2, 1), 32.0),
    }
    with torch.no_grad():
        assert torch.equal(net(**given), net(**with_keys))


def test_a_conditioned_network_starts_as_the_unconditioned_one():
    plain = network(qp_conditioning=False)
    torch.nn.init.normal_(plain.fusion.tail.weight, std=0.1)
    conditioned = network(seed=1)
    missing, unexpected = conditioned.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert missing
    assert all(".qp.affine." in name for name in missing)
    given = inputs(plain.config)
    with torch.no_grad():
        assert torch.equal(plain(**given), conditioned(**given))


@pytest.mark.parametrize("argument", ["qp", "key_qp"])
def test_qps_count_where_the_network_is_conditioned(argument):
    for conditioned in (True, False):
        net = woken(network(qp_conditioning=conditioned))
        torch.nn.init.normal_(net.fusion.tail.weight, std=0.1)
        given = inputs(net.config)
        changed = {**given, argument: given[argument] + 5}
        with torch.no_grad():
            assert torch.equal(net(**given), net(**changed)) != conditioned


def test_each_frame_has_its_own_qp():
    net = woken(network())
    given = inputs(net.config)
    first = {**given, "qp": given["qp"].clone()}
    first["qp"][:, 0] += 5  # the current frame is the last
    with torch.no_grad():
        assert not torch.equal(net(**given), net(**first))


@pytest.mark.parametrize("keys", [1, 2])
def test_forward_and_backward_run_in_bfloat16(keys):
    net = woken(network(keys=keys))
    given = inputs(net.config)
    exact = net(**given)
    with torch.autocast("cpu", torch.bfloat16):
        out = net(**given)
    assert out.dtype == torch.float32  # the bicubic picture is in float32
    base = upsample(given["lr"][:, 2], 2)
    residual = (exact - base).std()
    assert (out - exact).std() < 0.3 * residual  # a few patches match elsewhere
    out.square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_results_are_not_clamped():
    net = network()
    torch.nn.init.constant_(net.fusion.tail.bias, 2)
    with torch.no_grad():
        assert net(**inputs(net.config)).min() > 1


def test_what_does_not_fit_is_refused():
    net = network()
    given = inputs(net.config)
    with pytest.raises(ValueError, match="2 LR frames where the window has 3"):
        net(**{**given, "lr": given["lr"][:, :2], "qp": given["qp"][:, :2]})
    with pytest.raises(ValueError, match="0 keys where the network has 1"):
        net(**{**given, **{k: given[k][:, :0] for k in ("keys", "keys_lr", "key_qp")}})
    with pytest.raises(ValueError, match="multiples of 4"):
        net(**inputs(net.config, lr=(8, 10), key=(8, 8)))
    with pytest.raises(ValueError, match="multiples of 8"):
        net(**inputs(net.config, key=(6, 8)))
    with pytest.raises(ValueError, match="2 times as large"):
        net(**{**given, "keys_lr": given["keys_lr"][..., :4]})
    with pytest.raises(ValueError, match="without TCN"):
        out = network(without=("TCN",))
        out.key_features(given["keys"][:, 0], given["keys_lr"][:, 0], given["key_qp"][:, 0])


def test_matching_is_no_part_of_the_weights():
    exact = network()
    coarse = Crs(replace(exact.config, matching="coarse"))
    coarse.load_state_dict(exact.state_dict())
    with torch.no_grad():
        assert coarse(**inputs(exact.config)).shape == (2, 1, 16, 24)
