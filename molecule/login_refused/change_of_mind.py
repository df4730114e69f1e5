"""Waits until the connector logs in with the new mailbox, lets the provider refuse it, and sends until it is gone.

change_of_mind.py LAB_DIRECTORY
"""

import json
import subprocess
import sys
import time

NEW = "smarthost@beispiel.de"
PATIENCE = 60.0  # seconds


def lab(verb: str, *words: str, stdin: str = "") -> str:
    command = [sys.executable, "-m", "lab", verb, "--directory", sys.argv[1], *words]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def login() -> str | None:
    (connector,) = json.loads(lab("dump", "sbs"))["send_connectors"]
    return (connector["AuthenticationCredential"] or {}).get("UserName")


horizon = time.monotonic() + PATIENCE
while login() != NEW:
    if time.monotonic() > horizon:
        sys.exit("the connector never logged in with the new mailbox")
    time.sleep(0.2)
lab("provider", "--change", "-", stdin=json.dumps({"refuse_logins": [NEW]}))
while login() == NEW and time.monotonic() < horizon:
    print(lab("send", "sbs", "--from", NEW, "--to", "kunde@kunde.example"))
    time.sleep(1)
