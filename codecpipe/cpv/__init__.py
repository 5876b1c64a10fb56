"""The ``.cpv`` file: all that a receiver gets."""

from codecpipe.cpv.manifest import Manifest, StreamRecord
from codecpipe.cpv.reader import CpvFile
from codecpipe.cpv.writer import write_cpv

__all__ = ["CpvFile", "Manifest", "StreamRecord", "write_cpv"]
