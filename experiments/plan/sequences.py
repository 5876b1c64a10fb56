"""The sequences of an experiment: files, sequences of a catalogue, whole classes of one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codecpipe.errors import InputError
from codecpipe.video.catalogue import Catalogue, SequenceInfo, load_builtin, load_catalogue, verify
from codecpipe.video.chroma import as_420
from codecpipe.video.filename import Geometry
from codecpipe.video.source import Source, open_source, subsampled_count
from experiments.spec.experiment import Experiment
from experiments.spec.parts import SequencePart


@dataclass(frozen=True)
class PlannedSequence:
    """An opened source under its name in tables, with the number of frames to code."""

    name: str
    class_name: str
    source: Source
    frames: int
    step: int = 1
    """Every `step`-th frame of the file is coded."""
    catalogue: str = ""
    """The catalogue that the experiment takes it from, "" for a file."""


@dataclass(frozen=True)
class _Wanted:
    """One sequence that is asked for."""

    part: SequencePart
    info: SequenceInfo | None = None
    """Its entry in a catalogue, where it comes from one."""
    name: str | None = None


def open_sequences(experiment: Experiment, folder: Path) -> tuple[PlannedSequence, ...]:
    """Open all sequences of an experiment, classes of a catalogue in the catalogue's order.

    Paths in the experiment are relative to `folder`.

    Raises:
        InputError: one is not found, not readable, or shorter than asked for; two have one name.
    """
    catalogue = load_builtin()
    if experiment.catalogue:
        catalogue = catalogue.merged(load_catalogue(folder / experiment.catalogue))
    wanted = [one for part in experiment.sequences for one in _expand(part, catalogue)]
    paths = _locate(wanted, experiment, folder)
    opened = tuple(
        _open(one, path, experiment, catalogue) for one, path in zip(wanted, paths, strict=True)
    )
    for name, count in Counter(sequence.name for sequence in opened).items():
        if count > 1:
            raise InputError(f"two sequences have one name, '{name}': give them a 'name' each")
    return opened


def _expand(part: SequencePart, catalogue: Catalogue) -> Iterator[_Wanted]:
    if part.file is not None:
        yield _Wanted(part)
    elif part.sequence is not None:
        info = catalogue.find(part.sequence)
        if info is None:
            raise InputError(
                f"no catalogue has a sequence '{part.sequence}': see 'codecpipe sequences list'"
            )
        yield _Wanted(part, info)
    else:
        yield from _of_classes(part, catalogue)


def _of_classes(part: SequencePart, catalogue: Catalogue) -> Iterator[_Wanted]:
    known = {info.catalogue: None for info in catalogue}
    if part.of not in known:
        raise InputError(f"there is no catalogue '{part.of}': choose one of {', '.join(known)}")
    infos = [info for info in catalogue if info.catalogue == part.of]
    classes = {info.class_name: None for info in infos}
    for name in part.classes or ():
        if name not in classes:
            raise InputError(
                f"'{part.of}' has no class '{name}': choose among {', '.join(classes)}"
            )
    for info in infos:
        if info.class_name in (part.classes or ()):
            # Whatever else the experiment has: a name that changed would be another point's.
            twice = sum(other.name == info.name for other in infos) > 1
            name = f"{info.name} ({info.class_name})" if twice else info.name
            yield _Wanted(part, info, name)


def _locate(wanted: list[_Wanted], experiment: Experiment, folder: Path) -> list[Path]:
    infos = [one.info for one in wanted if one.info]
    if infos and experiment.root is None:
        raise InputError(
            f"'{infos[0].qualified_name}' comes from a catalogue:"
            " say where its file is with --root, or with 'root' in the experiment file"
        )
    root = folder / (experiment.root or "")
    # All at once: the folders under the root are walked through for each call.
    found = verify(Catalogue((tuple(infos),)), root) if infos else []
    missing = [row.sequence for row in found if row.path is None]
    if missing:
        more = f" (and {len(missing) - 1} more are not)" if len(missing) > 1 else ""
        raise InputError(
            f"'{missing[0].file}' of class {missing[0].class_name} is not under '{root}'{more}:"
            " correct the root, or give --classes with those that are there"
        )
    paths = iter([row.path for row in found if row.path is not None])
    return [next(paths) if one.info else folder / str(one.part.file) for one in wanted]


def _open(
    wanted: _Wanted, path: Path, experiment: Experiment, catalogue: Catalogue
) -> PlannedSequence:
    part, info = wanted.part, wanted.info
    width, height = (int(side) for side in part.size.split("x")) if part.size else (None, None)
    geometry = Geometry(width=width, height=height, fps=part.fps, bit_depth=part.bit_depth)
    class_name = part.class_name
    frames = part.frames or (info.frames if info else None)
    if part.classes and info:
        geometry = Geometry(info.width, info.height, info.fps, info.bit_depth, info.chroma)
        class_name, frames = info.class_name, min(info.frames, part.frames or info.frames)
    source = as_420(open_source(path, geometry, catalogue=catalogue))
    count = frames or len(source)
    if experiment.frames:
        count = min(count, experiment.frames)
    if count > len(source):
        raise InputError(f"'{path}' has {len(source)} frames and {count} are asked for: give fewer")
    step = experiment.temporal_subsample
    return PlannedSequence(
        name=part.name or wanted.name or source.name,
        class_name=class_name or source.class_name,
        source=source.subsampled(step),
        frames=subsampled_count(count, step),
        step=step,
        catalogue=info.catalogue if info else "",
    )
