"""Which items of datasets are used, and which datasets are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from kits.training import fake_dataset, kind_of, plan

from codecpipe.errors import InputError
from enhancers.training.cache import open_datasets
from enhancers.training.plan import Planes
from enhancers.training.selection import select


def test_items_of_several_datasets(tmp_path: Path) -> None:
    one = fake_dataset(tmp_path / "a")
    other = fake_dataset(tmp_path / "b", clips=(("three", "train", "wood"),), qps=(37,))
    found = select(open_datasets([one, other]), plan())
    assert [item.qp for item in found.training] == [32, 42, 37]
    assert {item.clip.name for item in found.validation} == {"two"}
    assert found.qps == (32, 37, 42)
    assert not found.is_bidirectional


def test_arrays_have_planes(tmp_path: Path) -> None:
    item = open_datasets([fake_dataset(tmp_path)])[0]
    assert item.lr(Planes.Y).shape == (7, 1, 32, 48)
    assert item.keys(Planes.UV).shape == (2, 2, 32, 48)
    assert item.source(Planes.Y).shape == (7, 1, 64, 96)
    assert isinstance(item.source(Planes.Y).base, np.memmap)
    assert item.lr_frames == (1, 2, 3, 5, 6)
    assert item.lr_size == (32, 48)


def test_filters(tmp_path: Path) -> None:
    items = open_datasets([fake_dataset(tmp_path)])
    assert {item.qp for item in select(items, plan(qps=[42])).all_items} == {42}
    for changes, said in (
        ({"qps": [42, 47]}, "nothing of 'qps' 47: choose among 32, 42"),
        ({"codecs": ["vvenc"]}, "nothing of 'codecs' vvenc: choose among x265"),
        ({"configs": ["RA"]}, "nothing of 'configs' RA: choose among LDP"),
        ({"validation": {"clips": ["one"]}}, "no held-out clip"),
    ):
        with pytest.raises(InputError, match=said):
            select(items, plan(**changes))


def test_a_scene_in_two_splits_is_refused(tmp_path: Path) -> None:
    """Also where the clips are of different datasets."""
    one = fake_dataset(tmp_path / "a")
    other = fake_dataset(tmp_path / "b", clips=(("three", "validation", "street"),))
    with pytest.raises(InputError, match=r"'one' .train. and 'three' .validation. show the same"):
        open_datasets([one, other])


def test_nothing_held_out_is_refused(tmp_path: Path) -> None:
    items = open_datasets([fake_dataset(tmp_path, clips=(("one", "train", "street"),))])
    with pytest.raises(InputError, match="split 'validation'"):
        select(items, plan())


def test_one_and_two_keys_are_not_mixed(tmp_path: Path) -> None:
    low = fake_dataset(tmp_path / "a")
    both = fake_dataset(tmp_path / "b", config="RA", clips=(("three", "train", "wood"),))
    items = open_datasets([low, both])
    with pytest.raises(InputError, match="choose with 'configs'"):
        kind_of(plan()).check(plan(), select(items, plan()))
    assert len(select(items, plan(configs=["LDP"])).all_items) == 4


def test_damaged_datasets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dataset build"):
        open_datasets([tmp_path])
    folder = fake_dataset(tmp_path / "a")
    index = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps({**index, "version": 2}))
    with pytest.raises(InputError, match="version 2"):
        open_datasets([folder])
    (folder / "dataset.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        open_datasets([folder])
    (folder / "dataset.json").write_text(json.dumps(index))
    (folder / "decoded" / "one32" / "lr_y.npy").unlink()
    with pytest.raises(InputError, match="missing or damaged"):
        _ = open_datasets([folder])[0].lr_size
