"""The small run that the tests of ``codecpipe rd`` share."""

import shutil

import pytest
from kits.commands import succeeds
from kits.small_run import CLIP, EXPERIMENT, FRAMES


@pytest.fixture(scope="session")
def small_run(moving_clip, tmp_path_factory):
    """A folder with the experiment and ``quiet``, an undisturbed run of it."""
    folder = tmp_path_factory.mktemp("rd") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, FRAMES), folder / CLIP)
    (folder / "exp.yaml").write_text(EXPERIMENT)
    out = succeeds("rd", "exp.yaml", "-o", "quiet", cwd=folder)
    assert out.endswith("report: quiet/report.html\n")
    return folder
