"""In which words the other side has refused messages: the twin and the agent tell the same of one log."""

from __future__ import annotations

from typing import Any

import pytest

from lab.backends import BACKENDS, make_backend
from lab.exchange.queues import Mail
from lab.machine import SimulatedMachine

from .asking import ask
from .rows import Row
from .test_message_outcomes import ids, machine_with_mail

pytestmark = pytest.mark.pwsh


def both(machine: SimulatedMachine, since: str) -> dict[str, Any]:
    """The one answer of both."""
    found = {}
    for name in BACKENDS:
        backend = make_backend(name, machine)
        try:
            answer = ask(backend, Row("", [("Get-SmtpRefusals", {"Since": since}, ["Id", "Words"])], []).request())
        finally:
            backend.close()
        assert (answer.code, answer.stderr) == (0, b"")
        (result,) = answer.reply["results"]
        found[name] = {"output": result["output"], "code": (result["error"] or {}).get("code")}
    assert found["twin"] == found["pwsh"]
    return found["pwsh"]


def test_what_the_other_side_has_refused_for_good() -> None:
    machine = machine_with_mail()
    # Nobody here has this name: Exchange's own refusal, which no other server has said.
    machine.queues.submit(Mail("info@beispiel.de", ("weg@nt4admins.local",)), 1)
    failures = machine.invoke("Get-MessageTrackingLog", {"ResultSize": "Unlimited", "EventId": "FAIL"})
    assert {each["Source"] for each in failures} == {"SMTP", "ROUTING"}
    two = ids(machine)[1]
    (row,) = both(machine, "2026-11-24T20:00:00Z")["output"]
    assert row["Id"] == two and row["Words"].startswith("5")
    assert both(machine, "2036-11-24T20:00:00Z")["output"] == []


def test_a_time_that_is_none_is_refused() -> None:
    assert both(SimulatedMachine({}), "gestern")["code"] == "parameter_unreadable"
