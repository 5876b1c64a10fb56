import pytest
import torch
from kits.srfr import KINDS, inputs, network, woken

from enhancers.srfr.config import VARIANTS
from enhancers.srfr.method import METHOD
from enhancers.srfr.network import Srfr


@pytest.mark.parametrize(("planes", "shuffle"), [(1, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_untrained_network_gives_the_picture_back(planes, shuffle, kind):
    net = network(planes=planes, shuffle=shuffle, **kind)
    pictures, qp = inputs(net.config)
    with torch.no_grad():
        assert torch.equal(net(pictures, qp), pictures[:, 1])
        assert not torch.equal(woken(net)(pictures, qp), pictures[:, 1])


@pytest.mark.parametrize("name", ["small", "tiny"])
def test_variants_restore(name):
    net = Srfr(METHOD.config(name))
    with torch.no_grad():
        assert net(*inputs(net.config, batch=1)).shape == (1, 1, 16, 24)


@pytest.mark.parametrize("kind", [*KINDS, {"qp_conditioning": False, "shuffle": 2}], ids=str)
def test_gradients_reach_every_parameter_after_two_steps(kind):
    """At first what is behind a convolution of zeros gets none: the last one, the offsets'."""
    net = network(**kind)
    pictures, qp = inputs(net.config)
    target = torch.rand_like(pictures[:, 1])
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(3):
        optimizer.zero_grad()
        (net(pictures, qp) - target).square().mean().backward()
        still = {n for n, p in net.named_parameters() if p.grad is None or not p.grad.any()}
        optimizer.step()
    assert not still


def test_parts_have_their_parameters_to_be_frozen_by():
    names = {name for name, _ in network().named_children()}
    assert names == {"features", "align", "fusion", "reconstruct"}


def test_the_next_stage_takes_over_what_is_the_same_and_nothing_by_accident():
    """Stage one of the paper's training is without MTA and IQEM."""
    options = {"iqem_channels": 8}  # shapes that could be mistaken for those of EDVR's
    first = network(without=("IQEM", "MTA"), **options).state_dict()
    second = network(**options).state_dict()
    shared = {n for n, v in first.items() if n in second and second[n].shape == v.shape}
    assert {name.split(".")[0] for name in shared} == {"features", "align", "fusion"}
    assert {name for name in shared if name.startswith("fusion")} == {
        name for name in first if name.startswith("fusion.space.")
    }
    assert {n for n in first if n.startswith(("features.", "align."))} <= shared


@pytest.mark.parametrize("kind", [{}, {"fusion": "tsa"}], ids=str)
def test_pictures_of_a_batch_do_not_mix(kind):
    net = woken(network(**kind))
    pictures, qp = inputs(net.config)
    with torch.no_grad():
        torch.testing.assert_close(net(pictures, qp)[1:], net(pictures[1:], qp[1:]))


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("kind", [{}, {"without": ("MTA",)}, {"fusion": "tsa"}], ids=str)
def test_each_picture_counts(at, kind):
    net = woken(network(**kind))
    pictures, qp = inputs(net.config)
    other = pictures.clone()
    other[:, at] = 1 - other[:, at]
    with torch.no_grad():
        # Not by what the picture itself adds.
        restored = net(pictures, qp) - pictures[:, 1]
        assert not torch.allclose(net(other, qp) - other[:, 1], restored, atol=1e-4)


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("conditioned", [True, False])
def test_each_picture_has_its_own_qp(at, conditioned):
    net = woken(network(qp_conditioning=conditioned))
    pictures, qp = inputs(net.config)
    other = qp.clone()
    other[:, at] += 5
    with torch.no_grad():
        assert torch.equal(net(pictures, qp), net(pictures, other)) != conditioned


@pytest.mark.parametrize("kind", [{}, {"fusion": "tsa"}, {"without": ("MTA", "IQEM")}], ids=str)
def test_forward_and_backward_run_in_bfloat16(kind):
    net = woken(network(**kind))
    pictures, qp = inputs(net.config)
    exact = net(pictures, qp)
    with torch.autocast("cpu", torch.bfloat16):
        out = net(pictures, qp)
    assert out.dtype == torch.float32  # the picture itself is
    assert (out - exact).std() < 0.1 * (exact - pictures[:, 1]).std()
    out.square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("kind", [{}, {"fusion": "tsa"}], ids=str)
def test_channels_last_gives_the_same(kind):
    """As networks run on GPUs."""
    net = woken(network(**kind))
    pictures, qp = inputs(net.config)
    with torch.no_grad():
        due = net(pictures, qp)
        net.to(memory_format=torch.channels_last)
        torch.testing.assert_close(net(pictures, qp), due)


def test_results_are_not_clamped():
    net = network()
    torch.nn.init.constant_(net.reconstruct.last.bias, 2)
    with torch.no_grad():
        assert net(*inputs(net.config)).min() > 1


def test_signals_keep_their_size_through_the_network():
    """Variances at the start, where all is random: none vanishes or explodes."""
    torch.manual_seed(0)
    net = Srfr(VARIANTS["small"])
    pictures, qp = inputs(net.config, batch=1, size=(32, 32))
    sizes = {}

    def record(name):
        def hook(module, given, out):
            sizes[name] = out[0].std().item()

        return hook

    for name in ("features", "align", "fusion"):
        getattr(net, name).register_forward_hook(record(name))
    net.reconstruct.layers.register_forward_hook(record("layers"))
    with torch.no_grad():
        net(pictures, qp)
    assert all(0.02 < size < 3 for size in sizes.values()), sizes


def test_what_does_not_fit_is_refused():
    net = network(shuffle=2)
    pictures, qp = inputs(net.config)
    with pytest.raises(ValueError, match="need \\[B, 3, 1, H, W\\]"):
        net(pictures[:, :2], qp[:, :2])
    with pytest.raises(ValueError, match="need \\[B, 3, 1, H, W\\]"):
        net(pictures.expand(-1, -1, 3, -1, -1), qp)
    with pytest.raises(ValueError, match="multiples of 8"):
        net(pictures[..., :12], qp)
    with pytest.raises(ValueError, match="one of each"):
        net(pictures, qp[:, 0])
