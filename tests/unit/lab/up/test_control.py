"""Mail that comes in, by the verbs of a running lab: to a host, from its LAN, by its collectors, to oneself."""

from __future__ import annotations

import smtplib
import ssl
from typing import Any

import pytest

from lab.up.control import ControlError
from lab.up.control import ask as ask_control
from lab.up.lab import Lab

SELF_PASSWORD = "Ht3-lab-only-Gaubenblech-5508"


SELF: dict[str, Any] = {
    "provider": {"mailboxes": [{"address": "info@beispiel.de", "password": SELF_PASSWORD, "created": "2020-01-01"}]},
    "accepted_domains": [
        {"Name": "own", "DomainName": "nt4admins.local", "DomainType": "Authoritative", "Default": True},
        {"Name": "mail", "DomainName": "beispiel.de", "DomainType": "Authoritative"},
    ],
    "recipients": [
        {
            "Name": "info",
            "Alias": "info",
            "EmailAddresses": ["SMTP:info@beispiel.de"],
            "EmailAddressPolicyEnabled": False,
        }
    ],
    "router": {"public_address": "198.51.100.7"},
}
TO_THE_HOST = {"dns": ["beispiel.de. 300 IN MX 10 mail.beispiel.de.", "mail.beispiel.de. IN A 198.51.100.7"]}


def ask(lab: Lab, verb: str, **arguments: Any) -> Any:
    running = lab.directory.read_running()
    assert running is not None
    return ask_control(running.control_port, running.token, verb, arguments)


def mail_to_oneself(lab: Lab) -> None:
    assert lab.provider is not None
    with smtplib.SMTP("127.0.0.1", lab.provider.port, timeout=10) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(lab.directory.ca_file)))
        client.login("info@beispiel.de", SELF_PASSWORD)
        client.sendmail("info@beispiel.de", ["info@beispiel.de"], "Message-ID: <selbst@beispiel.de>\r\n\r\nx\r\n")


@pytest.mark.parametrize(
    ("provider", "change", "comes_in"),
    [
        ({}, {}, False),
        ({}, TO_THE_HOST, True),
        ({"local_delivery": ["beispiel.de"]}, TO_THE_HOST, False),
    ],
)
def test_a_mail_to_oneself_ends_where_it_would(
    provider: dict[str, Any], change: dict[str, Any], comes_in: bool
) -> None:
    with Lab(state={**SELF, "provider": {**SELF["provider"], **provider}}) as lab:
        ask(lab, "change", host="sbs", change=change)
        mail_to_oneself(lab)
        events = lab.hosts["sbs"].machine.invoke("Get-MessageTrackingLog", {"MessageId": "<selbst@beispiel.de>"})
        assert lab.provider is not None
        waiting = lab.provider.maildrops.waiting("info@beispiel.de")
    assert ([(each["EventId"], each["ClientIp"]) for each in events][:1], len(waiting)) == (
        ([("RECEIVE", "192.0.2.25")], 0) if comes_in else ([], 1)
    )


def test_what_was_delivered_locally_is_fetched_and_comes_in() -> None:
    with Lab(state={**SELF, "provider": {**SELF["provider"], "local_delivery": ["beispiel.de"]}}) as lab:
        mail_to_oneself(lab)
        assert lab.provider is not None
        account = {"server": "localhost", "port": lab.provider.ports["pop3"], "username": "info@beispiel.de"}
        machine = lab.hosts["sbs"].machine
        machine.console({"add": {**account, "password": SELF_PASSWORD, "mailbox": "info@beispiel.de"}})
        assert [(one["status"], one["messages"]) for one in ask(lab, "fetch", host="sbs")] == [("fetched", 1)]
        assert machine.dump()["inboxes"] == {"info@beispiel.de": ["<selbst@beispiel.de>"]}
        assert lab.provider.errors == []


def test_a_collector_fetches_and_hands_over_while_its_service_runs() -> None:
    with Lab(state={**SELF, "provider": {"mailboxes": [{**SELF["provider"]["mailboxes"][0], "messages": 2}]}}) as lab:
        assert lab.provider is not None
        account = {"server": "localhost", "port": lab.provider.ports["pop3"], "username": "info@beispiel.de"}
        entry = {**account, "password": SELF_PASSWORD, "mailbox": "info@beispiel.de"}
        ask(lab, "change", host="sbs", change={"collectors": [{"product": "popcon", "accounts": [entry]}]})
        machine = lab.hosts["sbs"].machine
        machine.stop_service("POPcon")
        assert ask(lab, "collect", host="sbs") == []
        machine.start_service("POPcon")
        machine.change(
            {
                "queue_disk": {"used_percent": 97},
                "collectors": [{"product": "popcon", "accounts": [entry], "loses_refused": False}],
            }
        )
        assert [(one["messages"], one["kept"]) for one in ask(lab, "collect", host="sbs")] == [(0, 2)]
        machine.change({"queue_disk": {"used_percent": 40}})
        (result,) = ask(lab, "collect", host="sbs")
        assert (result["collector"], result["status"], result["messages"]) == ("popcon", "fetched", 2)
        dump = machine.dump()
        assert len(dump["inboxes"]["info@beispiel.de"]) == 2 and SELF_PASSWORD not in str(dump)
        assert lab.provider.maildrops.waiting("info@beispiel.de") == ()


def test_mail_comes_in_by_the_verbs() -> None:
    with Lab(state={"scanners": [{"address": "192.168.1.50"}]}) as lab:
        replies = ask(lab, "receive", host="sbs", sender="a@example.com", recipients=["anna@nt4admins.local"])
        assert replies[-1].startswith("250 2.6.0")
        assert ask(lab, "scan", host="sbs")[0]["connector"] == "Default SBS"
        lab.hosts["sbs"].machine.stop_service("MSExchangeTransport")
        with pytest.raises(ControlError, match="refused"):
            ask(lab, "receive", host="sbs", sender="a@example.com", recipients=["anna@nt4admins.local"])
