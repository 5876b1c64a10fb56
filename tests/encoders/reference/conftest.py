"""Stand-ins for the programs of HM and VTM."""

import os
from pathlib import Path

import pytest
from kits.reference import NAMES, VARIABLE, StandIn, stand_in


@pytest.fixture
def software(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, StandIn]:
    """Stand-ins in folders that the variables name, and an empty folder ``work``."""
    monkeypatch.setenv("PATH", os.defpath)
    for name in NAMES:
        monkeypatch.setenv(VARIABLE[name], str(tmp_path / name))
    (tmp_path / "work").mkdir()
    return {name: stand_in(tmp_path / name, name) for name in NAMES}
