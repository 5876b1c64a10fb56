"""The clips and jobs of the pipeline's tests are used here, too."""

import sys
from pathlib import Path

import pytest

for folder in (Path(__file__).parents[1] / "encoders", Path(__file__).parent / "engine"):
    sys.path.insert(0, str(folder))


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Networks here are tiny: threads that wait for each other on a busy machine cost far more."""
    import torch

    torch.set_num_threads(1)
