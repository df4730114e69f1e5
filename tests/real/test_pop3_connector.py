"""The accounts of the POP3 connector at a real Dovecot in every kind of trouble, and the lab's fetch from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.e2e.running import MAILBOX_PASSWORD, NEW_PASSWORD, OLD_PASSWORD, Run, Site, site
from tests.e2e.test_pop3_connector import ANNA, CLEAR, INFO, MAPS, PAUL, RECIPIENTS, connector, declared, on_host, run

from .dovecot import Dovecot, User
from .dovecots import dovecots, held
from .processes import open_folder
from .provider import leaves

pytestmark = pytest.mark.servers

MESSAGES: Final = tuple(f"Subject: Nr. {number}\r\n\r\n.\r\n..Punkte\r\n".encode() for number in range(3))


@dataclass(frozen=True)
class Row:
    """The Dovecot and its port, what is declared otherwise, and words of the refusal."""

    words: str
    server: str = "good"
    port: str = "pop3"
    given: dict[str, Any] = field(default_factory=dict)


FAR: Final = {"ssl": False, "server": "127.0.0.2"}
# What waits for thirty seconds in vain (no TLS where TLS is expected) is asked in test_proofs alone.
ROWS: Final = {
    "wrong": Row("-ERR [AUTH] Authentication failed.", given={"password": NEW_PASSWORD}),
    "disabled": Row("-ERR [AUTH] Login disabled for this user"),
    "database": Row("-ERR [SYS/TEMP] Temporary authentication failure.", "no database"),
    "stranger": Row("RemoteCertificateChainErrors: PartialChain", "a stranger"),
    "name": Row("RemoteCertificateNameMismatch", "another name"),
    "expired": Row("RemoteCertificateChainErrors: NotTimeValid", "expired"),
    "plaintext": Row("-ERR [AUTH] Plaintext authentication disallowed", port="pop3_plain", given=FAR),
    "newer": Row("the server supports only TLS newer than 1.2", "TLS 1.3 only"),
    "locked": Row("-ERR [IN-USE] Mailbox is locked by another POP3 session."),
    "connections": Row("-ERR [IN-USE] Maximum number of connections from user+IP exceeded", "one connection"),
    "plain-port": Row("the server does not use TLS on this port", port="pop3_plain"),
}


def address(name: str) -> str:
    return f"{name}@beispiel.de"


USERS: Final = {
    **{address(name): User(OLD_PASSWORD) for name in ROWS},
    address("disabled"): User(OLD_PASSWORD, fields="nologin"),
    INFO: User(MAILBOX_PASSWORD, MESSAGES),
}


@dataclass(frozen=True)
class Met:
    """A site, the Dovecots, a run that declares all rows, and the connector before and after it."""

    site: Site
    started: dict[str, Dovecot]
    run: Run
    before: Any
    after: Any


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    state = {
        "pop3_connector": {"accounts": [on_host("alt@beispiel.de", OLD_PASSWORD)], "mailboxes": [ANNA, PAUL]},
        "recipients": RECIPIENTS,
    }
    with ExitStack() as stack:
        found = stack.enter_context(site(tmp_path_factory.mktemp("pop3"), state))
        folder = stack.enter_context(open_folder("sbs-real-pop3-"))
        assert found.lab.certificates
        started = stack.enter_context(dovecots(folder, leaves(found.lab.certificates.leaf), USERS))
        for server, name in (("good", "locked"), ("one connection", "connections")):
            stack.callback(held(started[server], address(name), found.lab.directory.ca_file).close)
        desired = [
            {**declared(address(name), OLD_PASSWORD, found, port=started[row.server].ports[row.port]), **row.given}
            for name, row in ROWS.items()
        ]
        before = connector(found)
        met = run(found, desired, key_map=MAPS["plain"], **CLEAR)
        yield Met(found, started, met, before, connector(found))


def test_nothing_is_written_where_a_login_is_not_proven(met: Met) -> None:
    assert (met.run.recap()["failed"], met.after) == (1, met.before)


@pytest.mark.parametrize("name", ROWS)
def test_each_account_is_named_with_the_reason(met: Met, name: str) -> None:
    (line,) = [each for each in met.run.result()["msg"].splitlines() if address(name) in each]
    assert ROWS[name].words in line


def test_what_was_declared_is_fetched_and_gone_from_the_server(met: Met) -> None:
    found, server = met.site, met.started["good"]
    good = declared(INFO, MAILBOX_PASSWORD, found, mailbox=PAUL, port=server.ports["pop3"])
    options = {"key_map": MAPS["plain"], "max_waiting": 2}
    assert "confirm_first_fetch" in run(found, [good], **options).result()["msg"]
    written = run(found, [good], confirm_first_fetch=True, **options)
    assert set(written.statuses()) == {"done"} and server.waiting(INFO) == len(MESSAGES)
    given = {"pop3_connector_key_map": MAPS["plain"], "pop3_connector_backup_dir": str(found.backups)}
    fetched = found.project("fetch_pop3_connector", **given).result()
    taken = next(each for each in fetched["mailboxes"] if each["username"] == INFO)
    assert (taken["before"], taken["after"], taken["outcome"]) == (len(MESSAGES), 0, "taken")
    assert server.waiting(INFO) == 0
    subjects = connector(found)["mailboxes"][PAUL]["subjects"]
    assert subjects == [f"Nr. {number}" for number in range(len(MESSAGES))]


FETCH_FAILS: Final = {
    "wrong": "Authentication failed",
    "disabled": "Login disabled for this user",
    "database": "Temporary authentication failure",
    "stranger": "CERTIFICATE_VERIFY_FAILED",
    "name": "mismatch",
    "expired": "expired",
    "plaintext": "Plaintext authentication disallowed",
    "newer": "",
    "locked": "timed out",  # Dovecot lets one wait for ten seconds before it says so
    "connections": "Maximum number of connections",
    "plain-port": "",
}
"""Words of the lab's own fetch; none where they are the system's."""


def test_the_labs_fetch_takes_nothing_where_a_login_is_not_proven(met: Met) -> None:
    found, before = met.site, connector(met.site)["accounts"]
    accounts = [
        {
            **on_host(address(name), OLD_PASSWORD, PAUL, port=met.started[row.server].ports[row.port], ssl=True),
            **row.given,
        }
        for name, row in ROWS.items()
    ]
    found.host.machine.change({"pop3_connector": {"accounts": accounts}})
    told = {each["username"]: each for each in found.lab.fetch("sbs")}
    assert len(before) + len(accounts) == len(told)
    for name, words in FETCH_FAILS.items():
        shown = told[address(name)]
        assert (shown["status"], shown["messages"]) == ("failed", 0), shown
        assert words in shown["error"]
    assert set(FETCH_FAILS) == set(ROWS)
