"""Brings a lab up in the process that asks."""

from __future__ import annotations

import argparse
import signal
import threading

from lab.host.state_files import not_played
from lab.up.background import UpError
from lab.up.lab import Lab, host_names
from lab.up.state_choice import choose_states


def foreground(options: argparse.Namespace) -> int:
    """Run a lab until Ctrl-C, SIGTERM or ``down``; returns the exit code."""
    if options.hosts < 1:
        raise UpError(f"--hosts {options.hosts}: at least one host is needed")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    state, states = choose_states(options.state, options.edition, options.language, options.recipients)
    names = host_names(options.hosts)
    unknown = sorted(set(states) - set(names))
    if unknown:
        raise UpError(f"{options.state}: hosts {', '.join(unknown)} are not in this lab; it has {', '.join(names)}")
    with Lab(
        names,
        options.backend,
        options.directory,
        options.profile,
        state=state,
        states=states,
        port=options.port,
        on_stop=ended.set,
    ) as lab:
        print(
            f"lab: {len(names)} host(s) in {lab.directory.path}, inventory {lab.directory.inventory_file}", flush=True
        )
        for note in not_played(options.state) if options.state else ():
            print(f"lab: not played: {note}", flush=True)
        # Not a bare wait(): signals would only be handled after it on some platforms.
        while not ended.wait(1.0):
            pass
    return 0
