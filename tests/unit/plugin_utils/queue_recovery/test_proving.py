"""What a provider's answers about senders come to: who is taken, who is suspended, what stays open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugin_utils.queue_recovery.recovery_host import HOUR, MINUTE, OLD, RecoveryHost, Site

INFO, CHEF, OTHER = "info@beispiel.de", "chef@beispiel.de", "x@fremd.example"
NOT_OWNED = "553 5.7.1 <chef@beispiel.de>: Sender address rejected: not owned by user info@beispiel.de"
LISTED = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example"
RATE = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
Row = tuple[str, str, str]


def told(*rows: Row, stage: str = "done", problem: str | None = None, text: str = "250 Ok") -> dict[str, Any]:
    senders = [{"Sender": who, "Stage": at, "Code": int(said[:3]), "Text": said} for who, at, said in rows]
    return {"Stage": stage, "Problem": problem, "Code": int(text[:3]), "Text": text, "Senders": senders}


OK: Row = (INFO, "rcpt", "250 2.1.5 Ok")
ANSWERS: dict[str, tuple[dict[str, Any], list[str], set[str], bool]] = {
    "all are taken": (told(OK, (CHEF, "rcpt", "250 Ok")), [INFO, CHEF], set(), False),
    "one at MAIL": (told(OK, (CHEF, "mail", NOT_OWNED)), [INFO], {CHEF}, False),
    "one at RCPT": (told((CHEF, "rcpt", NOT_OWNED), OK), [INFO], {CHEF}, False),
    "words nobody knows at MAIL": (told((CHEF, "mail", "550 Njet"), OK), [INFO], {CHEF}, False),
    "words nobody knows at RCPT": (told((CHEF, "rcpt", "550 Njet"), OK), [INFO], set(), False),
    "the recipient is what is refused": (told((CHEF, "rcpt", "550 5.1.1 no such user")), [], set(), False),
    "the address of the host": (told((CHEF, "rcpt", LISTED)), [], {"*"}, False),
    "a login that is wanted after all": (told((CHEF, "mail", "530 5.7.0 Authentication required")), [], {"*"}, False),
    "the rate": (told(OK, (CHEF, "rcpt", RATE), (OTHER, "rcpt", RATE)), [INFO], set(), True),
    "the server leaves": (told(OK, stage="rset", problem="reply", text="421 bye"), [INFO], set(), True),
    "the login": (told(stage="auth", problem="reply", text="535 5.7.8 authentication failed"), [], {"*"}, False),
    "the login for now": (told(stage="auth", problem="reply", text="454 4.7.0 later"), [], set(), True),
    "no TLS": ({"Stage": "tls", "Problem": "tls", "Code": None, "Text": "none", "Senders": []}, [], set(), True),
    "an agent of before": ({"Stage": "done", "Problem": None, "Code": 250, "Text": "250 Ok"}, [], set(), False),
}


@pytest.mark.parametrize(("output", "taken", "refused", "is_open"), ANSWERS.values(), ids=ANSWERS)
def test_what_an_answer_means(
    tmp_path: Path, output: dict[str, Any], taken: list[str], refused: set[str], is_open: bool
) -> None:
    host = RecoveryHost()
    site = Site(tmp_path, host, {"provider": "strato", "mailboxes": [OLD], "quiet_minutes": 0})
    for sender in (INFO, CHEF, OTHER):
        host.submit(sender=sender, retry_at=host.now + 99 * HOUR)
    host._test_smtplogin = lambda **given: [output]  # type: ignore[assignment, method-assign]
    found = site.tick()
    while host.requests[-1]["steps"][0]["command"] != "Test-SmtpLogin":
        assert len(host.requests) < 50
        host.run(found.wait or MINUTE)
        found = site.tick()
    recovery = found.recovery
    assert recovery is not None
    assert (list(recovery.proven), set(recovery.brakes)) == (taken, refused)
    assert any("is not known for all" in line for line in found.notices) is is_open
    assert (recovery.stage, found.error is None) == (("prove", False) if "*" in refused else ("hold", True))
    assert len(site.ledger.events()) == 1  # the queue's


@pytest.mark.parametrize("options", [{"mailboxes": None}, {"mailboxes": [{**OLD, "address": "chef@beispiel.de"}]}])
def test_without_the_logins_password_nothing_is_asked_and_all_goes(tmp_path: Path, options: dict[str, Any]) -> None:
    host = RecoveryHost()
    site = Site(tmp_path, host, {"provider": "strato", "quiet_minutes": 0, **options})
    host.submit(8, retry_at=host.now + 99 * HOUR)
    assert site.until("done").done and host.proofs == []
    assert any("none of the declared mailboxes" in line for tick in site.ticks for line in tick.notices)
