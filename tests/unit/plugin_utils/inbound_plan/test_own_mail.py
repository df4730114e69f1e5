"""A mail to oneself: who may send it, what is kept of the login, and what its arrival means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import open_gate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan import own_mail
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.facts import FETCHED, LOST, OUTSIDE, REFUSED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.own_mail import Search, mail_to, send
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.candidates import Candidate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import LOGGED_IN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import REFUSED as NO
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.preflight.test_smarthost_rows import PASSWORD, candidate, history
from tests.unit.plugin_utils.preflight.told import NOW, STRATO
from tests.unit.plugin_utils.run.examples import done, packed, reply_data, request_in

TO = "info@beispiel.de"
GOOD: dict[str, Any] = {"Accepted": True, "Stage": "done", "Error": None, "Code": 250, "Text": "250 queued"}


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    return Declared(route=STRATO, logins=(candidate(),), history=history(tmp_path))


class Sbs:
    """A host that sends as it is told, and shows these lines of tracking at each look."""

    def __init__(self, sent: Mapping[str, Any], *looks: list[dict[str, Any]]) -> None:
        self.sent, self.looks = dict(sent), list(looks)
        self.commands: list[list[str]] = []
        self.waited: list[float] = []
        self.now = 0.0

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        request = request_in(stdin)
        self.commands.append([step["command"] for step in request["steps"]])
        step = request["steps"][0]
        if step["command"] == "Send-OwnMail":
            return 0, packed(reply_data(done(step["id"], self.sent))), b""
        (message_id,) = step["parameters"]["MessageIds"]
        rows = [{"MessageId": message_id, **each} for each in (self.looks.pop(0) if self.looks else [])]
        return 0, packed(reply_data(done(step["id"], *rows))), b""

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def send(self, declared: Declared, seconds: int = 25) -> own_mail.Arrival:
        mail = mail_to(TO, declared, own_mail.login_of(declared, NOW))
        search = Search(
            ExchangeShell(),
            seconds,
            domain="beispiel.de",
            own=("198.51.100.7",),
            wait=self.wait,
            clock=lambda: self.now,
        )
        return send(Session(self.execute, "sbs"), mail, search, declared, NOW)


def received(client: str, **more: Any) -> dict[str, Any]:
    return {"EventId": "RECEIVE", "Source": "SMTP", "ClientIp": client, **more}


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([received("203.0.113.9")], OUTSIDE),
        ([received("192.168.1.2")], FETCHED),
        ([received("::ffff:192.168.1.2")], FETCHED),
        ([received("198.51.100.7")], FETCHED),
        ([received("127.0.0.1"), received("203.0.113.9")], OUTSIDE),
        ([{"EventId": "DELIVER", "Source": "STOREDRIVER", "ClientIp": None}], LOST),
        ([], LOST),
    ],
)
def test_what_an_arrival_means(declared: Declared, rows: list[dict[str, Any]], outcome: str) -> None:
    assert Sbs(GOOD, rows).send(declared, 0).outcome == outcome


def test_it_is_looked_for_until_it_comes_and_no_longer(declared: Declared) -> None:
    sbs = Sbs(GOOD, [], [], [received("203.0.113.9")])
    assert sbs.send(declared).outcome == OUTSIDE
    assert sbs.commands == [["Send-OwnMail"], *[["Get-ReceivedMail"]] * 3] and sbs.waited == [10, 10]
    late = Sbs(GOOD)
    found = late.send(declared)
    assert (found.outcome, found.says, sum(late.waited)) == (LOST, "within 25 s", 25)


def test_what_is_refused_is_told_without_the_password_and_not_looked_for(declared: Declared) -> None:
    refused = {"Accepted": False, "Stage": "auth", "Error": "reply", "Code": 535, "Text": f"535 {PASSWORD} is wrong"}
    sbs = Sbs(refused)
    found = sbs.send(declared)
    assert found.outcome == REFUSED and PASSWORD not in found.says and sbs.commands == [["Send-OwnMail"]]


def test_where_nobody_knows_whether_it_was_taken_it_is_looked_for(declared: Declared) -> None:
    sent = {"Accepted": None, "Stage": "sent", "Error": "no_answer", "Text": None}
    found = Sbs(sent).send(declared, 0)
    assert found.outcome == LOST and "not known" in found.says
    assert Sbs(sent, [received("203.0.113.9")]).send(declared, 0).outcome == OUTSIDE


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (GOOD, LOGGED_IN),
        ({"Accepted": False, "Stage": "sent", "Error": "reply", "Code": 554, "Text": "554 spam"}, LOGGED_IN),
        ({"Accepted": False, "Stage": "auth", "Error": "reply", "Code": 535, "Text": "535 no"}, NO),
    ],
)
def test_what_the_provider_says_of_the_login_is_remembered(declared: Declared, sent: dict[str, Any], kind: str) -> None:
    assert declared.history
    Sbs(sent).send(declared, 0)
    ledger = declared.history.ledger
    seen = {LOGGED_IN: ledger.first_login(TO), NO: ledger.last_refusal(TO)}
    assert [each for each, found in seen.items() if found] == [kind]
    if kind == NO:
        with pytest.raises(HostRefused, match="may not be used"):
            own_mail.login_of(declared, NOW)


def test_a_young_mailbox_sends_nothing(declared: Declared) -> None:
    young, old = candidate("neu@beispiel.de", 3), candidate()
    assert own_mail.login_of(replace(declared, logins=(young, old)), NOW) == old
    with pytest.raises(HostRefused, match="old enough"):
        own_mail.login_of(replace(declared, logins=(young,)), NOW)
    assert own_mail.login_of(replace(declared, logins=(young,)), NOW + timedelta(days=30)).username == "neu@beispiel.de"


@pytest.mark.parametrize("lacks", ["route", "history", "logins"])
def test_without_what_it_needs_nothing_is_sent(declared: Declared, lacks: str) -> None:
    nothing: tuple[Candidate, ...] | None = () if lacks == "logins" else None
    with pytest.raises(HostRefused, match="send_mail"):
        own_mail.login_of(replace(declared, **{lacks: nothing}), NOW)


def test_a_ledger_that_cannot_be_written_lets_nothing_be_sent(declared: Declared, tmp_path: Path) -> None:
    with pytest.raises(HostRefused, match="could not be remembered"):
        own_mail.login_of(replace(declared, history=history(tmp_path, read_only=True)), NOW)


def test_each_mail_has_an_id_of_its_own(declared: Declared) -> None:
    one, two = (mail_to(TO, declared, candidate()) for _mail in range(2))
    assert one.message_id != two.message_id and one.message_id.endswith("@beispiel.de>")
    login = open_gate(one.login.mailbox, NOW, "here")
    assert one.step(login).once and (one.sender, one.server, one.port) == (TO, "smtp.strato.de", 587)
