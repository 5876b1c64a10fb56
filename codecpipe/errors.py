"""Errors that a user can meet. Each message is one sentence that says what to do."""


class CodecpipeError(Exception):
    """Base of all errors that the command line shows as one sentence with exit status 1."""


class InputError(CodecpipeError, ValueError):
    """A file, an option or a value that the user gave cannot be used as it is.

    It is a `ValueError` so that pydantic names the entry that a validator refused with it.
    """


class FileFormatError(CodecpipeError):
    """A ``.cpv`` file is truncated, altered, of a later version, or not one at all."""


class ToolError(CodecpipeError):
    """An external program is missing, crashed, stalled, timed out or printed the unexpected."""


class NotInstalledError(ToolError):
    """A program is missing that codecpipe can do without."""


class MismatchError(CodecpipeError):
    """Decoded pictures differ from those that the encoder reconstructed."""
