"""Networks are tested on one thread."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Networks here are tiny: threads that wait for each other on a busy machine cost far more."""
    import torch

    torch.set_num_threads(1)
