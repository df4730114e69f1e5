"""The smarthost account when something is in the way: of the proof, of the write, of Exchange's own word.

Each row is a host of one lab, with a provider of its own and a ledger of its own. Its connector logs in with the old
mailbox; the new one has come of age.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from .accounts import CUSTOMER, NEW, OLD, PASSWORDS, AccountSite, account_site, at_provider, hashed, mailbox
from .running import Run, password_hash, state

PROVIDER = {"mailboxes": at_provider(new=20, old=300)}
USUAL = {"stages": {}, "starttls": True, "auth": ["LOGIN", "PLAIN"], "certificate_names": ["localhost", "127.0.0.1"]}
WRONG = "Hufeisen \u201efalsch\u201c $(x)"
TURNED = "Hufeisen \u00b4neu\u00b4 %s"
CLOSED = "closed"
ANOTHER = {"certificate_names": ["smtp.beispiel.example"]}

REFUSED, CERTIFICATE, UNPROVEN, ACCEPTED = "refused", "certificate", "unproven", "accepted"
IN_DOUBT = "in doubt"
"""The provider takes neither login, as in an outage of its login database."""
NO = "no"
"""The provider takes the login, but no mail with it."""


@dataclass(frozen=True)
class Row:
    """What the provider is like, and what has to become of the proof: how far it gets, words of the message."""

    outcome: str
    words: tuple[str, ...]
    knobs: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    password: str = PASSWORDS[NEW]


def stage(outcome: str, name: str, answer: str, *words: str, **options: Any) -> Row:
    """The provider answers so at one stage."""
    text = () if answer == "close" else (answer,)
    return Row(outcome, (*text, *words), {"stages": {name: answer}}, options)


ROWS = {
    "password-wrong": Row(REFUSED, ("rejected by the provider: 535 5.7.8",), password=WRONG),
    "password-wrong-and-unproven-accepted": Row(
        REFUSED, ("rejected by the provider: 535 5.7.8",), options={"accept_unproven": True}, password=WRONG
    ),
    "mailbox-refused": Row(REFUSED, ("rejected by the provider: 535 5.7.8",), {"refuse_logins": [NEW]}),
    "port-closed": Row(UNPROVEN, ("reached stage connect",), options={"connector": {"port": CLOSED}}),
    "certificate-of-another": Row(CERTIFICATE, ("an invalid certificate of localhost:",), ANOTHER),
    "certificate-of-another-accepted": Row(CERTIFICATE, ("Mismatch",), ANOTHER, {"accept_unproven": True}),
    "no-starttls": Row(UNPROVEN, ("reached stage starttls",), {"starttls": False}),
    "no-auth": Row(UNPROVEN, ("reached stage auth",), {"auth": []}),
    "plain-only": Row(UNPROVEN, ("reached stage auth",), {"auth": ["PLAIN"]}),
    "connect-4xx": stage(UNPROVEN, "connect", "421 4.3.2 Busy"),
    "connect-5xx": stage(UNPROVEN, "connect", "554 5.7.1 No service"),
    "connect-close": stage(UNPROVEN, "connect", "close"),
    "ehlo-4xx": stage(UNPROVEN, "ehlo", "451 4.3.0 Later"),
    "ehlo-5xx": stage(UNPROVEN, "ehlo", "550 5.7.1 Not you"),
    "ehlo-close": stage(UNPROVEN, "ehlo", "close"),
    "starttls-4xx": stage(UNPROVEN, "starttls", "454 4.7.0 TLS not available"),
    "starttls-5xx": stage(UNPROVEN, "starttls", "501 5.5.4 No"),
    "starttls-close": stage(UNPROVEN, "starttls", "close"),
    "auth-4xx": stage(UNPROVEN, "auth", "454 4.7.0 Temporary authentication failure"),
    "auth-5xx": stage(IN_DOUBT, "auth", "535 5.7.8 Error: authentication failed", "outage of the provider's login"),
    "auth-5xx-and-unproven-accepted": stage(IN_DOUBT, "auth", "535 5.7.139 Locked", "outage", accept_unproven=True),
    "auth-close": stage(UNPROVEN, "auth", "close"),
    "mail-4xx": stage(NO, "mail", "451 4.7.1 Greylisted", "rejected at mail"),
    "mail-5xx": stage(NO, "mail", "550 5.1.8 Sender rejected", "rejected at mail"),
    "mail-close": stage(UNPROVEN, "mail", "close"),
    "rcpt-4xx": stage(NO, "rcpt", "450 4.7.0 Transmit rate limit exceeded", "rejected at rcpt"),
    "rcpt-5xx": stage(NO, "rcpt", "550 5.7.1 Sender address not allowed", "rejected at rcpt"),
    "rcpt-5xx-and-unproven-accepted": stage(NO, "rcpt", "550 5.7.1 No", "rejected at rcpt", accept_unproven=True),
    "rcpt-close": stage(UNPROVEN, "rcpt", "close"),
    "no-starttls-accepted": Row(ACCEPTED, (), {"starttls": False}, {"accept_unproven": True}),
    "ehlo-close-accepted": stage(ACCEPTED, "ehlo", "close", accept_unproven=True),
}
LATER = {IN_DOUBT: {"retry_hours": 0}}
"""What the third run declares besides."""
KEPT = [name for name, row in ROWS.items() if row.outcome != ACCEPTED]


@dataclass(frozen=True)
class Met:
    """The run that meets the trouble, the next one without it, and the one with another password declared. Of each
    host: its connectors before and after the first, how mail fared then, the logins that were tried by then and later,
    and whether a state was saved in the first."""

    many: AccountSite
    first: Run
    again: Run
    turned: Run
    before: dict[str, Any]
    after: dict[str, Any]
    mail: dict[str, list[str]]
    tried: dict[str, list[int]]
    saved: set[str]


def attempts(many: AccountSite, host: str) -> int:
    """How often the new mailbox has tried to log in (where the provider refuses everybody, it knows no names)."""
    tried = [*many.logins(host), *many.refused_logins(host)]
    return tried.count(NEW) + tried.count(None)


def desired(many: AccountSite, name: str, closed: int, password: str, **options: Any) -> dict[str, Any]:
    """What a host declares; the closed port is filled in."""
    boxes = [mailbox(NEW, 20, password=password), mailbox(OLD, 300)]
    if options.get("connector") == {"port": CLOSED}:
        options["connector"] = {"port": closed}
    return {"mailboxes": boxes, **options}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """Three runs over all rows."""
    folder = tmp_path_factory.mktemp("proofs")
    with ExitStack() as stack:
        many = stack.enter_context(account_site(folder, hosts=list(ROWS)))
        many.give_providers(stack, PROVIDER)
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        for name, row in ROWS.items():
            many.in_use(name)
            many.provider_of(name).change(row.knobs)
        before = {name: state(host) for name, host in many.lab.hosts.items()}
        declarations = {
            name: desired(many, name, closed.getsockname()[1], row.password, **row.options)
            for name, row in ROWS.items()
        }
        first = many.accounts(declarations, "-vvvv")
        after = {name: state(host) for name, host in many.lab.hosts.items()}
        tried = {name: [attempts(many, name)] for name in ROWS}
        saved = {path.parent.name for path in many.saved()}
        for name, row in ROWS.items():
            many.provider_of(name).change(USUAL)
            if row.outcome == REFUSED:
                # The mailbox gets another password, which is declared in the third run.
                many.provider_of(name).change({"mailboxes": [{"address": NEW, "password": TURNED}]})
        mail = {name: many.mail(name) for name in ROWS}
        tried = {name: [*counts, attempts(many, name)] for name, counts in tried.items()}
        again = many.accounts({name: desired(many, name, 0, row.password) for name, row in ROWS.items()})
        tried = {name: [*counts, attempts(many, name)] for name, counts in tried.items()}
        many.provider_of("mailbox-refused").change({"refuse_logins": []})
        turned = {
            name: desired(
                many, name, 0, TURNED if row.outcome == REFUSED else row.password, **LATER.get(row.outcome, {})
            )
            for name, row in ROWS.items()
        }
        yield Met(many, first, again, many.accounts(turned), before, after, mail, tried, saved)


@pytest.mark.parametrize("name", KEPT)
def test_a_login_that_is_not_proven_is_not_written(met: Met, name: str) -> None:
    record, row = met.first.task(host=name), ROWS[name]
    result = record["result"]
    assert (record["status"], result["changed"], result["decision"]) == ("failed", False, "switch")
    assert result["backup_file"] is None and name not in met.saved
    assert met.after[name] == met.before[name]
    assert [word for word in (NEW, "Nothing was written", *row.words) if word not in result["msg"]] == []
    assert ("accept_unproven: true" in result["msg"]) == (row.outcome == UNPROVEN)
    assert [each["outcome"] for each in result["stages"] if each["stage"] == "proof"] == [
        UNPROVEN if row.outcome in (UNPROVEN, IN_DOUBT) else REFUSED
    ]


@pytest.mark.parametrize("name", ROWS)
def test_mail_flows_all_the_same(met: Met, name: str) -> None:
    assert met.mail[name] == ["delivered"]
    assert met.many.lab.hosts[name].open_shells == 0


def recorded(met: Met, name: str) -> list[str]:
    """What a host's ledger knows of the new mailbox, in the order of all three runs."""
    return [kind for kind, box in met.many.events(name) if box == NEW]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.outcome == REFUSED])
def test_a_refusal_is_not_tried_again_until_another_password_is_declared(met: Met, name: str) -> None:
    again, turned = met.again.task(host=name), met.turned.task(host=name)
    assert (again["status"], again["result"]["changed"], again["result"]["decision"]) == ("ok", False, "keep")
    assert (turned["status"], turned["result"]["changed"], turned["result"]["decision"]) == ("ok", True, "switch")
    assert "the provider rejected this password on" in again["result"]["mailboxes"][0]["barred"]
    assert f"The mailbox {NEW} is not tried: the provider rejected" in "\n".join(again["result"]["warnings"])
    assert len(set(met.tried[name])) == 1 and met.tried[name][0] > 0
    assert recorded(met, name) == ["refused", "logged_in", "written", "switched"]
    assert "is not tried" not in "\n".join(turned["result"].get("warnings", []))
    assert met.many.login(name) == (NEW, password_hash(TURNED))
    assert met.many.mail(name, 6) == ["delivered"] * 6


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.outcome == IN_DOUBT])
def test_an_outage_bars_nobody_and_is_not_asked_about_at_once(met: Met, name: str) -> None:
    again, turned = met.again.task(host=name), met.turned.task(host=name)
    assert (again["status"], again["result"]["changed"], again["result"]["decision"]) == ("ok", False, "keep")
    assert "together with another one, as in an outage" in again["result"]["mailboxes"][0]["barred"]
    assert len(set(met.tried[name])) == 1 and met.tried[name][0] > 0
    assert (turned["status"], turned["result"]["changed"], turned["result"]["decision"]) == ("ok", True, "switch")
    assert "refused" not in [kind for kind, _ in met.many.events(name)]
    assert met.many.login(name) == hashed(NEW)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.outcome in (CERTIFICATE, NO, UNPROVEN)])
def test_without_the_trouble_the_next_run_switches(met: Met, name: str) -> None:
    again, turned = met.again.task(host=name), met.turned.task(host=name)
    assert (again["status"], again["result"]["changed"], again["result"]["decision"]) == ("ok", True, "switch")
    assert (turned["status"], turned["result"]["changed"], turned["result"]["decision"]) == ("ok", False, "keep")
    # At these stages it had been taken already.
    seen = ["logged_in"] if name.startswith(("mail", "rcpt")) else []
    seen += ["held_back"] if seen and ROWS[name].outcome == NO else []
    assert recorded(met, name) == [*seen, "logged_in", "written", "switched"]
    assert met.many.login(name) == hashed(NEW)
    assert met.many.mail(name, 6) == ["delivered"] * 6


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.outcome == ACCEPTED])
def test_what_cannot_be_proven_is_written_where_that_is_accepted(met: Met, name: str) -> None:
    result, again = met.first.result(host=name), met.again.result(host=name)
    assert (result["changed"], again["changed"], result["decision"]) == (True, False, "switch")
    (warning,) = [each for each in result["warnings"] if "there is no login to go back to" in each]
    assert OLD in warning
    assert recorded(met, name) == ["written", "switched"]
    assert met.many.login(name) == hashed(NEW)


def test_no_proof_has_sent_anything(met: Met) -> None:
    sent = [each for name in ROWS for each in met.many.provider_of(name).records.accepted]
    assert {(each.sender, each.recipients) for each in sent} == {(OLD, (CUSTOMER,))}
