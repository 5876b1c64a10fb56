"""Opening a ``.cpv`` file of any version: an ordinary one, or an adaptive one of several parts."""

from pathlib import Path

from codecpipe.adaptive.decoder import AdaptiveDecoder
from codecpipe.adaptive.file import AdaptiveFile
from codecpipe.adaptive.manifest import ADAPTIVE_VERSION
from codecpipe.codec import CodecOf
from codecpipe.cpv import CpvFile
from codecpipe.cpv.archive import Archive
from codecpipe.decoding import Decoder
from codecpipe.programs.process import Limits


def open_cpv(path: str | Path) -> CpvFile | AdaptiveFile:
    """The opened file; `parts` and `manifest` say what is in it, whatever its version.

    Raises:
        InputError: the file cannot be read.
        FileFormatError: it is truncated, altered, of a later version, or not a ``.cpv`` file.
    """
    path = Path(path)
    archive = Archive(path)
    try:
        version = archive.content(ADAPTIVE_VERSION)["version"]
    except BaseException:
        archive.close()
        raise
    if version == ADAPTIVE_VERSION:
        return AdaptiveFile(path, archive)
    return CpvFile(path, archive)


def open_decoder(
    path: Path, codec_of: CodecOf, *, work_dir: Path | None = None, limits: Limits | None = None
) -> Decoder | AdaptiveDecoder:
    """The decoder of a file of any version, for `codecpipe.enhancer.restored`; see `open_cpv`."""
    file = open_cpv(path)
    if isinstance(file, AdaptiveFile):
        return AdaptiveDecoder(file, codec_of, work_dir=work_dir, limits=limits)
    return Decoder(file, codec_of, work_dir=work_dir, limits=limits)
