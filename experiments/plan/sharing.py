"""Which streams several files of a sweep have in common, so that each is coded once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from codecpipe.codec import CodecOf
from codecpipe.digest import digest
from codecpipe.streams import stream_key
from experiments.plan.encodes import PlannedEncode
from experiments.plan.sequences import PlannedSequence


@dataclass(frozen=True)
class SharedStream:
    """A stream to code once: one of the jobs that have it, its name there, its key."""

    planned: PlannedEncode
    stream: str
    key: str


def with_shared(encodes: Iterable[PlannedEncode], codec_of: CodecOf) -> tuple[PlannedEncode, ...]:
    """The same encodes, each with the keys of those of its streams that others have too."""
    listed = [(one, source_key(one.sequence), _keys(one, codec_of)) for one in encodes]
    count = Counter((source, key) for _, source, keys in listed for key in keys.values())
    return tuple(
        replace(one, shared=tuple(pair for pair in keys.items() if count[source, pair[1]] > 1))
        for one, source, keys in listed
    )


def streams_of(encodes: Iterable[PlannedEncode]) -> dict[str, SharedStream]:
    """Each shared stream once, by its name in the run."""
    found: dict[str, SharedStream] = {}
    for planned in encodes:
        for name, (stream, key) in zip(shared_names(planned), planned.shared, strict=True):
            found.setdefault(name, SharedStream(planned, stream, key))
    return found


def shared_names(planned: PlannedEncode) -> tuple[str, ...]:
    """The run-wide names of its shared streams, in the order of `PlannedEncode.shared`."""
    source = source_key(planned.sequence)
    return tuple(f"{source}-{key}" for _, key in planned.shared)


def source_key(sequence: PlannedSequence) -> str:
    """A hash that identifies a sequence's samples: name, frames and their hash."""
    # The name, since file names of the streams' command lines may come from it.
    samples = sequence.source.sha256(sequence.frames)
    return digest({"name": sequence.name, "step": sequence.step, "samples_sha256": samples})


def _keys(planned: PlannedEncode, codec_of: CodecOf) -> dict[str, str]:
    codec, job, source = codec_of(planned.codec), planned.job, planned.sequence.source
    return {
        stream.name: stream_key(codec, job, stream=stream, source_fmt=source.fmt, fps=source.fps)
        for stream in job.layout.streams
        if not stream.leads
    }
