"""What the tests of ``.cpv`` files share."""

import pytest
from kits.cpv import MANIFEST, STREAMS

from codecpipe.cpv import write_cpv


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a good file."""
    folder = tmp_path_factory.mktemp("good")
    for name, data in STREAMS.items():
        (folder / name).write_bytes(data)
    path = folder / "good.cpv"
    size = write_cpv(path, MANIFEST, {name: folder / name for name in STREAMS})
    assert size == path.stat().st_size
    assert sorted(p.name for p in folder.iterdir()) == ["good.cpv", "hr.hevc", "lr.hevc"]
    return path.read_bytes()


@pytest.fixture
def place(tmp_path):
    """Writes bytes to a file of its own."""

    def put(data):
        path = tmp_path / "test.cpv"
        path.write_bytes(data)
        return path

    return put
