"""Runs a server as long as whoever started this holds its standard input open, and no longer: a test that is killed
leaves none behind.

    python guard.py COMMAND...
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys


def main(command: list[str]) -> int:
    """Start it as the leader of a group, wait for its end or for ours, end the whole group."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    print(server.pid, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        select.select([sys.stdin, os.pidfd_open(server.pid)], [], [])
    # Not asked first: Dovecot thinks about that for a second, and nobody needs what would be put away.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    return server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
