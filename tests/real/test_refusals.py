"""What the look at the queues makes of each refusal of a real Postfix: its words, its class, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.e2e.accounts import CUSTOMER, OLD
from tests.e2e.running import Run

from .policy import REFUSAL
from .processes import wait_for
from .provider import SERVICES, THERE
from .sites import RealSite, real_site

pytestmark = pytest.mark.servers

UNKNOWN, GREY, THROTTLED = "nie@voll.example", "grau@kunde.example", "eng@kunde.example"
FOREIGN: Final = "chef@beispiel.de"
SUBMITTED: Final = 4


@dataclass(frozen=True)
class Row:
    """A service that refuses, the mail that meets it, and what must be told: the words, their class, the verdict."""

    words: str
    means: str | None
    verdict: str
    service: str = "submission"
    sender: str = OLD
    recipients: tuple[str, ...] = (CUSTOMER,)
    connector: dict[str, Any] = field(default_factory=dict)


ONE_BY_ONE: Final = {"SmtpMaxMessagesPerConnection": 1}
NO_LOGIN: Final = {"SmartHostAuthMechanism": "None", "AuthenticationCredential": None}
OTHER_PASSWORD: Final = {"AuthenticationCredential": {"username": OLD, "password": "Birkenwald"}}


def at(service: str, words: str, means: str | None, verdict: str, **keys: Any) -> Row:
    """A row of a service that is not the strict one."""
    return Row(words, means, verdict, service, **keys)


NOT_OWNED: Final = f"553 5.7.1 <{FOREIGN}>: Sender address rejected: not owned by user {OLD}"
NO_SUCH_USER: Final = f"550 5.1.1 <{UNKNOWN}>: Recipient address rejected: User unknown in virtual mailbox table"
NO_LOGIN_KNOWN: Final = "535 5.7.8 Error: authentication failed: (reason unavailable)"
ANVIL: Final = "from 127.0.0.1"
ROWS: Final = {
    "throttled": Row(
        f"450 4.7.0 <{THROTTLED}>: Recipient address rejected: Transmit rate limit exceeded, try again later (ACC)",
        "throttled",
        "snowball",
        recipients=(THROTTLED,),
    ),
    "not-owned": Row(NOT_OWNED, "sender", "refused", sender=FOREIGN),
    "not-owned-at-mail": at("judges at MAIL", NOT_OWNED, "sender", "refused", sender=FOREIGN),
    "much-mail": at("too much mail", f"450 4.7.1 Error: too much mail {ANVIL}", "throttled", "snowball"),
    "many-recipients": at(
        "too many recipients", f"450 4.7.1 Error: too many recipients {ANVIL}", "throttled", "snowball"
    ),
    "many-connections": at(
        "too many connections",
        f"421 4.7.0 localhost Error: too many connections {ANVIL}",
        "throttled",
        "snowball",
        connector=ONE_BY_ONE,
    ),
    "many-logins": at(
        "too many logins",
        f"450 4.7.1 Error: too many AUTH commands {ANVIL}",
        "throttled",
        "snowball",
        connector=ONE_BY_ONE,
    ),
    "many-handshakes": at(
        "too many TLS sessions",
        "454 4.7.0 Error: too many new TLS sessions from unknown[127.0.0.1]",
        "throttled",
        "snowball",
        connector=ONE_BY_ONE,
    ),
    # The second recipient gets the message a minute later.
    "two-recipients": at("one recipient a message", "", None, "healthy", recipients=(CUSTOMER, "zwei@kunde.example")),
    # 421 4.7.0 Error: too many errors is what the next message hears, which goes over another connection then.
    "errors": at("the first error is the last", NO_SUCH_USER, "recipient", "healthy", recipients=(UNKNOWN,)),
    "disk-full": at("disk full", "452 4.3.1 Insufficient system storage", "other", "noticed"),
    "too-large": at("small mail only", "552 5.3.4 Message size exceeds fixed limit", "content", "healthy"),
    "content": at("no mail of that kind", "550 5.7.1 message content rejected", "content", "healthy"),
    "another-name": at("another name", "454 4.7.5 Certificate validation failure", "connection", "slowing"),
    "stranger": at("a stranger", "454 4.7.5 Certificate validation failure", "connection", "slowing"),
    "expired": at("expired", "454 4.7.5 Certificate validation failure", "connection", "slowing"),
    "no-certificate": at("no certificate", "454 4.7.0 TLS not available due to local problem", "connection", "slowing"),
    "newer-tls": at("TLS 1.3 only", "421 4.4.1 Connection timed out", "connection", "slowing"),
    "no-tls": at("no TLS", "451 5.7.3 STARTTLS is required to send mail", "connection", "slowing"),
    "no-logins": at("no logins", "451 5.7.3 Require basic authentication", "login", "slowing"),
    "plain-alone": at("PLAIN alone", "451 5.7.3 Require basic authentication", "login", "slowing"),
    "no-login-server": at("no login server", "421 4.4.2 Connection dropped", "connection", "slowing"),
    "no-login-database": at("no login database", NO_LOGIN_KNOWN, "login", "refused"),
    "wrong-password": Row(NO_LOGIN_KNOWN, "login", "refused", connector=OTHER_PASSWORD),
    "no-policy": at(
        "no policy",
        f"451 4.3.5 <{CUSTOMER}>: Recipient address rejected: Server configuration problem",
        "other",
        "noticed",
    ),
    "no-table": at(
        "no table", f"451 4.3.0 <{UNKNOWN}>: Temporary lookup failure", "other", "noticed", recipients=(UNKNOWN,)
    ),
    "not-this-client": at(
        "not this client",
        "554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied",
        "address",
        "refused",
    ),
    "unknown-recipient": Row(NO_SUCH_USER, "recipient", "healthy", recipients=(UNKNOWN,)),
    "full-mailbox": Row(
        f"452 4.2.2 <{THERE}>: Recipient address rejected: Quota exceeded (mailbox for user is full)",
        "recipient",
        "healthy",
        recipients=(THERE,),
    ),
    "greylisted": Row(
        f"450 4.2.0 <{GREY}>: Recipient address rejected: Greylisted", "greylisted", "healthy", recipients=(GREY,)
    ),
    "no-login": Row(
        f"554 5.7.1 <{CUSTOMER}>: Relay access denied",
        "login",
        "refused",
        sender="wer@fern.example",
        connector=NO_LOGIN,
    ),
    "not-logged-in": Row(
        f"553 5.7.1 <{OLD}>: Sender address rejected: not logged in", "login", "refused", connector=NO_LOGIN
    ),
}


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealSite, Run]]:
    """A few minutes of mail at each of them, and one look at all."""
    state = {"clock": {"hours_ago": 1}, "delivery": {"running": True}}
    folder = tmp_path_factory.mktemp("refusals")
    with real_site(folder, state, SERVICES, hosts=list(ROWS)) as site:
        policy = site.real.policy
        policy.created.clear()
        policy.orders[THROTTLED] = REFUSAL
        policy.orders[THERE] = "452 4.2.2 Quota exceeded (mailbox for user is full)"
        policy.orders[GREY] = (
            "DEFER_IF_PERMIT 4.2.0 Greylisted, see http://postgrey.schweikert.ch/help/kunde.example.html"
        )
        for name, row in ROWS.items():
            site.logs_in(name, row.service, **row.connector)
            site.lab.submit(name, row.sender, list(row.recipients), SUBMITTED)
        site.lab.run("throttled", 0.1)
        yield site, site.project("check_transport", transport_calm_for_per_hour=20)


def replies(told: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Class and words of all that came back or waits for a reason."""
    found = list(told["came_back"])
    for queue in told["queues"]:
        found += [*queue["errors"], *([queue["last_error"]] if queue["last_error"] else [])]
    return [(each["class"], each["words"]) for each in found]


@pytest.mark.parametrize("name", ROWS)
def test_a_refusal_is_told_with_its_words_and_its_class(looked: tuple[RealSite, Run], name: str) -> None:
    row, told = ROWS[name], looked[1].result(host=name)
    found = replies(told)
    assert (told["verdict"], {each for each, _ in found}) == (row.verdict, {row.means} - {None}), found
    assert all(words.startswith(row.words) for _, words in found), found


@pytest.mark.parametrize("name", ROWS)
def test_every_message_is_accounted_for(looked: tuple[RealSite, Run], name: str) -> None:
    site, row = looked[0], ROWS[name]
    told, counts = looked[1].result(host=name), site.lab.hosts[name].machine.queue_summary()["counts"]
    recipients = SUBMITTED * len(row.recipients)
    assert counts["submitted"] == recipients == counts["sent"] + counts["failed"] + counts["queued"]
    assert (told["traffic"]["sent"], told["traffic"]["failed"]) == (counts["sent"], counts["failed"])


def test_the_provider_has_delivered_what_was_sent_and_no_more(looked: tuple[RealSite, Run]) -> None:
    site = looked[0]
    sent = [site.lab.hosts[name].machine.queue_summary()["counts"]["sent"] for name in ROWS]
    wait_for("all is delivered", lambda: site.real.postfix.recipients() >= sum(sent))
    assert site.real.postfix.recipients() == sum(sent) > 0
