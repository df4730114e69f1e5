"""What of one simulated host the POP3 connector is made of, and what tests do to it behind Ansible's back."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from lab.pop3 import places
from lab.pop3.console import Pen, find_record
from lab.pop3.dpapi import DataProtection
from lab.pop3.fetch import Source, fetch, subject_of
from lab.pop3.files import DISK_FULL, LOCKED, HostFiles, Trouble
from lab.pop3.profiles import FileProfile, mailbox_guid
from lab.pop3.program import program_bytes
from lab.pop3.records import Identity, Record, accounts, options_of
from lab.pop3.services import Services
from lab.pop3.settings import (
    DISPLAY_NAME,
    Pop3Account,
    Pop3Error,
    check_rewrites,
    read_account,
    read_assumption,
    read_settings,
)
from lab.pop3.tasks import Tasks

_ASSUMED: Final = {"hands_over_to", "loses_refused"}
_CHANGEABLE: Final = {
    *_ASSUMED,
    "accounts",
    "remove",
    "file",
    "service",
    "rewrites_at_stop",
    "mailboxes",
    "trouble",
    "schtasks_fails",
    "interrupted",
}
_TRIED: Final = "%Y%m%d%H%M%S%f"


@dataclass(frozen=True)
class Delivered:
    """One message that the connector handed over: the target as the file has it, subject, size in bytes."""

    mailbox: str | None
    subject: str
    size: int


class Killed(Exception):
    """The process that has just stopped the service is to end here, without another word."""


class Pop3Host:
    """Files, services, tasks, data protection and mailboxes of one host; hold ``lock`` around what belongs together.

    ``data`` is the state's key ``pop3_connector``; ``installed`` what None means there. ``services`` and ``tasks``:
    the state's keys of these names. Raises Pop3Error.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        installed: bool,
        now: Callable[[], datetime],
        lock: threading.RLock,
        services: list[dict[str, Any]],
        tasks: list[dict[str, Any]],
    ) -> None:
        settings = read_settings(data, installed)
        self.lock = lock
        self.installed = settings.installed
        self.profile: FileProfile = settings.profile
        self.dpapi = DataProtection()
        self.files = HostFiles(now)
        self.services = Services(now)
        self.tasks = Tasks(now)
        self.rewrites_at_stop = settings.rewrites_at_stop
        self.mailboxes: dict[str, list[Delivered]] = {address.lower(): [] for address in settings.mailboxes}
        self.undeliverable: list[Delivered] = []
        self.elsewhere: dict[Identity, dict[str, str]] = {}
        self.now = now
        self.hands_over_to = settings.hands_over_to
        self.loses_refused = settings.loses_refused
        self.hand_over: Callable[[str, bytes], str | None] = lambda address, message: None
        """Gives a message for an address to Exchange; what that says where it refuses it."""
        self._only_these = settings.only_these
        self.is_known: Callable[[str], bool] = lambda address: False
        """Whether Exchange has a mailbox of that address, beside ``mailboxes``."""
        for service in services:
            _checked(self.services.merge, service)
        for task in tasks:
            _checked(self.tasks.merge, task)
        if self.installed:
            self._install(settings.accounts, settings.file, settings.service)
        self._set_trouble(settings.trouble)

    @property
    def pen(self) -> Pen:
        """Writes the file as the console would."""
        return Pen(self.profile, self.dpapi)

    # -- the service -------------------------------------------------------------------------------------------------

    def stop_service(self, name: str) -> None:
        """Stop a service; the connector's may write its file once more. Raises ServiceError, Killed."""
        ran = self.services.stop(name)
        if ran and name.lower() == places.SERVICE:
            self._rewrite()
            if self.files.trouble.killed_at_stop:
                self.files.trouble = replace(self.files.trouble, killed_at_stop=False)
                raise Killed

    def start_service(self, name: str) -> None:
        """Start a service. Raises ServiceError."""
        self.services.start(name)

    # -- the console and the fetch -----------------------------------------------------------------------------------

    def console(self, order: Mapping[str, Any]) -> None:
        """Do one thing as the SBS console would. Raises Pop3Error.

        ``{"account": {server, port, username}, "change": {option: value}}`` (of the account as much as names it),
        ``{"add": {account}}`` or ``{"remove": {server, port, username}}``.
        """
        self._check_installed()
        if set(order) == {"add"}:
            self._console_add(read_account(order["add"]))
        elif set(order) == {"remove"}:
            record = find_record(self._records(), order["remove"])
            self.elsewhere.pop(record.identity, None)
            self._put(self.pen.remove(self._data(), record))
        elif set(order) == {"account", "change"}:
            for option, value in order["change"].items():
                self._console_set(find_record(self._records(), order["account"]), option, value)
        else:
            raise Pop3Error("console: one of {add}, {remove} or {account, change} is expected")

    def fetch(self, ca_file: Path | None) -> list[dict[str, Any]]:
        """Let the connector fetch now; one JSON-able entry per account of the file as it stands. Raises Pop3Error."""
        with self.lock:
            self._check_installed()
            sources = [self._source(record) for record in self._records()]
        results = [fetch(source, ca_file, self._deliver) for source in sources]
        with self.lock:
            for result in results:
                self._log(result)
            self._write_statuses()
        return results

    # -- behind Ansible's back ---------------------------------------------------------------------------------------

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change the connector; see ``lab/README.md`` for the keys. Raises Pop3Error, then maybe half done."""
        unknown = sorted(set(changes) - _CHANGEABLE)
        if unknown:
            raise Pop3Error(f"pop3_connector: unknown keys {unknown}; possible are {sorted(_CHANGEABLE)}")
        self._check_installed()
        for name in sorted(_ASSUMED & changes.keys()):
            setattr(self, name, read_assumption(name, changes[name]))
        if "rewrites_at_stop" in changes:
            check_rewrites(changes["rewrites_at_stop"], self.profile)
            self.rewrites_at_stop = changes["rewrites_at_stop"]
        if "file" in changes:
            self._change_file(changes["file"])
        for identity in changes.get("remove", []):
            self.console({"remove": identity})
        for account in changes.get("accounts", []):
            self._merge_account(account)
        for address in changes.get("mailboxes", []):
            self.mailboxes.setdefault(str(address).lower(), [])
        if "service" in changes:
            _checked(self.services.merge, {**changes["service"], "name": places.SERVICE})
        self._set_trouble(changes.get("trouble", {}))
        self.tasks.fails = changes.get("schtasks_fails", self.tasks.fails)
        if "interrupted" in changes:
            self._set_marker(changes["interrupted"])

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What raises inside leaves no trace."""
        files, services, tasks = self.files.snapshot(), self.services.snapshot(), self.tasks.snapshot()
        mailboxes = {address: list(delivered) for address, delivered in self.mailboxes.items()}
        elsewhere = {identity: dict(options) for identity, options in self.elsewhere.items()}
        rewrites, assumed = self.rewrites_at_stop, (self.hands_over_to, self.loses_refused)
        try:
            yield
        except Exception:
            self.files.restore(files)
            self.services.restore(services)
            self.tasks.restore(tasks)
            self.mailboxes, self.elsewhere, self.rewrites_at_stop = mailboxes, elsewhere, rewrites
            self.hands_over_to, self.loses_refused = assumed
            raise

    def dump(self) -> dict[str, Any]:
        """The connector as JSON can hold it. Instead of a password there is its SHA-256 in hexadecimal."""
        file = self.files.find(places.ACCOUNTS)
        service = self.services.find(places.SERVICE)
        return {
            "installed": self.installed,
            "profile": self.profile.name,
            "accounts": [self._dump_account(record) for record in self._records()],
            "file": None if file is None else {**_shown(file.data), "owner": file.owner, "sddl": file.sddl},
            "data_folder": {found.name: _shown(found.data) for found in self.files.in_folder(places.DATA)},
            "service": service and service.shown(),
            "rewrites_at_stop": self.rewrites_at_stop,
            "hands_over_to": self.hands_over_to,
            "loses_refused": self.loses_refused,
            "trouble": asdict(self.files.trouble),
            "mailboxes": {address: self._dump_mailbox(address) for address in sorted(self.mailboxes)},
            "undeliverable": [asdict(message) for message in self.undeliverable],
        }

    def registry(self) -> list[dict[str, Any]]:
        """The values below the keys where a connector might keep something, as the registry has them (unmasked)."""
        if not self.installed:
            return []
        service = self.services.find(places.SERVICE)
        values = [] if service is None else service.registry(places.SERVICE_KEY)
        for number, options in enumerate(self.elsewhere.values()):
            path = rf"{places.REGISTRY}\Pop3\{number}"  # assumed
            values += [
                {"Path": path, "Name": option, "Kind": "String", "Value": value} for option, value in options.items()
            ]
        return values

    # -- inside ------------------------------------------------------------------------------------------------------

    def _install(self, first: tuple[Pop3Account, ...], file: bool | None, service: Mapping[str, Any]) -> None:
        self.files.put(places.PROGRAM, program_bytes(self.profile))
        self.files.put(places.LOG, b"The connector was started.\r\n")
        usual = {"display_name": DISPLAY_NAME, "program": f'"{places.PROGRAM}"'}
        _checked(self.services.merge, {**usual, **service, "name": places.SERVICE})
        if file if file is not None else bool(first):
            self._put(self.pen.new_file(first))
            for account in first:
                self._remember_elsewhere(account)

    def _check_installed(self) -> None:
        if not self.installed:
            raise Pop3Error("pop3_connector: this host has none")

    def _data(self) -> bytes:
        file = self.files.find(places.ACCOUNTS)
        return file.data if file else b""

    def _put(self, data: bytes) -> None:
        self.files.put(places.ACCOUNTS, data)

    def _records(self) -> list[Record]:
        return accounts(self._data())

    def _console_add(self, account: Pop3Account) -> None:
        file = self.files.find(places.ACCOUNTS)
        self._put(self.pen.add(file.data, account) if file else self.pen.new_file([account]))
        self._remember_elsewhere(account)

    def _console_set(self, record: Record, option: str, value: Any) -> None:
        if option in self.profile.elsewhere:
            self.elsewhere.setdefault(record.identity, {})[option] = self.profile.write_value(option, value)
            return
        self._put(self.pen.set_option(self._data(), record, option, value))
        kept = self.elsewhere.pop(record.identity, None)
        if kept is not None:
            self.elsewhere[self._records_at(record.number).identity] = kept

    def _records_at(self, number: int) -> Record:
        return next(record for record in self._records() if record.number == number)

    def _remember_elsewhere(self, account: Pop3Account) -> None:
        options = account.plain()
        kept = {option: self.profile.write_value(option, options[option]) for option in sorted(self.profile.elsewhere)}
        if kept:
            self.elsewhere[account.server, str(account.port), account.username] = kept

    def _merge_account(self, given: Mapping[str, Any]) -> None:
        """By server, port and user name: change the options that are given, or add a new one."""
        identity = {name: given[name] for name in ("server", "port", "username") if name in given}
        known = [record for record in self._records() if record.identity == tuple(map(str, identity.values()))]
        rest = {name: value for name, value in given.items() if name not in identity}
        self.console({"account": identity, "change": rest} if known else {"add": given})

    def _change_file(self, given: Any) -> None:
        """``null`` removes it; otherwise the base64 of its bytes."""
        if given is None:
            self.files.drop(places.ACCOUNTS)
            return
        try:
            self._put(base64.b64decode(given, validate=True))
        except (ValueError, TypeError):
            raise Pop3Error("pop3_connector: file is the base64 of its bytes, or null") from None

    def _set_trouble(self, given: Mapping[str, Any]) -> None:
        try:
            trouble = replace(self.files.trouble, **given)
        except TypeError:
            raise Pop3Error(f"pop3_connector: trouble has only {sorted(asdict(Trouble()))}") from None
        if trouble.locked not in (None, *LOCKED) or trouble.disk_full not in (None, *DISK_FULL):
            raise Pop3Error(f"pop3_connector: locked is one of {LOCKED}, disk_full one of {DISK_FULL}, or null")
        self.files.trouble = trouble

    def _set_marker(self, text: str | None) -> None:
        """What a write that came to no end leaves behind."""
        path = places.ACCOUNTS + ".sbs-mailflow"
        if text is None:
            self.files.drop(path)
        else:
            self.files.put(path, text.encode("ascii"))

    def _rewrite(self) -> None:
        if self.rewrites_at_stop == "status":
            self._write_statuses()
        elif self.rewrites_at_stop and self.files.find(places.ACCOUNTS):
            self._put(self._data())

    def _write_statuses(self) -> None:
        """Change the value that the connector keeps for itself in each account, where the profile has one."""
        if "status" in self.profile.keys and self.files.find(places.ACCOUNTS):
            self._put(self.pen.set_status(self._data(), self.now().strftime(_TRIED)))

    def _source(self, record: Record) -> Source:
        server, port, username = record.identity
        options = options_of(record, self.profile, self.elsewhere.get(record.identity, {}))
        return Source(server, port, username, record.password(self.dpapi), **options)

    def deliver(self, address: str, message: bytes, target: str | None = None) -> bool:
        """Hand a message over; whether it is done with. ``target`` is the address as whoever fetched it has it."""
        with self.lock:
            delivered = Delivered(address if target is None else target, subject_of(message), len(message))
            is_here = address in self.mailboxes or (self.is_known(address) and not self._only_these)
            refusal = self.hand_over(address, message) if is_here else None
            if is_here and refusal is None:
                self.mailboxes.setdefault(address, []).append(delivered)
                return True
            if is_here and not self.loses_refused:
                return False
            self.undeliverable.append(delivered)
            self.files.put(rf"{places.BAD_MAIL}\{len(self.undeliverable)}.eml", message)
            return True

    def _deliver(self, target: str | None, message: bytes) -> bool:
        return self.deliver(self._address(target), message, target)

    def _address(self, target: str | None) -> str:
        """The address of the mailbox that the file's text means; empty where it means none."""
        if target is not None and self.profile.mailbox_form == "guid":
            wanted = target.strip("{}").lower()
            return next((address for address in self.mailboxes if mailbox_guid(address) == wanted), "")
        return (target or "").lower()

    def _log(self, result: Mapping[str, Any]) -> None:
        """Words of the lab: nobody knows those of the real log."""
        known = self.files.find(places.LOG)
        line = f"{self.now():%Y-%m-%d %H:%M:%S} {result['username']} at {result['server']}: {result['status']}"
        line += f", {result['messages']} messages, {result['kept']} kept" + (
            f" ({result['error']})" if result["error"] else ""
        )
        self.files.put(places.LOG, (known.data if known else b"") + line.encode("utf-8") + b"\r\n")

    def _dump_account(self, record: Record) -> dict[str, Any]:
        server, port, username = record.identity
        options = options_of(record, self.profile, self.elsewhere.get(record.identity, {}))
        password = record.password(self.dpapi)
        digest = None if password is None else hashlib.sha256(password.encode()).hexdigest()
        return {"server": server, "port": port, "username": username, **options, "password_sha256": digest}

    def _dump_mailbox(self, address: str) -> dict[str, Any]:
        delivered = self.mailboxes[address]
        return {"guid": mailbox_guid(address), "count": len(delivered), "subjects": [one.subject for one in delivered]}


def merge_or_remove(store: Services | Tasks, properties: Mapping[str, Any]) -> None:
    """Merge a service or task by its name, or take it away where ``remove`` is true. Raises Pop3Error."""
    rest = {name: value for name, value in properties.items() if name != "remove"}
    if properties.get("remove"):
        store.remove(str(properties.get("name")))
    else:
        _checked(store.merge, rest)


def _checked(merge: Callable[[Mapping[str, Any]], None], properties: Mapping[str, Any]) -> None:
    try:
        merge(properties)
    except (ValueError, TypeError) as error:
        raise Pop3Error(str(error)) from None


def _shown(data: bytes) -> dict[str, Any]:
    return {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
