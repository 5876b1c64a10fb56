#!/usr/bin/env bash
# Importing dask-jobqueue takes Ctrl-C away from the program.
#
# Version: dask-jobqueue 0.9.0, distributed 2026.8.0.
#
# The import alone, without a cluster, puts a handler for SIGINT in the place of the program's own.
# KeyboardInterrupt is no longer raised: Python runs the exit handlers by way of SystemExit.
#
# Seen: before default_int_handler, after dask_jobqueue; Ctrl-C before KeyboardInterrupt, after
# SystemExit
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
packages dask-jobqueue==0.9.0 distributed==2026.8.0

cat >signals.py <<'PY'
import signal


def interrupted():
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException as error:
        return type(error).__name__
    return "nothing"


def handler():
    found = signal.getsignal(signal.SIGINT)
    return found.__module__.partition(".")[0] if found.__module__ else found.__name__


print(handler(), interrupted())
import dask_jobqueue  # noqa: E402, F401
print(handler(), interrupted())
PY
python signals.py | tee seen
check before "_signal KeyboardInterrupt" "$(sed -n 1p seen)"
check after "dask_jobqueue SystemExit" "$(sed -n 2p seen)"
