"""The ``.cpv`` file: all that a receiver gets."""

from codecpipe.cpv.manifest import Manifest
from codecpipe.cpv.reader import CpvFile
from codecpipe.cpv.records import StreamRecord
from codecpipe.cpv.writer import write_cpv

__all__ = ["CpvFile", "Manifest", "StreamRecord", "write_cpv"]
