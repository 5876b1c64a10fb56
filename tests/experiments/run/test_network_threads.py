"""A network on a worker has the threads of its job, not all of the machine's."""

import pytest
import torch

from experiments.run.jobs import network_threads


def test_a_network_has_its_jobs_cores_and_gives_them_back() -> None:
    before = torch.get_num_threads()
    with network_threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
    with pytest.raises(RuntimeError), network_threads(before + 1):
        raise RuntimeError
    assert torch.get_num_threads() == before


def test_without_a_network_nothing_is_touched() -> None:
    before = torch.get_num_threads()
    with network_threads(None):
        assert torch.get_num_threads() == before
