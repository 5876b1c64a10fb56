"""Programs that end when we do, also when we are killed.

A program that is fed through a pipe notices our end; one that works on files for hours does not.
"""

import os
import sys

# PR_SET_PDEATHSIG outlives exec. The parent may be gone before it is set.
_LAUNCH = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9);"
    " os.getppid() == int(sys.argv[1]) or os._exit(137); os.execv(sys.argv[2], sys.argv[2:])"
)


def leashed(command: list[str]) -> list[str]:
    """The command line that starts ``command`` (its program by its full path) on a leash.

    It holds for the thread that starts it: that must wait for the program's end (prctl(2)).
    """
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command]
