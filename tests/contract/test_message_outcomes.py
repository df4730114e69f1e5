"""What became of messages: the twin in Python, the agent in a real PowerShell, of the same message tracking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from lab.backends import BACKENDS, make_backend
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.machine import SimulatedMachine

from .asking import ask
from .rows import Row
from .test_measure_queue import CLOCK, PROVIDER, SmartHost

pytestmark = pytest.mark.pwsh

SELECT = ["Id", "Sent", "Failed", "Recipients"]


def machine_with_mail() -> SimulatedMachine:
    """One message that left, one that left for one and failed for another recipient, one that waits."""
    machine = SimulatedMachine({"send_connectors": [PROVIDER], "clock": CLOCK, "tracking": [OTHER]})
    host = SmartHost()
    machine.road = lambda: host
    engine = machine.queues
    for recipients in (("ok@example.com",), ("ok@example.com", "weg@example.com"), ("voll@example.com",)):
        engine.submit(Mail("info@beispiel.de", recipients), 1)
    engine.knobs.seconds_per_message = 0
    for _ in run([engine], lambda moment: None, machine.clock.now()):
        pass
    return machine


OTHER = {"MessageId": "<other@sbs>", "ConnectorId": "Anderer", "Recipients": ["a@example.com"], "Timestamp": CLOCK}


def ids(machine: SimulatedMachine) -> list[str]:
    """The ids of the messages that were submitted, in their order."""
    events = machine.invoke("Get-MessageTrackingLog", {"ResultSize": "Unlimited", "EventId": "RECEIVE"})
    return [str(each["MessageId"]) for each in events]


def reports(machine: SimulatedMachine) -> list[str]:
    """The ids of the server's own messages to senders."""
    events = machine.invoke("Get-MessageTrackingLog", {"ResultSize": "Unlimited", "EventId": "DSN"})
    return [str(each["MessageId"]) for each in events]


def asked(machine: SimulatedMachine, name: str, **parameters: Any) -> dict[str, Any]:
    backend = make_backend(name, machine)
    try:
        answer = ask(backend, Row("", [("Get-MessageOutcomes", parameters, SELECT)], []).request())
        assert (answer.code, answer.stderr) == (0, b"")
        (result,) = answer.reply["results"]
        return {"status": result["status"], "output": result["output"], "code": (result["error"] or {}).get("code")}
    finally:
        backend.close()


def both(machine: SimulatedMachine, **parameters: Any) -> dict[str, Any]:
    """The one answer of both."""
    found = {name: asked(machine, name, **parameters) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    return found["pwsh"]


def test_what_the_log_has_of_each() -> None:
    machine = machine_with_mail()
    one, two, three = ids(machine)
    found = both(machine, Since="2026-11-24T20:00:00Z", Ids=[two, "<nobody@sbs>", one, three], Connector="PROVIDER")
    assert found["output"] == [
        {"Id": two, "Sent": 1, "Failed": 1, "Recipients": ["weg@example.com"]},
        {"Id": one, "Sent": 1, "Failed": 0, "Recipients": []},
    ]


def test_a_report_is_no_outcome_of_the_mail_that_it_is_about() -> None:
    """Neither its own id nor that of mail that is merely late tells anything; that of failed mail tells no more."""
    machine = machine_with_mail()
    _, two, three = ids(machine)
    machine.change({"transport_servers": [{"Name": "SBS", "DelayNotificationTimeout": "00:00:01"}]})
    machine.queues.submit(Mail("info@beispiel.de", ("voll@example.com",)), 1)
    late = datetime.fromisoformat(CLOCK) + timedelta(seconds=2)
    for _ in run([machine.queues], lambda moment: machine.change({"clock": moment.isoformat()}), late):
        pass
    bounced, delayed = reports(machine)
    assert [delay.message_id for delay in machine.queues.ledger.delays] == [ids(machine)[3]]
    found = both(machine, Since="2026-11-24T20:00:00Z", Ids=[bounced, delayed, three, ids(machine)[3], two])
    assert found["output"] == [{"Id": two, "Sent": 1, "Failed": 1, "Recipients": ["weg@example.com"]}]


def test_what_was_delivered_on_the_server_itself_has_not_left() -> None:
    """Of a group's members, of a user, of nobody and of one outside: one left, one failed."""
    group = {"Name": "alle", "RecipientTypeDetails": "MailUniversalDistributionGroup", "Members": ["anna", "ok"]}
    contact = {"Name": "ok", "RecipientTypeDetails": "MailContact", "ExternalEmailAddress": "ok@example.com"}
    state = {"send_connectors": [PROVIDER], "clock": CLOCK, "recipients": [group, contact, {"Name": "anna"}]}
    machine = SimulatedMachine(state)
    host = SmartHost()
    machine.road = lambda: host
    names = ("alle@nt4admins.local", "weg@nt4admins.local")
    machine.queues.submit(Mail("anna@nt4admins.local", names), 1)
    machine.queues.submit(Mail("anna@nt4admins.local", ("anna@nt4admins.local",)), 1)
    for _ in run([machine.queues], lambda moment: None, machine.clock.now()):
        pass
    mixed, local = ids(machine)
    found = both(machine, Since="2026-11-24T20:00:00Z", Ids=[mixed, local, *reports(machine)], Connector="Provider")
    assert found["output"] == [{"Id": mixed, "Sent": 1, "Failed": 1, "Recipients": ["weg@nt4admins.local"]}]


@pytest.mark.parametrize(("connector", "sent"), [("Provider", []), ("Anderer", [1]), (None, [1])])
def test_what_left_over_another_connector_does_not_count(connector: str | None, sent: list[int]) -> None:
    parameters = {"Connector": connector} if connector else {}
    found = both(machine_with_mail(), Since="2026-11-24T20:00:00Z", Ids=["<other@sbs>"], **parameters)
    assert [row["Sent"] for row in found["output"]] == sent


def test_what_was_before_does_not_count() -> None:
    machine = machine_with_mail()
    assert both(machine, Since="2026-11-24T21:00:00Z", Ids=ids(machine))["output"] == []


@pytest.mark.parametrize("parameters", [{"Since": "gestern"}, {"Ids": [f"<{n}>" for n in range(1001)]}])
def test_bad_parameters_are_refused(parameters: dict[str, Any]) -> None:
    found = both(SimulatedMachine({}), **{"Since": CLOCK, "Ids": ["<1>"], **parameters})
    assert (found["status"], found["code"]) == ("failed", "parameter_unreadable")
