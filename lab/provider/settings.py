"""What a simulated provider is like: its mailboxes and its settings, read strictly from plain data."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lab.provider import texts, values
from lab.provider.messages import Message, read_messages
from lab.provider.values import SettingsError

MECHANISMS: Final = ("LOGIN", "PLAIN")
TLS_VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")
CERTIFICATE_KEYS: Final = ("ecdsa", "rsa")
STAGES: Final = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data")
POP3_STAGES: Final = (
    *("connect", "greeting", "capa", "stls", "user", "pass", "apop"),
    *("stat", "list", "uidl", "retr", "top", "dele", "rset", "noop", "quit"),
)
ACTIONS: Final = ("close", "hang")
_REPLY: Final = re.compile(r"(?:([45]\d\d)-[\x20-\x7e]*\n(?=\1))*[45]\d\d [\x20-\x7e]+")
_POP3_REPLY: Final = re.compile(r"-ERR( [\x20-\x7e]+)?")
_MAILBOX_NEEDS: Final = frozenset({"address", "password", "created"})
_MAILBOX_KEYS: Final = _MAILBOX_NEEDS | {"messages"}
_CHANGE_ONLY: Final = frozenset({"remove"})


@dataclass(frozen=True)
class Mailbox:
    """``created`` is a moment in UTC; of a bare date it is the first one of that day in UTC.

    ``messages`` are those that it was told to hold, whatever POP3 has left of them.
    """

    address: str
    created: datetime
    password: str = field(repr=False)
    messages: tuple[Message, ...] = ()

    def dump(self) -> dict[str, Any]:
        """JSON-able, with a hash where the password is."""
        digest = hashlib.sha256(self.password.encode()).hexdigest()
        return {"address": self.address, "created": self.created.isoformat(), "password_sha256": digest}


@dataclass(frozen=True)
class ProviderSettings:
    """All of one provider, never changed in place.

    ``sender_domains`` None: the domains of the mailboxes. ``not_owned`` are senders that no login here may
    use. ``stages`` holds, for a stage, ``close``, ``hang`` or a
    whole 4xx or 5xx reply, its lines separated by LF, ``pop3_stages`` the same with an -ERR reply of one line.
    ``pop3_certificate_names`` None: those of ``certificate_names``. For both protocols: ``tls_versions``, ``suites`` in
    OpenSSL's words and ``tls_groups`` (None: OpenSSL's default), ``certificate_keys``. ``local_delivery``: domains of
    which its customers' mail goes into its own mailboxes, whatever the MX says; ``sends_from``: the address with which
    it comes to other servers. ``software``: whose words the replies have, a key of ``texts.PROFILES``. ``clock`` is a
    fixed time as ``lab.host.clock.Clock`` takes it, None for the real one.
    """

    mailboxes: tuple[Mailbox, ...] = ()
    sender_domains: tuple[str, ...] | None = None
    null_sender: bool = True
    not_owned: tuple[str, ...] = ()
    senders_judged_at: str = "rcpt"
    unknown_recipients: tuple[str, ...] = ()
    full_mailboxes: tuple[str, ...] = ()
    young_days: int = 14
    young_per_hour: int = 5
    per_hour: int = 250
    attempts_count: bool = True
    starttls: bool = True
    auth: tuple[str, ...] = MECHANISMS
    auth_without_tls: bool = False
    refuse_logins: tuple[str, ...] = ()
    certificate_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    tls_versions: tuple[str, ...] = ("1.2", "1.3")
    suites: str | None = None
    tls_groups: tuple[str, ...] | None = None
    certificate_keys: tuple[str, ...] = ("ecdsa",)
    stages: Mapping[str, str] = field(default_factory=dict)
    pop3_stls: bool = True
    pop3_apop: bool = False
    pop3_without_tls: bool = False
    pop3_tls13_only: bool = False
    pop3_min_poll_minutes: int = 0
    pop3_refuse_logins: tuple[str, ...] = ()
    pop3_certificate_names: tuple[str, ...] | None = None
    pop3_stages: Mapping[str, str] = field(default_factory=dict)
    local_delivery: tuple[str, ...] = ()
    sends_from: str = "192.0.2.25"
    software: str = "lab"
    clock: str | None = None

    def said(self, text: str, **about: str) -> str:
        """A reply of ``texts`` in the words of the provider's software."""
        return texts.said(self.software, text, **about)

    def mailbox(self, address: str) -> Mailbox | None:
        """The mailbox of that address, whatever its capitals."""
        return next((box for box in self.mailboxes if box.address.lower() == address.lower()), None)

    def takes_login(self, address: str, password: str) -> bool:
        """Whether the mailbox may log in with this password."""
        box = self.mailbox(address)
        return box is not None and box.password == password and not _names_it(self.refuse_logins, box)

    def takes_pop3(self, box: Mailbox) -> bool:
        """Whether the mailbox may log in by POP3 at all."""
        return not _names_it(self.refuse_logins + self.pop3_refuse_logins, box)

    @property
    def pop3_names(self) -> tuple[str, ...]:
        """The names in the certificate of POP3."""
        return self.certificate_names if self.pop3_certificate_names is None else self.pop3_certificate_names

    def takes_sender(self, address: str) -> bool:
        """Whether mail may come from this address; ``""`` is the sender of bounces."""
        if not address:
            return self.null_sender
        return _domain(address) in (_own_domains(self.mailboxes) if self.sender_domains is None else self._domains())

    def takes_recipient(self, address: str) -> bool:
        """Whether mail may go to this address, whatever its capitals."""
        return address.lower() not in {each.lower() for each in self.unknown_recipients}

    def owns(self, address: str) -> bool:
        """Whether a login here may use this address as the sender."""
        return address.lower() not in {each.lower() for each in self.not_owned}

    def is_full(self, address: str) -> bool:
        """Whether the mailbox of this recipient, wherever it is, is full."""
        return address.lower() in {each.lower() for each in self.full_mailboxes}

    def limit_of(self, box: Mailbox, now: datetime) -> int:
        """How many mails an hour the mailbox may send now."""
        return self.young_per_hour if self.is_young(box, now) else self.per_hour

    def is_young(self, box: Mailbox, now: datetime) -> bool:
        """Younger than ``young_days`` times 24 hours."""
        return now - box.created < timedelta(days=self.young_days)

    def dump(self) -> dict[str, Any]:
        """All settings, JSON-able; the mailboxes are dumped by whoever knows the time."""
        shown = {name: getattr(self, name) for name in _READERS}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()} | {
            "stages": dict(self.stages),
            "pop3_stages": dict(self.pop3_stages),
        }

    def _domains(self) -> set[str]:
        return {domain.lower() for domain in self.sender_domains or ()}


def read_settings(data: object) -> ProviderSettings:
    """The provider that a state's key ``provider`` describes. Raises SettingsError."""
    return _apply(ProviderSettings(), data, allowed=frozenset(_READERS) | {"mailboxes"})


def changed(settings: ProviderSettings, change: object) -> ProviderSettings:
    """The settings after a change: replaced by name, ``mailboxes`` merged by address, those in ``remove`` go.

    Raises SettingsError; the old settings are as they were in any case.
    """
    return _apply(settings, change, allowed=frozenset(_READERS) | {"mailboxes"} | _CHANGE_ONLY)


def _apply(settings: ProviderSettings, data: object, allowed: frozenset[str]) -> ProviderSettings:
    if not isinstance(data, Mapping):
        raise SettingsError(f"provider: a mapping is expected, found {type(data).__name__}")
    unknown = sorted(map(str, set(data) - allowed))
    if unknown:
        raise SettingsError(f"provider: unknown keys {unknown}; possible are {sorted(allowed)}")
    replaced = {name: _READERS[name](name, value) for name, value in data.items() if name in _READERS}
    boxes = _removed(settings.mailboxes, data.get("remove", []))
    return replace(settings, **replaced, mailboxes=_merged(boxes, data.get("mailboxes", [])))


def _removed(boxes: tuple[Mailbox, ...], remove: object) -> tuple[Mailbox, ...]:
    gone = {address.lower() for address in values.texts("remove", remove)}
    missing = sorted(gone - {box.address.lower() for box in boxes})
    if missing:
        raise SettingsError(f"remove: no mailbox {missing[0]!r}; there are {[box.address for box in boxes]}")
    return tuple(box for box in boxes if box.address.lower() not in gone)


def _merged(boxes: tuple[Mailbox, ...], entries: object) -> tuple[Mailbox, ...]:
    if not isinstance(entries, list | tuple):
        raise SettingsError(f"mailboxes: a list is expected, found {type(entries).__name__}")
    merged = {box.address.lower(): box for box in boxes}
    seen: set[str] = set()
    for entry in entries:
        address = _address_of(entry)
        if address.lower() in seen:
            raise SettingsError(f"mailboxes: {address!r} is there twice")
        seen.add(address.lower())
        merged[address.lower()] = _mailbox(entry, merged.get(address.lower()))
    return tuple(merged.values())


def _address_of(entry: object) -> str:
    if not isinstance(entry, Mapping) or not _domain(str(entry.get("address", ""))):
        raise SettingsError("mailboxes: every entry is a mapping with an address such as info@beispiel.de")
    return str(entry["address"])


def _mailbox(entry: Mapping[str, object], known: Mailbox | None) -> Mailbox:
    """A new mailbox, which needs every key, or a known one with some of them changed."""
    name = entry["address"]
    unknown = sorted(map(str, set(entry) - _MAILBOX_KEYS))
    if unknown:
        raise SettingsError(f"mailbox {name!r}: unknown keys {unknown}; possible are {sorted(_MAILBOX_KEYS)}")
    missing = sorted(_MAILBOX_NEEDS - set(entry))
    if missing and known is None:
        raise SettingsError(f"mailbox {name!r}: {', '.join(missing)} missing")
    known = known or Mailbox(str(name), datetime.now(UTC), "")
    created = values.moment(f"mailbox {name!r}: created", entry.get("created", known.created))
    password = values.password(str(name), entry.get("password", known.password))
    messages = read_messages(known.address, entry["messages"]) if "messages" in entry else known.messages
    # The known spelling stays: the mails of the last hour are counted under it.
    return Mailbox(known.address, created, password, messages)


def _mechanisms(name: str, value: object) -> tuple[str, ...]:
    chosen = values.texts(name, value)
    if not set(chosen) <= set(MECHANISMS):
        raise SettingsError(f"{name}: {list(chosen)} holds others than {list(MECHANISMS)}")
    return chosen


def _versions(name: str, value: object) -> tuple[str, ...]:
    return _some_of(name, value, TLS_VERSIONS)


def _certificate_keys(name: str, value: object) -> tuple[str, ...]:
    return _some_of(name, value, CERTIFICATE_KEYS)


def _some_of(name: str, value: object, known: tuple[str, ...]) -> tuple[str, ...]:
    chosen = values.texts(name, value)
    if not chosen or not set(chosen) <= set(known):
        raise SettingsError(f"{name}: {list(chosen)}: some of {list(known)} are expected")
    return chosen


def _suites(name: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise SettingsError(f"{name}: a text such as ECDHE-RSA-AES128-GCM-SHA256 is expected, or null")
    return value


def _groups(name: str, value: object) -> tuple[str, ...] | None:
    chosen = values.some_texts(name, value)
    if chosen is not None and len(chosen) != 1:
        raise SettingsError(f"{name}: {list(chosen)}: one is expected, since Python's ssl takes no more, or null")
    return chosen


def _stages(name: str, value: object) -> dict[str, str]:
    return _orders(name, value, STAGES, _REPLY, "a 4xx or 5xx reply")


def _sender_stage(name: str, value: object) -> str:
    if value not in ("mail", "rcpt"):
        raise SettingsError(f"{name}: {value!r} is neither mail nor rcpt")
    return str(value)


def _software(name: str, value: object) -> str:
    if value not in texts.PROFILES:
        raise SettingsError(f"{name}: {value!r} is none of {', '.join(texts.PROFILES)}")
    return str(value)


def _address(name: str, value: object) -> str:
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise SettingsError(f"{name}: {value!r} is no address such as 192.0.2.25") from None


def _pop3_stages(name: str, value: object) -> dict[str, str]:
    return _orders(name, value, POP3_STAGES, _POP3_REPLY, "a whole -ERR reply")


def _orders(name: str, value: object, stages: tuple[str, ...], reply: re.Pattern[str], called: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{name}: a mapping of stages is expected")
    for stage, action in value.items():
        if stage not in stages:
            raise SettingsError(f"{name}: {stage!r} is no stage; there are {', '.join(stages)}")
        if not isinstance(action, str) or (action not in ACTIONS and not reply.fullmatch(action)):
            raise SettingsError(f"{name}: {stage}: {action!r} is neither close, hang nor {called}")
    return dict(value)


def _names_it(addresses: tuple[str, ...], box: Mailbox) -> bool:
    return box.address.lower() in {address.lower() for address in addresses}


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


def _own_domains(boxes: tuple[Mailbox, ...]) -> set[str]:
    return {_domain(box.address) for box in boxes}


_READERS: Final[dict[str, Callable[[str, object], Any]]] = {
    "sender_domains": values.some_texts,
    "null_sender": values.boolean,
    "not_owned": values.texts,
    "senders_judged_at": _sender_stage,
    "unknown_recipients": values.texts,
    "full_mailboxes": values.texts,
    "young_days": values.number,
    "young_per_hour": values.number,
    "per_hour": values.number,
    "attempts_count": values.boolean,
    "starttls": values.boolean,
    "auth": _mechanisms,
    "auth_without_tls": values.boolean,
    "refuse_logins": values.texts,
    "certificate_names": values.names,
    "tls_versions": _versions,
    "suites": _suites,
    "tls_groups": _groups,
    "certificate_keys": _certificate_keys,
    "stages": _stages,
    "pop3_stls": values.boolean,
    "pop3_apop": values.boolean,
    "pop3_without_tls": values.boolean,
    "pop3_tls13_only": values.boolean,
    "pop3_min_poll_minutes": values.number,
    "pop3_refuse_logins": values.texts,
    "pop3_certificate_names": values.some_names,
    "pop3_stages": _pop3_stages,
    "local_delivery": values.texts,
    "sends_from": _address,
    "software": _software,
    "clock": values.clock,
}
