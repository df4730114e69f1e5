"""Writes how long each task took on each host, as JSON lines, to the file that TASK_TIMES names."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_times
type: aggregate
short_description: Writes how long each task took
description: For the benchmarks alone.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """From the start of a task on a host to its result, seconds."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_times"

    def __init__(self) -> None:
        super().__init__()
        self._started: dict[tuple[str, str], float] = {}

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._started[host.name, task._uuid] = time.perf_counter()

    def _ended(self, result: Any, outcome: str) -> None:
        host, task = result._host.name, result._task
        line = {
            "host": host,
            "task": task.get_name(),
            "outcome": outcome,
            "seconds": time.perf_counter() - self._started[host, task._uuid],
        }
        with open(os.environ["TASK_TIMES"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._ended(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._ended(result, "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._ended(result, "unreachable")
