"""Run by the simulated host's programs: asks the lab what this run of one does, and does it.

``python ask_bridge.py OP [ARGUMENT...]``: prints what the lab says and ends with its exit code.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main(words: list[str]) -> int:
    """One question; 1 where the lab has no answer."""
    question = {"op": words[0], "arguments": words[1:], "token": os.environ.get("LAB_BRIDGE_TOKEN")}
    with socket.create_connection(("127.0.0.1", int(os.environ["LAB_BRIDGE_PORT"]))) as connection:
        connection.sendall(json.dumps(question).encode("ascii") + b"\n")
        reply = json.loads(connection.makefile("rb").readline())
    ran = reply.get("answer") or {"exit_code": 1, "stdout": "", "stderr": reply["error"]["message"]}
    sys.stdout.write(ran["stdout"])
    sys.stderr.write(ran["stderr"])
    return int(ran["exit_code"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
