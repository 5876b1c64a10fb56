"""Weights files: what is written is read, and anything else is refused in one sentence."""

import hashlib
import json
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from kits.engine import weights_file

from codecpipe.errors import InputError
from enhancers.weights.file import read_meta, read_weights, weights_sha256, write_weights
from enhancers.weights.meta import WeightsMeta

META = WeightsMeta(
    "tiny",
    {"channels": 16, "without": []},
    {"channels": 16, "planes": 2},
    *("x265", "LDP", "crs", 2, (32, 37)),
    method="crs",
    training={"clips": [{"name": "a", "split": "train"}, {"name": "b", "split": "validation"}]},
    metrics={"y": {"gain_bicubic_qp32": 0.5, "gain_bicubic_qp37": 0.25, "psnr_qp32": 30.0}},
    git_commit="0123",
    date="2026-01-02",
)
TENSORS = {"y.a": torch.arange(6.0).reshape(2, 3), "uv.b": torch.ones(2, dtype=torch.float16)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.safetensors"


def test_what_is_written_is_read(path: Path) -> None:
    sha256 = write_weights(path, TENSORS, META)
    tensors, meta = read_weights(path)
    assert meta == META == read_meta(path)
    assert {name: value.tolist() for name, value in tensors.items()} == {
        name: value.tolist() for name, value in TENSORS.items()
    }
    assert tensors["uv.b"].dtype == torch.float16
    assert sha256 == weights_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (meta.clips, meta.qp_words, meta.without) == (1, "32–37", ())
    assert (meta.gain_db(), meta.gain_db("lanczos")) == (0.375, None)


def test_the_same_content_is_the_same_file(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    turned = dict(reversed(TENSORS.items()))
    assert write_weights(path, TENSORS, META) == write_weights(other, turned, META)


def test_the_header_is_plain_text(path: Path) -> None:
    """As the format is described: other programs read it, too."""
    write_weights(path, TENSORS, META)
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])["__metadata__"]
    assert (header["format"], header["version"], header["scale"]) == ("codecpipe-weights", "1", "2")
    assert json.loads(header["qps"]) == [32, 37]


def test_metadata_are_read_without_torch(path: Path) -> None:
    write_weights(path, TENSORS, META)
    code = (
        "import sys; from pathlib import Path; from enhancers.weights.file import read_meta;"
        f"print(read_meta(Path({str(path)!r})).variant, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["tiny", "False"]


def _foreign(path: Path, metadata: dict[str, str] | None) -> None:
    from safetensors.torch import save_file

    save_file({"y.a": torch.ones(1)}, path, metadata)


def test_what_is_no_weights_file_is_refused(path: Path, tmp_path: Path) -> None:
    weights_file(path)
    whole = path.read_bytes()
    for data in (b"", whole[:7], whole[:2000], whole[:-1], whole[:-1000], b"x" * 5000):
        path.write_bytes(data)
        with pytest.raises(InputError, match="no whole safetensors file"):
            read_meta(path)
    path.write_bytes(pickle.dumps({"y.a": 1}))
    with pytest.raises(InputError, match="no whole safetensors file"):
        read_weights(path)
    with pytest.raises(InputError, match="there are no weights"):
        read_meta(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match="there are no weights"):
        weights_sha256(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match="there are no weights"):
        read_meta(tmp_path)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "holds no codecpipe weights"),
        ({"format": "pt"}, "holds no codecpipe weights"),
        (META.to_text() | {"version": "2"}, "later version"),
        (META.to_text() | {"scale": "two"}, "does not say what its weights are for"),
        (META.to_text() | {"config_y": "[]"}, "does not say what its weights are for"),
        ({k: v for k, v in META.to_text().items() if k != "codec"}, "does not say .*codec"),
    ],
)
def test_foreign_metadata_are_refused(
    path: Path, metadata: dict[str, str] | None, words: str
) -> None:
    _foreign(path, metadata)
    for read in (read_meta, read_weights):
        with pytest.raises(InputError, match=words):
            read(path)


def test_tensors_of_no_network_are_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"'z\.a' belongs to no network"):
        write_weights(path, {"z.a": torch.ones(1)}, META)
    assert not path.exists()
    with pytest.raises(InputError, match="cannot be written"):
        write_weights(path.parent / "none" / "w.safetensors", TENSORS, META)


def test_a_changed_file_has_another_hash(path: Path) -> None:
    first = write_weights(path, TENSORS, META)
    assert weights_sha256(path) == first
    second = write_weights(path, {"y.a": torch.zeros(2, 3)}, META)
    assert weights_sha256(path) == second != first


RGB = WeightsMeta(
    *("tiny", {}, {}, "x265", "AI,LDP", "tds", 2, (32, 37)),
    method="srfr",
    metrics={"rgb": {"gain_bicubic_qp32": 0.5}},
    config_rgb={"planes": 3, "without": ["PSA", "MTA"]},
)


def test_weights_for_rgb_stand_alone(path: Path) -> None:
    write_weights(path, {"rgb.a": torch.ones(2)}, RGB)
    tensors, meta = read_weights(path)
    assert list(tensors) == ["rgb.a"]
    assert meta == RGB == read_meta(path)
    assert (meta.without, list(meta.configs), meta.gain_db()) == (("MTA", "PSA"), ["rgb"], 0.5)
    assert list(META.configs) == ["y", "uv"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"config_y": '{"planes": 1}'}, "config_rgb stands alone"),
        ({"config_rgb": "{}"}, "config_y and config_uv, or config_rgb"),
        ({"config_rgb": "{}", "config_y": '{"planes": 1}'}, "config_y and config_uv"),
    ],
)
def test_networks_are_of_luma_and_chroma_or_of_rgb(
    path: Path, changes: dict[str, str], words: str
) -> None:
    _foreign(path, RGB.to_text() | changes)
    with pytest.raises(InputError, match=words):
        read_meta(path)


def test_one_network_of_two_will_do_where_it_is_asked_for(path: Path) -> None:
    _foreign(path, META.to_text() | {"config_uv": "{}"})
    with pytest.raises(InputError, match="does not say what its weights are for"):
        read_weights(path)
    assert list(read_weights(path, parts=True)[1].configs) == ["y"]
