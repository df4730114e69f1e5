"""What tells where fetched mail goes: both backends show the same recipients, and the engine judges them alike."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.targets import STEPS, recipients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult
from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

from .asking import ask

pytestmark = pytest.mark.pwsh

STATE: dict[str, Any] = {
    "recipients": [
        {"Name": "Anna", "Alias": "anna"},
        {"Name": "Alle", "Alias": "alle", "RecipientTypeDetails": "MailUniversalDistributionGroup"},
        {"Name": "Post", "Alias": "post", "RecipientTypeDetails": "PublicFolder"},
        {"Name": "Suche", "Alias": "suche", "RecipientTypeDetails": "DiscoveryMailbox"},
        {"Name": "Raum", "Alias": "raum", "RecipientTypeDetails": "RoomMailbox"},
        {"Name": "Extern", "RecipientTypeDetails": "MailContact", "ExternalEmailAddress": "extern@fern.example"},
        {"Name": "Weg", "Alias": "weg", "ForwardingAddress": "nt4admins.local/MyBusiness/Distribution Groups/Extern"},
        {"Name": "Weiter", "Alias": "weiter", "ForwardingSmtpAddress": "smtp:anna@nt4admins.local"},
    ]
}
JUDGED = {
    "anna@nt4admins.local": "here",
    "ALLE@nt4admins.local": "here",
    "post@nt4admins.local": "here",
    "suche@nt4admins.local": "exchanges",
    "raum@nt4admins.local": "here",
    "extern@nt4admins.local": "outside",
    "weg@nt4admins.local": "outside",
    "weiter@nt4admins.local": "here",
    "niemand@nt4admins.local": "missing",
}


def test_both_backends_show_where_mail_goes() -> None:
    steps = [step.as_data() for step in STEPS]
    replies = {}
    for name in BACKENDS:
        backend = make_backend(name, SimulatedMachine(STATE))
        try:
            answer = ask(backend, {"protocol": 1, "exchange": "snapin", "steps": steps, "secrets": {}})
        finally:
            backend.close()
        results = answer.reply["results"]
        assert [result["error"] for result in results] == [None] * len(STEPS), name
        replies[name] = Reply(
            "", "", "", tuple(StepResult(each["id"], each["status"], tuple(each["output"])) for each in results)
        )
    found = {name: recipients(reply) for name, reply in replies.items()}
    for known in found.values():
        assert {target: known.judge(target).outcome for target in JUDGED} == JUDGED
