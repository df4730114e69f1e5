"""A site whose mailboxes are at simulated providers: what it declares, what provider, host and ledger say of a run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lab.provider import SimulatedProvider

from .running import (
    MAILBOX_PASSWORD,
    NEW_PASSWORD,
    OLD_PASSWORD,
    WIZARDS_NAME,
    Run,
    Site,
    connectors,
    password_hash,
    site,
)

NEW, OLD, THIRD = "smarthost@beispiel.de", "info@beispiel.de", "buero@beispiel.de"
PASSWORDS = {NEW: NEW_PASSWORD, OLD: MAILBOX_PASSWORD, THIRD: OLD_PASSWORD}
CUSTOMER = "kunde@kunde.example"
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ANY_TIME = {"days": DAYS, "from": "00:00", "to": "23:59"}
YOUNG_LIMIT = 5
"""Mails an hour that the lab's provider lets a young mailbox send."""


def ago(days: float) -> str:
    """The moment so many days before now."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def mailbox(address: str, age: float, **keys: Any) -> dict[str, Any]:
    """A declared mailbox that is so many days old."""
    return {"address": address, "password": PASSWORDS[address], "created": ago(age), **keys}


def at_provider(**ages: float) -> list[dict[str, Any]]:
    """The mailboxes as the provider has them: ``new``, ``old`` and ``third``, with their ages in days."""
    names = {"new": NEW, "old": OLD, "third": THIRD}
    return [mailbox(names[name], age) for name, age in ages.items()]


def used(port: int, address: str = OLD, **properties: Any) -> dict[str, Any]:
    """A connector as the role leaves it, with the mailbox's login."""
    return {
        "Name": "Smarthost Lab",
        "AddressSpaces": ["*"],
        "DNSRoutingEnabled": False,
        "SmartHosts": ["localhost"],
        "Port": port,
        "SmartHostAuthMechanism": "BasicAuthRequireTLS",
        "AuthenticationCredential": {"username": address, "password": PASSWORDS.get(address, OLD_PASSWORD)},
        "RequireTLS": True,
        "ProtocolLoggingLevel": "Verbose",
        **properties,
    }


class AccountSite(Site):
    """A site with mailboxes. ``provider_of`` a host is the lab's own, unless it was given one."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._own: dict[str, SimulatedProvider] = {}

    def provider_of(self, host: str = "sbs") -> SimulatedProvider:
        """The provider at which the host logs in."""
        provider = self._own.get(host) or self.lab.provider
        assert provider
        return provider

    def give_providers(self, stack: ExitStack, data: Mapping[str, Any]) -> None:
        """Give each host a provider of its own that it trusts."""
        assert self.lab.certificates
        for host in self.lab.hosts:
            self._own[host] = stack.enter_context(SimulatedProvider(data, self.lab.certificates))

    def in_use(self, host: str, address: str = OLD, **properties: Any) -> None:
        """Let the host's only connector log in with this mailbox."""
        machine = self.lab.hosts[host].machine
        gone = [each["Name"] for each in machine.dump()["send_connectors"]]
        port = self.provider_of(host).port
        machine.change({"remove": gone, "send_connectors": [used(port, address, **properties)]})

    def declared(self, mailboxes: Any, **options: Any) -> dict[str, Any]:
        """The options of one declaration; None leaves one out."""
        desired = {
            "provider": {"name": "Lab", "smtp_host": "localhost", "starttls_port": "{{ lab_smtp_port }}"},
            "mailboxes": mailboxes,
            "switch_window": ANY_TIME,
            "wait_for_session": 0,
            "backup_dir": str(self.backups),
            **options,
        }
        return {option: value for option, value in desired.items() if value is not None}

    def account(self, mailboxes: Any, *words: str, playbook: str = "switch_smarthost_account", **options: Any) -> Run:
        """Runs the daily playbook, or another of the project's, with this declaration in the inventory."""
        given = variables(self.declared(mailboxes, **options))
        return self.project(playbook, *words, **given)

    def accounts(self, declarations: Mapping[str, Mapping[str, Any]], *words: str, **options: Any) -> Run:
        """The same on many hosts, each with options of its own, its own provider and its own ledger."""
        hosts = {
            name: {"lab_smtp_port": self.provider_of(name).port, **variables(desired)}
            for name, desired in declarations.items()
        }
        given = variables(
            self.declared(None, **{"ledger": str(self.backups / "{{ inventory_hostname }}.sqlite"), **options})
        )
        return self.project("switch_smarthost_account", *words, hosts=hosts, **given)

    def account_task(self, called: str, mailboxes: Any = None, **options: Any) -> dict[str, Any]:
        """One task of the action under this name."""
        return {"name": called, "sbs.mailflow.smarthost_account": self.declared(mailboxes, **options)}

    def login(self, host: str = "sbs") -> tuple[str, str] | None:
        """The name with which the host's only connector logs in, and its password's hash."""
        (connector,) = connectors(self.lab.hosts[host]).values()
        login = connector["AuthenticationCredential"]
        return (login["UserName"], login["password_sha256"]) if login else None

    def mail(self, host: str = "sbs", count: int = 1) -> list[str]:
        """What becomes of so many messages that the host's Exchange sends now."""
        sent = self.lab.send(host, OLD, [CUSTOMER], count)
        return [each["status"] for each in sent]

    def logins(self, host: str = "sbs") -> list[str]:
        """Who has logged in at the host's provider."""
        return [each.login for each in self.provider_of(host).records.logins]

    def refused_logins(self, host: str = "sbs") -> list[str | None]:
        """Whose login the host's provider has refused."""
        return [each.login for each in self.provider_of(host).records.refused if each.stage == "auth"]

    def last_run(self, hours_ago: float) -> None:
        """Let the last run that the ledger knows be so long ago."""
        with closing(sqlite3.connect(self.backups / "ledger.sqlite")) as database, database:
            database.execute("UPDATE runs SET at = ?", (ago(hours_ago / 24),))

    def events(self, name: str = "ledger", host: str | None = None) -> list[tuple[str, str]]:
        """Kind and mailbox of each line of a ledger, of one host or of all."""
        return [(kind, box) for at, of, box, kind in rows(self.backups / f"{name}.sqlite") if host in (None, of)]


def variables(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the role's variables."""
    return {f"smarthost_account_{option}": value for option, value in options.items()}


def rows(path: Path) -> list[tuple[str, str, str, str]]:
    """Moment, host, mailbox and kind of each line of a ledger."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return database.execute("SELECT at, host, mailbox, kind FROM events ORDER BY id").fetchall()


def hashed(address: str) -> tuple[str, str]:
    """A mailbox's login as the lab shows it."""
    return address, password_hash(PASSWORDS[address])


@contextmanager
def account_site(folder: Path, state: Mapping[str, Any] | None = None, **keys: Any) -> Iterator[AccountSite]:
    """A site with a lab and its provider; by default the new mailbox is three days old."""
    known = {
        "profile": "sbs2011",
        "provider": {"mailboxes": at_provider(new=3, old=300)},
        "send_connectors": [{"Name": WIZARDS_NAME, "AddressSpaces": ["*"]}],
        **(state or {}),
    }
    with site(folder, known, **{"kind": AccountSite, **keys}) as made:
        yield made


@contextmanager
def traffic(sbs: AccountSite, host: str, react: Callable[[], None] = lambda: None) -> Iterator[None]:
    """A host whose Exchange sends a message every now and then; ``react`` once it logs in with the new mailbox."""
    over = threading.Event()

    def send() -> None:
        switched = False
        while not over.wait(0.3):
            if not switched and (sbs.login(host) or ("", ""))[0] == NEW:
                switched = True
                react()
            sbs.mail(host)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
