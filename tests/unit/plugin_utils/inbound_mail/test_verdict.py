"""What a host and its providers show, in; the state of incoming mail and its reasons, out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail.states import STATES, worst_of
from tests.unit.plugin_utils.inbound_mail.inbound_host import (
    EXCHANGE,
    INTERNET,
    LAN,
    OUTSIDE,
    OWN,
    SCANNER,
    InboundHost,
    ago,
    by,
    client,
    look,
    service,
)
from tests.unit.plugin_utils.pop3_connector.pop3_file import account
from tests.unit.plugin_utils.pop3_connector.pop3_host import recipient

ROOT = Path(__file__).resolve().parents[4]
USER = "user1@beispiel.de"
MX_ONLY = {"domains": [{"domain": "beispiel.de", "way": "mx"}]}
POP3 = {"domains": [{"domain": "beispiel.de", "way": "pop3"}]}
COLLECTOR = {"domains": [{"domain": "beispiel.de", "way": "collector"}]}
POPCON = service("POPcon", display="POPcon")


def event(number: int, **span: float) -> dict[str, Any]:
    return {"Source": "MSExchangeTransport", "Id": number, "Kind": "Warning", "Latest": ago(**span)}


def stopped(*names: str) -> list[dict[str, Any]]:
    return [service(each, "Stopped" if each in names else "Running") for each in EXCHANGE]


@dataclass(frozen=True)
class Row:
    """How a host differs from a healthy one, and what is said: the state, words of why, and words of what to do."""

    expected: str
    why: str = ""
    todo: str = ""
    host: dict[str, Any] = field(default_factory=dict)
    fails: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    make: Callable[[], InboundHost] = InboundHost
    unknown: tuple[str, ...] = ()


def without_accounts() -> InboundHost:
    """An SBS whose connector was never used."""
    host = InboundHost()
    host.data = None
    host.counts = [by(INTERNET, OUTSIDE)]
    return host


def answers(**told: Any) -> dict[str, Any]:
    return {"answers": {USER: told}}


ROWS: dict[str, Row] = {
    "mail comes in": Row("healthy", "No problem found"),
    # What the providers tell.
    "what has just come waits": Row("healthy", "2 messages are waiting", host={"uids": {USER: ["a", "b"]}}),
    "a provider without unique ids": Row(
        "noticed", "since when is not known", host=answers(Messages=2, Uids=None)
    ),
    "the same, and nothing waits": Row("healthy", host=answers(Messages=0, Uids=None)),
    "the mailbox is in use": Row(
        "healthy", "which is no failure", host=answers(Stage="pass", Problem="reply", Reply="-ERR [IN-USE] locked")
    ),
    "the provider wants a pause": Row(
        "healthy", "which is no failure", host=answers(Stage="pass", Problem="reply", Reply="-ERR [LOGIN-DELAY] later")
    ),
    "the provider refuses the login": Row(
        "stuck", "refuses the login of user1@beispiel.de at pop3.strato.de:995 (-ERR no)", "Test name and password",
        host=answers(Stage="pass", Problem="reply", Reply="-ERR no"),
    ),
    "nobody listens there": Row(
        "stuck", "could not be asked", "Check the connection",
        host=answers(Stage="connect", Problem="refused", Reply=""),
    ),
    "its certificate is refused": Row("stuck", "could not be asked", host=answers(Stage="tls", Problem="certificate")),
    "no time was left": Row("noticed", "Not known: what is waiting", host=answers(Stage="connect", Problem="no_time")),
    "a list of unique ids that is none": Row("healthy", "", host=answers(Uids=[1, None, {}])),
    "the file has changed meanwhile": Row("noticed", "Not known: what is waiting", fails=("Measure-Pop3Waiting",)),
    "the host tells nothing of the logins": Row(
        "noticed", "Not known: what is waiting", silent=("Measure-Pop3Waiting",)
    ),
    "a password that this computer cannot open": Row("stuck", "cannot be decrypted", host={"stored": {}}),
    "an account in clear text": Row(
        "noticed", "in clear text", make=lambda: InboundHost(account(1, port="110", ssl="False"))
    ),
    "the same, confirmed": Row(
        "healthy", options={"confirm_clear_text": True},
        make=lambda: InboundHost(account(1, port="110", ssl="False")),
    ),
    "nobody is to be asked": Row("noticed", "nobody was to be asked", options={"ask_providers": False}),
    "the clock is not told": Row("noticed", "the server's clock", silent=("Get-HostFacts",), unknown=("clock",)),
    "nor could it be read": Row("noticed", "the server's clock", fails=("Get-HostFacts",), unknown=("clock",)),
    "a server without an address": Row(
        "noticed", "Not known: ", silent=("Get-OwnAddresses",), unknown=("own_addresses",)
    ),
    # The connector.
    "its service is stopped": Row("stuck", "pop3connector is Stopped", "who stopped it", host={"status": "Stopped"}),
    "stopped, but a task fetches": Row(
        "noticed", "pop3connector is Stopped",
        host={
            "status": "Stopped",
            "task": {
                "Exists": True, "Enabled": True, "IntervalMinutes": 15,
                "Command": '"C:\\x\\Pop3Connector.exe"', "Arguments": "-downloadNow",
            },
        },
    ),
    "the task is disabled": Row(
        "noticed", "The scheduled task that fetches is disabled", host={"task": {"Exists": True, "Enabled": False}}
    ),
    "the service is not there": Row(
        "stuck", "There is no service", "pop3_connector_service", host={"service_exists": False}
    ),
    "bad mail lies about": Row(
        "noticed", "2 messages that the connector could not deliver", host={"facts": {"Get-BadMail": {"Messages": 2}}}
    ),
    "its log is old": Row("noticed", "no log for 30.0 hours", host={"log_at": ago(hours=30)}),
    "no log": Row("healthy", host={"log_at": None}),
    "a target that does not exist": Row(
        "losing", "which no recipient of this Exchange has", "Stop the connector's service", host={"recipients": []}
    ),
    "a target that goes outside": Row(
        "waiting", "whose mail goes outside",
        host={"recipients": [recipient("user1@nt4admins.local", "MailContact", ExternalEmailAddress="SMTP:a@b.de")]},
    ),
    "a system mailbox": Row(
        "losing", "system mailbox", host={"recipients": [recipient("user1@nt4admins.local", "SystemMailbox")]}
    ),
    "without a key map": Row(
        "noticed", "the key map of this host is not known", options={"key_map": None}, unknown=("targets",)
    ),
    # The host.
    "back pressure now": Row("losing", "may be lost", "", host={"events": [event(15006, minutes=20)]}),
    "a resource got scarce": Row("losing", "may be lost", host={"events": [event(15004, minutes=20)]}),
    "it is over": Row("healthy", host={"events": [event(15004, hours=3), event(15005, hours=2)]}),
    "yesterday's": Row("healthy", host={"events": [event(15006, hours=30)]}),
    "the disk is full": Row("losing", "C:", host={"disk": {"QueueDrive": "C:", "QueueSize": 1000, "QueueFree": 20}}),
    "nearly": Row("noticed", "C:", host={"disk": {"QueueDrive": "C:", "QueueSize": 1000, "QueueFree": 45}}),
    "Exchange's transport is stopped": Row(
        "stuck", "MSExchangeTransport", host={"exchange_services": stopped("MSExchangeTransport")}
    ),
    # Collectors.
    "a collector beside the connector": Row("noticed", "POPcon", "none of them", host={"services": [POPCON]}),
    "declared": Row(
        "healthy", "POPcon",
        options={"domains": [*COLLECTOR["domains"], {"domain": "x.de", "way": "pop3"}]}, host={"services": [POPCON]},
    ),
    "a collector alone": Row("healthy", "POPcon", make=without_accounts, host={"services": [POPCON], "connectors": []}),
    "a collector alone, and pressure": Row(
        "losing", "may be lost", make=without_accounts, host={"services": [POPCON], "events": [event(15004, hours=1)]}
    ),
    "a declared collector that is stopped": Row(
        "stuck", "none was found at work", "Start the collector's service", options=COLLECTOR, make=without_accounts,
        host={"services": [service("POPcon", "Stopped")]},
    ),
    "none is there": Row("stuck", "none was found at work", options=COLLECTOR, make=without_accounts),
    "collectors that cannot be read": Row(
        "noticed", "Not known: other programs that fetch", options=COLLECTOR, make=without_accounts,
        fails=("Get-TaskList",), unknown=("collectors",),
    ),
    # The own MX.
    "the own MX alone": Row("healthy", make=without_accounts, options=MX_ONLY),
    "undeclared": Row("healthy", make=without_accounts),
    "nothing from the internet": Row(
        "noticed", "No mail came in from the internet within 24 hours", "MX", options=MX_ONLY, make=without_accounts,
        host={"counts": [by(LAN, SCANNER)]},
    ),
    "no connector for the internet": Row(
        "stuck", "no receive connector takes mail from the internet", options=MX_ONLY, make=without_accounts,
        host={"connectors": []},
    ),
    "pressure where senders try again": Row(
        "stuck", "", options=MX_ONLY, make=without_accounts, host={"events": [event(15006, minutes=20)]}
    ),
    "a resource got scarce, and senders try again": Row(
        "noticed", "", options=MX_ONLY, make=without_accounts, host={"events": [event(15004, minutes=20)]}
    ),
    "no log of what was refused": Row(
        "noticed", "none of them writes a log", "Verbose", options=MX_ONLY, make=without_accounts, host={"files": 0}
    ),
    "none, and mail is fetched": Row("healthy", host={"files": 0, "connectors": []}),
    "no way at all": Row("stuck", "No way was found", make=without_accounts, host={"connectors": [], "counts": []}),
    "the way is pop3, and no account is there": Row("stuck", "has no account", options=POP3, make=without_accounts),
    "nothing came in": Row("noticed", "No mail came in by SMTP within 24 hours", host={"counts": []}),
    # What was refused.
    "strangers who try to relay": Row("healthy", "as relay", host={"clients": [client(OUTSIDE, {"550 5.7.1": 7})]}),
    "a scanner that may not": Row(
        "noticed", "Refused as relay", "a connector of its own",
        host={"clients": [client(SCANNER, {"550 5.7.1": 7}, "550 5.7.1 Unable to relay")]},
    ),
    "fetched mail for nobody": Row(
        "losing", "as unknown", "add it to a mailbox", host={"clients": [client("127.0.0.1", {"550 5.1.1": 1})]}
    ),
    "fetched mail by the server's own address": Row(
        "losing", "as size", host={"clients": [client(OWN, {"552 5.3.4": 1})]}
    ),
    "fetched mail is refused for now": Row("stuck", "", host={"clients": [client(OWN, {"451 4.7.0": 1})]}),
    "nothing is fetched": Row(
        "noticed", "as unknown", make=without_accounts, host={"clients": [client(OWN, {"550 5.1.1": 1})]}
    ),
    "pressure refuses senders": Row(
        "stuck", "as pressure", "Free space", make=without_accounts,
        host={"clients": [client(OUTSIDE, {"452 4.3.1": 4})]},
    ),
    "it did hours ago": Row(
        "noticed", "as pressure", make=without_accounts,
        host={"clients": [client(OUTSIDE, {"452 4.3.1": 4}, last=ago(hours=5))]},
    ),
    "senders are asked for a login": Row(
        "stuck", "as auth", "anonymous", make=without_accounts, host={"clients": [client(OUTSIDE, {"530 5.7.1": 4})]}
    ),
    "guests guess passwords": Row(
        "noticed", "as login", make=without_accounts, host={"clients": [client(OUTSIDE, {"535 5.7.3": 400})]}
    ),
    "an answer nobody knows": Row("noticed", "as other", host={"clients": [client(SCANNER, {"599 9.9.9": 1})]}),
    # Twice.
    "a message came in twice": Row(
        "noticed", "one of them 2 times", host={"twice": [{"MessageId": "<a@b>", "Count": 2}]}
    ),
    # Exchange does not answer.
    "Exchange cannot be loaded": Row(
        "noticed", "Not known: what came in, by message tracking (Kein Zugriff.)",
        host={"uids": {USER: ["a"]}},
        fails=("Get-ReceiveConnector", "Get-ReceivedMail", "Measure-SmtpClients", "Get-Recipient", "Get-Mailbox"),
        unknown=("receive_connectors", "received", "refusals"),
    ),
    "the accounts cannot be read": Row(
        "noticed", "Not known: the accounts of the POP3 connector", fails=("Read-Pop3Records",), unknown=("accounts",)
    ),
    "the accounts file is garbled": Row(
        "noticed", "Not known: the accounts of the POP3 connector", silent=("Read-Pop3Records",), unknown=("accounts",)
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_a_host_shows_is_judged(tmp_path: Path, row: Row) -> None:
    host = row.make()
    for name, value in row.host.items():
        setattr(host, name, value)
    for command in row.fails:
        host.fail(command, None)
    host.silent |= set(row.silent)
    told = look(host, tmp_path, **row.options)
    shown = (told["verdict"], told["why"], told["what_to_do"])
    assert told["verdict"] == row.expected, shown
    assert row.why in " ".join(told["why"]) and row.todo in " ".join(told["what_to_do"]), shown
    assert set(row.unknown) <= set(told["unknown"]), told["unknown"]
    assert told["at_least"] == list(STATES[: STATES.index(row.expected) + 1])
    # What is healthy asks for nothing, and what is not says what to do, unless nobody can know.
    assert (told["verdict"] == "healthy") <= (told["what_to_do"] == [])
    assert told["verdict"] in ("healthy", "noticed") or told["what_to_do"] != []


ASKED = (
    "Get-HostFacts", "Read-Pop3Records", "Read-Pop3Log", "Get-BadMail", "Get-FetchTask", "Get-ServiceList",
    "Get-TaskList", "Get-EventCounts", "Get-HostState", "Get-OwnAddresses", "Get-ReceiveConnector", "Get-ReceivedMail",
    "Measure-SmtpClients", "Get-Recipient",
)  # fmt: skip
OF_NO_MATTER = {"Get-HostState"}
"""Of its disk see below."""


@pytest.mark.parametrize("command", sorted(set(ASKED) - OF_NO_MATTER))
@pytest.mark.parametrize("way", ["fails", "silent"])
def test_what_is_not_known_is_never_green(tmp_path: Path, command: str, way: str) -> None:
    host = InboundHost()
    if way == "fails":
        host.fail(command, None)
    else:
        host.silent.add(command)
    told = look(host, tmp_path)
    quiet = way == "silent" and command in ("Get-EventCounts", "Get-TaskList", "Get-ReceiveConnector")
    assert (told["verdict"] == "healthy") is quiet, told["why"]


def test_the_disk_that_is_not_told_is_named(tmp_path: Path) -> None:
    host = InboundHost()
    host.fail("Get-HostState", None)
    told = look(host, tmp_path)
    assert (told["verdict"], told["unknown"]) == ("noticed", ["disk"])


def test_the_playbook_knows_the_states() -> None:
    play = yaml.safe_load((ROOT / "playbooks" / "check_inbound.yml").read_text(encoding="utf-8"))[0]
    assert play["vars"]["states"] == list(STATES[1:])
    assert worst_of([]) == "healthy" and worst_of(["stuck", "noticed"]) == "stuck"


@pytest.mark.parametrize("state", STATES)
def test_the_page_defines_them(state: str) -> None:
    assert f"| **{state}** |" in (ROOT / "docs" / "check_inbound.md").read_text(encoding="utf-8")
