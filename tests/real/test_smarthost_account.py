"""The smarthost account at a strict provider of real servers: proven, switched, refused, back, and an outage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.accounts import ANY_TIME, NEW, OLD, PASSWORDS, hashed, mailbox, traffic, variables
from tests.e2e.running import Run, password_hash, state

from .dovecot import User
from .processes import wait_for
from .provider import SERVICES, birth
from .sites import RealSite, real_site

pytestmark = pytest.mark.servers

TURNED: Final = "Hufeisen \u00b4neu\u00b4 %s"
REFUSED, CERTIFICATE, TLS, UNPROVEN = "refused", "certificate", "tls", "unproven"
SWITCHED, IN_DOUBT, NO = "switched", "in doubt", "no"


@dataclass(frozen=True)
class Row:
    """A service that both mailboxes would log in at, and what becomes of the switch: its end, words of the message."""

    outcome: str
    words: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    service: str = ""


ROWS: Final = {
    "submission": Row(SWITCHED),
    "password": Row(
        REFUSED, "rejected by the provider: 535 5.7.8 Error: authentication failed", {"password": TURNED}, "submission"
    ),
    "another-name": Row(CERTIFICATE, "an invalid certificate of localhost:"),
    "a-stranger": Row(CERTIFICATE, "an invalid certificate of localhost:"),
    "expired": Row(CERTIFICATE, "an invalid certificate of localhost:"),
    "no-certificate": Row(UNPROVEN, "454 4.7.0 TLS not available due to local problem"),
    "TLS-1.3-only": Row(TLS, "that supports only TLS newer than 1.2"),
    "no-TLS": Row(UNPROVEN, "reached stage starttls"),
    "no-logins": Row(UNPROVEN, "reached stage auth"),
    "PLAIN-alone": Row(UNPROVEN, "reached stage auth"),
    "no-login-server": Row(UNPROVEN, "reached stage ehlo"),
    "no-login-database": Row(IN_DOUBT, "outage of the provider's login"),
    "too-many-connections": Row(UNPROVEN, "421 4.7.0 localhost Error: too many connections from 127.0.0.1"),
    "too-many-logins": Row(UNPROVEN, "450 4.7.1 Error: too many AUTH commands from 127.0.0.1"),
    "disk-full": Row(NO, "rejected at mail: 452 4.3.1 Insufficient system storage"),
    "no-policy": Row(NO, "Server configuration problem"),
    "not-this-client": Row(NO, "Client host rejected: Access denied"),
}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealSite, Run, dict[str, Any]]]:
    """One run over all rows; of each host the connectors before it."""
    folder = tmp_path_factory.mktemp("proofs")
    services = {name.replace(" ", "-"): others for name, others in SERVICES.items()}
    with real_site(
        folder, services={**services, "no login database": SERVICES["no login database"]}, hosts=list(ROWS)
    ) as site:
        declared = {}
        for name, row in ROWS.items():
            service = row.service or name
            site.logs_in(name, service)
            boxes = [mailbox(NEW, 20, **row.options), mailbox(OLD, 300)]
            port = site.real.port(service)
            declared[name] = {
                "lab_smtp_port": port,
                **variables(site.declared(boxes, ledger=str(site.backups / f"{name}.sqlite"))),
            }
        before = {name: state(host) for name, host in site.lab.hosts.items()}
        yield site, site.project("switch_smarthost_account", "-vvvv", hosts=declared), before
        assert site.real.postfix.taken() == {}


@pytest.mark.parametrize("name", ROWS)
def test_a_proof_at_each_kind_of_server(met: tuple[RealSite, Run, dict[str, Any]], name: str) -> None:
    site, run, before = met
    row, record = ROWS[name], run.task(host=name)
    result = record["result"]
    if row.outcome == SWITCHED:
        assert (record["status"], site.login(name)) == ("ok", hashed(NEW)), result
        return
    assert (record["status"], result["changed"], state(site.lab.hosts[name])) == ("failed", False, before[name])
    assert row.words in result["msg"]
    assert ("accept_unproven: true" in result["msg"]) == (row.outcome == UNPROVEN)
    kinds = [kind for kind, box in site.events(name) if box == NEW]
    assert ("refused" in kinds) == (row.outcome == REFUSED)


@pytest.fixture
def sbs(tmp_path: Path) -> Iterator[RealSite]:
    with real_site(tmp_path) as site:
        site.logs_in()
        yield site


def daily(site: RealSite, password: str = PASSWORDS[NEW], **options: Any) -> tuple[Run, dict[str, Any]]:
    """The daily run with a new mailbox that has come of age, and its result."""
    boxes = [mailbox(NEW, 20, password=password), mailbox(OLD, 300)]
    run = site.account(boxes, retry_hours=0, switch_window=ANY_TIME, **options)
    return run, run.result()


def test_an_outage_a_throttled_mailbox_a_login_that_is_refused_and_the_way_back(sbs: RealSite) -> None:
    real = sbs.real
    assert sbs.mail() == ["delivered"]

    real.dovecot.close()
    run, result = daily(sbs)
    assert (run.recap()["failed"], sbs.login()) == (1, hashed(OLD))
    # One process of Postfix says 454 4.7.0, a new one ends at once without its login server.
    assert "cannot be verified at localhost:" in result["msg"], result["msg"]
    assert sbs.mail() == ["deferred"]
    real.dovecot.start()

    real.dovecot.database_gone()
    run, result = daily(sbs)
    assert (run.recap()["failed"], sbs.login()) == (1, hashed(OLD))
    assert "outage of the provider's login" in result["msg"]
    assert sbs.mail() == ["deferred"]
    real.dovecot.database_back()

    real.policy.created[NEW], real.policy.young_per_hour = birth(3), 0
    run, result = daily(sbs)
    assert (run.recap()["failed"], sbs.login()) == (1, hashed(OLD))
    assert "Transmit rate limit exceeded" in result["msg"]
    real.policy.created[NEW] = birth(20)
    assert "refused" not in [kind for kind, _ in sbs.events()]

    def changes_its_mind() -> None:
        real.dovecot.users = {OLD: User(PASSWORDS[OLD])}
        real.dovecot.database_back()

    with traffic(sbs, "sbs", changes_its_mind):
        run, result = daily(sbs, wait_for_session=8)
    assert "as Exchange reports: 535 5.7.8" in result["msg"], run.output
    assert sbs.login() == hashed(OLD) and sbs.mail() == ["delivered"]

    real.dovecot.users = {OLD: User(PASSWORDS[OLD]), NEW: User(TURNED)}
    real.dovecot.database_back()
    with traffic(sbs, "sbs"):
        run, result = daily(sbs, TURNED, wait_for_session=8)
    assert (run.code, sbs.login()) == (0, (NEW, password_hash(TURNED))), run.output
    assert result["stages"][-1]["outcome"] == "proven"
    assert "refused" in [kind for kind, _ in sbs.events()]
    wait_for("all is delivered", lambda: real.postfix.recipients() >= sbs.sent["delivered"])
    assert real.postfix.recipients() == sbs.sent["delivered"] > 4
    assert set(real.postfix.taken().values()) == {1}
