"""What became of messages: the twin in Python, the agent in a real PowerShell, of the same message tracking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from lab.exchange import delivery_texts
from lab.exchange.queues import Mail
from lab.exchange.queues.running import run
from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

from .asking import ask
from .rows import Row
from .test_measure_queue import ANSWERS, CLOCK, PROVIDER, SmartHost

pytestmark = pytest.mark.pwsh

SELECT = ["Id", "Events"]


def machine_with_mail() -> SimulatedMachine:
    """One message that left, one that left for one and failed for another recipient, one that waits."""
    machine = SimulatedMachine({"send_connectors": [PROVIDER], "clock": CLOCK, "tracking": [OTHER]})
    host = SmartHost()
    machine.dialer = lambda: host
    engine = machine.queues
    for recipients in (("ok@example.com",), ("ok@example.com", "weg@example.com"), ("voll@example.com",)):
        engine.submit(Mail("info@beispiel.de", recipients), 1)
    engine.assumptions.seconds_per_message = 0
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


def event(name: str, source: str, *recipients: str, text: str = "", connector: str = "") -> dict[str, Any]:
    """What the log has of a message, once."""
    form = {"EventId": name, "Source": source, "ConnectorId": connector, "Text": text}
    return {**form, "Recipients": list(recipients)}


def sent(*recipients: str) -> dict[str, Any]:
    return event("SEND", "SMTP", *recipients, connector="Provider")


GONE = event("FAIL", "SMTP", "weg@example.com", text=ANSWERS["weg"])
LEFT_AND_GONE = [sent("ok@example.com"), GONE]


def both(machine: SimulatedMachine, **parameters: Any) -> dict[str, Any]:
    """The one answer of both."""
    found = {name: asked(machine, name, **parameters) for name in BACKENDS}
    assert found["twin"] == found["pwsh"]
    return found["pwsh"]


def test_what_the_log_has_of_each() -> None:
    machine = machine_with_mail()
    one, two, three = ids(machine)
    found = both(machine, Since="2026-11-24T20:00:00Z", Ids=[two, "<nobody@sbs>", one, three])
    assert found["output"] == [
        {"Id": two, "Events": LEFT_AND_GONE},
        {"Id": one, "Events": [sent("ok@example.com")]},
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
    assert found["output"] == [{"Id": two, "Events": LEFT_AND_GONE}]


def test_what_was_delivered_on_the_server_itself_has_not_left() -> None:
    """Of a group's members, of a user, of nobody and of one outside: one left, one failed."""
    group = {"Name": "alle", "RecipientTypeDetails": "MailUniversalDistributionGroup", "Members": ["anna", "ok"]}
    contact = {"Name": "ok", "RecipientTypeDetails": "MailContact", "ExternalEmailAddress": "ok@example.com"}
    state = {"send_connectors": [PROVIDER], "clock": CLOCK, "recipients": [group, contact, {"Name": "anna"}]}
    machine = SimulatedMachine(state)
    host = SmartHost()
    machine.dialer = lambda: host
    names = ("alle@nt4admins.local", "weg@nt4admins.local")
    machine.queues.submit(Mail("anna@nt4admins.local", names), 1)
    machine.queues.submit(Mail("anna@nt4admins.local", ("anna@nt4admins.local",)), 1)
    for _ in run([machine.queues], lambda moment: None, machine.clock.now()):
        pass
    mixed, local = ids(machine)
    found = both(machine, Since="2026-11-24T20:00:00Z", Ids=[mixed, local, *reports(machine)])
    unknown = event("FAIL", "ROUTING", "weg@nt4admins.local", text=delivery_texts.UNKNOWN)
    assert found["output"] == [{"Id": mixed, "Events": [sent("ok@example.com"), unknown]}]


def test_the_connector_is_told_and_other_events_on_demand() -> None:
    machine = machine_with_mail()
    found = both(machine, Since="2026-11-24T20:00:00Z", Ids=["<other@sbs>", ids(machine)[2]], Events=["SEND", "DEFER"])
    assert [row["Events"] for row in found["output"]] == [
        [event("SEND", "SMTP", "a@example.com", connector="Anderer")],
        [event("DEFER", "SMTP", "voll@example.com", text=ANSWERS["voll"], connector="Provider")],
    ]


def test_what_was_before_does_not_count() -> None:
    machine = machine_with_mail()
    assert both(machine, Since="2026-11-24T21:00:00Z", Ids=ids(machine))["output"] == []


@pytest.mark.parametrize("parameters", [{"Since": "gestern"}, {"Ids": [f"<{n}>" for n in range(1001)]}])
def test_bad_parameters_are_refused(parameters: dict[str, Any]) -> None:
    found = both(SimulatedMachine({}), **{"Since": CLOCK, "Ids": ["<1>"], **parameters})
    assert (found["status"], found["code"]) == ("failed", "parameter_unreadable")
