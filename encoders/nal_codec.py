"""Codecs inside FFmpeg that write NAL units: AVC, HEVC and VVC."""

from pathlib import Path
from typing import ClassVar

from codecpipe.codec import CodedPicture
from encoders.ffmpeg_codec import FFmpegCodec
from encoders.nal_pictures import Syntax, nal_pictures
from encoders.parameter_sets import drop_repeated


class NalCodec(FFmpegCodec):
    """A codec whose streams are NAL units, so that its standard's syntax describes them."""

    syntax: ClassVar[Syntax]
    """The standard's."""

    def tidy(self, stream: Path) -> None:
        """Leave each parameter set in the stream once."""
        drop_repeated(stream, self.syntax)

    def pictures(self, stream: Path) -> tuple[CodedPicture, ...]:
        """The pictures of a stream in coding order, by their slice headers."""
        return nal_pictures(stream, self.syntax)
