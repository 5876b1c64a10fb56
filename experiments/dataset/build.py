"""Building a dataset: what is missing is made, and ``dataset.json`` written when all is there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codecpipe.programs.process import Limits
from encoders import get_codec
from experiments.dataset.folder import Paths, dataset_folder, put_json
from experiments.dataset.items import made_of_digest
from experiments.dataset.plan import Plan, PlannedItem, plan
from experiments.dataset.schema import read_dataset_file
from experiments.dataset.workers import Done, Task, run_tasks

VERSION = 1


@dataclass(frozen=True)
class Built:
    """The outcome of a build."""

    made: int
    kept: int
    """Items that were there before."""
    failed: dict[str, str]
    """Messages by label."""


def plan_dataset(dataset_file: Path, root: Path | None = None) -> Plan:
    """The plan of a dataset file; its file names are relative to `root`.

    Raises:
        InputError: see `experiments.dataset.plan.plan`.
    """
    dataset = read_dataset_file(dataset_file)
    return plan(dataset, (root or dataset_file.parent).absolute(), get_codec)


def build(
    planned: Plan,
    out: Path,
    *,
    jobs: int = 1,
    limits: Limits | None = None,
    on_done: Callable[[Done, int, int], None] = lambda *_: None,
) -> Built:
    """Build a planned dataset in the folder `out`, or go on where a build ended.

    `on_done` is told of each finished clip and item, with how many are done and how many there are.
    A clip or item that fails is told of, and the rest goes on; ``dataset.json`` is there after a
    build without failures only.

    Raises:
        InputError: the folder cannot be used.
        ToolError: a worker process died.
    """
    with dataset_folder(out) as paths:
        kept: set[str] = set()
        failed: dict[str, str] = {}
        made, total = 0, len(planned.clips) + len(planned.items)
        if not _is_whole(planned, paths):
            paths.index.unlink(missing_ok=True)

        def follow(task: Task) -> list[PlannedItem]:
            if isinstance(task, PlannedItem):
                return []
            info = paths.clip_info(task.name)
            assert info is not None
            items = planned.of(task)
            there = [item.label for item in items if paths.has_item(item.key(info))]
            kept.update(there)
            return [item for item in items if item.label not in there]

        tasks = run_tasks(planned.clips, follow, paths, jobs, limits or Limits())
        for ended, one in enumerate(tasks, 1):
            if one.failure is not None:
                failed[one.label] = one.failure
            elif isinstance(one.task, PlannedItem):
                made += 1
            on_done(one, ended + len(kept), total)
        if not failed:
            put_json(paths.index, index_of(planned, paths))
    return Built(made, len(kept), failed)


def _is_whole(planned: Plan, paths: Paths) -> bool:
    """Whether ``dataset.json`` is there, and all that this plan would have it name."""
    if not paths.index.is_file():
        return False
    for clip in planned.clips:
        info = paths.clip_info(clip.name)
        if info is None or info["made_of"] != made_of_digest(clip):
            return False
        if not all(paths.has_item(item.key(info)) for item in planned.of(clip)):
            return False
    return True


def index_of(planned: Plan, paths: Paths) -> dict[str, Any]:
    """The content of ``dataset.json``; every clip is in the cache."""
    clips, items = [], []
    for clip in planned.clips:
        info = paths.clip_info(clip.name)
        assert info is not None
        shown = ("sha256", "frames", "width", "height", "fps", "origin")
        clips.append(
            {
                "name": clip.name,
                "split": clip.split,
                "scene": clip.scene,
                "source_bit_depth": info["bit_depth"],
                "source": {"licence": clip.licence, "credit": clip.credit}
                | {key: info[key] for key in shown},
            }
        )
        for item in planned.of(clip):
            key, layout = item.key(info), item.job.layout
            items.append(
                {
                    "clip": clip.name,
                    "codec": item.codec,
                    "codec_version": item.codec_version,
                    "preset": item.job.options.preset,
                    "config": layout.config.value,
                    "layout": layout.name,
                    "scale": int(layout.options.scale),
                    "gop": layout.options.gop,
                    "delta_qp": layout.options.delta_qp,
                    "qp": item.job.qp,
                    "folder": f"decoded/{key}",
                    "cpv": f"cpv/{key}.cpv",
                }
            )
    return {"version": VERSION, "name": planned.name, "clips": clips, "items": items}
