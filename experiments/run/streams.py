"""The streams of a run that several of its files have in common, in the run folder."""

import json
import shutil
import uuid
from dataclasses import astuple, dataclass
from pathlib import Path

from codecpipe.codec import CodedPicture
from codecpipe.programs.process import ToolRun
from codecpipe.streams import StoredStream
from experiments.plan.encodes import PlannedEncode
from experiments.plan.sharing import source_key
from experiments.run.store import read_json, write_atomically


@dataclass(frozen=True)
class RunStreams:
    """A `codecpipe.streams.StreamStore` in a folder, for the streams of ``keys`` only.

    Each is a file ``KEY.stream`` and what is known of it, ``KEY.json``, which is written last.
    """

    folder: Path
    keys: frozenset[str]

    def get(self, key: str) -> StoredStream | None:
        """The stream of that key, None where there is none."""
        if key not in self.keys:
            return None
        path = self.folder / f"{key}.stream"
        content = read_json(self.folder / f"{key}.json")
        if content is None or not path.is_file() or path.stat().st_size != content["bytes"]:
            return None
        return StoredStream(
            path=path,
            run=ToolRun(
                command=tuple(content["command"]),
                wall_s=content["wall_s"],
                cpu_s=content["cpu_s"],
                stderr=content["said"],
            ),
            pictures=tuple(CodedPicture(*picture) for picture in content["pictures"]),
            md5=tuple(content["md5"]),
        )

    def has(self, key: str) -> bool:
        """Whether a stream of that key is kept."""
        return all((self.folder / f"{key}.{end}").is_file() for end in ("json", "stream"))

    def put(self, key: str, stream: StoredStream) -> None:
        """Keep a copy of a stream that is one of ``keys``, whole or not at all."""
        if key not in self.keys:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{key}.{uuid.uuid4().hex[:8]}.part"
        try:
            shutil.copyfile(stream.path, part)
            content = {
                "bytes": part.stat().st_size,
                "command": stream.run.command,
                "wall_s": stream.run.wall_s,
                "cpu_s": stream.run.cpu_s,
                "said": stream.run.stderr,
                "pictures": [astuple(picture) for picture in stream.pictures],
                "md5": stream.md5,
            }
            part.replace(self.folder / f"{key}.stream")
        finally:
            part.unlink(missing_ok=True)
        write_atomically(self.folder / f"{key}.json", json.dumps(content))


def store_of(planned: PlannedEncode, folder: Path) -> RunStreams:
    """The store of a job's shared streams under `folder`."""
    keys = frozenset(key for _, key in planned.shared)
    return RunStreams(folder / source_key(planned.sequence), keys)
