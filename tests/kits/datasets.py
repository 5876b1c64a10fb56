"""Dataset files, and the arrays of a dataset."""

import numpy as np
import yaml


def put_file(folder, clips, **more):
    """The file of a small dataset of these clips."""
    content = {
        "name": "small",
        "clips": clips,
        "codecs": [{"codec": "x265", "preset": "ultrafast"}],
        "layout": {"layout": "crs", "gop": 4},
        "qps": [32, 42],
    }
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump(content | more))
    return path


def clip(path, name, split="train", **more):
    """A clip's entry in a dataset file."""
    return {"file": str(path), "name": name, "split": split, "licence": "CC0", **more}


def arrays(folder):
    """The arrays in a folder by their names."""
    return {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}
