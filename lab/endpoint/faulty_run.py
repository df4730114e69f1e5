"""Runs one command of the backend with the faults that were ordered for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.endpoint.ordered_faults import FaultOrder
from lab.wsman.backend import Call

Run = Callable[[Call], int]


def run_with_faults(call: Call, orders: list[FaultOrder], run: Run, kill_shell: Callable[[], None]) -> int:
    """Run the command; returns its exit code.

    ``kill_shell`` ends the command's shell. A command that hangs does so until it is cancelled.
    """
    by_kind = {order.kind: order for order in orders}
    stops = [order for order in orders if order.kind in ("kill_shell", "hang", "exit")]
    write = _say_before(call, by_kind)
    for order in stops:
        if order.when != "end":
            return _stop(order, call, kill_shell)
    exit_code = _run_written(replace(call, write_stdout=write), by_kind, run)
    for order in stops:
        return _stop(order, call, kill_shell)
    return exit_code


def _stop(order: FaultOrder, call: Call, kill_shell: Callable[[], None]) -> int:
    if order.kind == "kill_shell":
        kill_shell()
    elif order.kind == "hang":
        call.cancelled.wait()
    return int(order.extra.get("code", 1))


def _say_before(call: Call, by_kind: dict[str, FaultOrder]) -> Callable[[bytes], None]:
    """Write what comes before anything else; the way in which stdout is written."""
    write = call.write_stdout
    if "pieces" in by_kind:
        write = _in_pieces(write, int(by_kind["pieces"].extra["size"]))
    if "garbage" in by_kind:
        write(str(by_kind["garbage"].extra["text"]).encode("utf-8"))
    if "stderr" in by_kind:
        call.write_stderr(str(by_kind["stderr"].extra["text"]).encode("utf-8"))
    return write


def _run_written(call: Call, by_kind: dict[str, FaultOrder], run: Run) -> int:
    """Run with what was ordered for the reply."""
    if "cut_reply" not in by_kind:
        return run(call)
    whole: list[bytes] = []
    exit_code = run(replace(call, write_stdout=whole.append))
    text = b"".join(whole)
    at = by_kind["cut_reply"].extra["at"]
    call.write_stdout(text[: len(text) // 2 if at is None else int(at)])
    return exit_code


def _in_pieces(write: Callable[[bytes], None], size: int) -> Callable[[bytes], None]:
    def write_pieces(data: bytes) -> None:
        for start in range(0, len(data), size):
            write(data[start : start + size])

    return write_pieces
