"""The lab's fast backend: Python answers as the agent would.

It takes the same command lines and standard input as a real host and gives the same replies, by its own
reading of docs/wire.md; it never looks at the agent's or the decoder's text beyond their being there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.host.machine import SimulatedMachine
from lab.twin import raw
from lab.twin.agent import Refusal
from lab.twin.exchange import ProcessDied
from lab.twin.request import (
    MAX_DECODER,
    BrokenCall,
    Script,
    UnreadableRequest,
    read_command_line,
    read_request,
    read_stdin,
    write_reply,
)
from lab.twin.steps import Part, Steps
from lab.wsman.backend import DIED, Call

AGENT_VERSION = "0.1.0"


class Twin:
    """Answers the commands of one simulated machine; safe to call from several threads.

    ``ca_file``: whose certificates the host trusts (PEM).
    """

    def __init__(self, machine: SimulatedMachine, ca_file: Path | None = None) -> None:
        self._machine = machine
        self._ca_file = ca_file

    def run(self, call: Call) -> int:
        """Answer one command; see ``lab.wsman.backend.Backend``.

        The exit code is 1 for a call that breaks the wire page.
        """
        try:
            script = read_command_line(call.command_line)
            known = script and raw.answer(script.text, self._machine)
            if known is None and script is not None and _is_decoder(script):
                return self._run_agent(call, script)
        except BrokenCall as broken:
            known = raw.Printed("", f"{broken}\r\n", 1)
        answer = known or raw.refusal(script.text if script else call.command_line)
        call.write_stdout(answer.stdout.encode("utf-8"))
        call.write_stderr(answer.stderr.encode("utf-8"))
        return answer.code

    def close(self) -> None:
        """Nothing was started."""

    def _run_agent(self, call: Call, decoder: Script) -> int:
        if len(decoder.text) > MAX_DECODER:
            raise BrokenCall(f"The decoder has {len(decoder.text)} characters; at most {MAX_DECODER} fit.")
        text = read_stdin(call.stdin())
        try:
            for part in self._parts(text, call):
                if call.cancelled.is_set():
                    return 1
                call.write_stdout(write_reply(self._reply(part)))
        except ProcessDied:
            return DIED
        return 0

    def _parts(self, text: str, call: Call) -> Iterator[Part]:
        try:
            request = read_request(text)
        except UnreadableRequest as unreadable:
            refusal = Refusal("request_unreadable", str(unreadable))
            yield Part([{"id": "request", "status": "failed", "output": [], "error": refusal.as_error(), "ms": 0}])
            return
        yield from Steps(self._machine, request, call.cancelled, self._ca_file).run()

    def _reply(self, part: Part) -> dict[str, Any]:
        reply = {
            "protocol": 1,
            "agent": AGENT_VERSION,
            "powershell": self._machine.powershell,
            "computer": self._machine.computer_name,
            "domain": self._machine.domain_sid,
            "results": part.results,
            "warnings": part.warnings,
        }
        return reply | {"more": True} if part.more else reply


def _is_decoder(script: Script) -> bool:
    """Whether the script unpacks its standard input, behind exactly the wire's command line."""
    lowered = script.text.lower()
    return script.exact and "frombase64string" in lowered and "gzipstream" in lowered
