# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of POP3 logins from the host before an account is written: what is asked, what the answer means, and how
often it may be asked. Nothing is fetched or deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..lenient import number
from ..mailboxes.ledger import POP3_FETCHED, POP3_LOGIN, Event, Ledger
from ..messages import notice_of
from ..messages.visible import folded
from ..request import Step, credential_parameter
from .declared_accounts import DesiredAccount
from .diff import CREATE, Work
from .key_map import KeyMap
from .mailbox import AccountKey, provider_mailbox

TLS, CLEAR = "tls", "none"
PROVEN, REFUSED, UNKNOWN = "proven", "refused", "unknown"
COMMAND = "Test-Pop3Login"
SELECT = ("Stage", "Problem", "Reply", "Tls", "Certificate", "Messages", "Octets")
ANSWER_SECONDS = 30
IMPLICIT_TLS_PORT = 995
NAMED = {
    "certificate": "pop3_certificate_refused",
    "no_tls": "pop3_no_tls",
    "tls_first": "pop3_tls_first",
    "tls_newer": "pop3_tls_newer",
    "no_time": "pop3_count_no_time",
    "not_opened": "pop3_count_unreadable",
}
"""What the agent knows for sure of a connection that failed, whatever the words of the host for it."""
_LOGGED_IN = ("pass", "stat")
"""Where [IN-USE] follows a login that has passed; before that it may be about anything."""
_TEMPORARY = re.compile(r"-ERR\s+\[(IN-USE|LOGIN-DELAY|SYS/TEMP)\]", re.IGNORECASE)
"""Response codes that say nothing against name and password (RFC 2449, RFC 3206)."""


@dataclass(frozen=True)
class TargetProof:
    """The outcome for one account. ``messages``: how many wait, None where it is not known. ``in_use``: the provider
    said [IN-USE], which it does once the login has passed. ``remembered``: an earlier proof that still counts."""

    outcome: str
    stage: str
    text: str
    messages: int | None = None
    in_use: bool = False
    remembered: bool = False

    def as_data(self, work: Work) -> dict[str, Any]:
        """The proof for a task's result."""
        told = {"outcome": self.outcome, "stage": self.stage, "text": self.text, "messages": self.messages}
        return {
            **work.identity._asdict(),
            **told,
            "remembered": self.remembered,
            "proves": notice_of("pop3_proof_proves"),
        }


def ssl_of(work: Work, key_map: KeyMap) -> bool | None:
    """What is known of an account's connection once it is written, from the declaration or from the host."""
    ssl = work.wanted.ssl if work.wanted else None
    if ssl is None and work.host is not None and "ssl" in key_map.options:
        mapped = key_map.options["ssl"]
        text = work.host.value(mapped.key)
        ssl = {"true": True, "false": False}.get(mapped.shown(text)) if text is not None else None
    return ssl


def security_of(work: Work, key_map: KeyMap) -> str:
    """How the connector will log in, and so the proof: TLS from the first byte or in the clear, since it knows no STLS.
    What nobody tells follows from the port's own meaning."""
    ssl = ssl_of(work, key_map)
    if ssl is None:
        ssl = work.identity.port.strip() == str(IMPLICIT_TLS_PORT)
    return TLS if ssl else CLEAR


def proof_step(step_id: str, wanted: DesiredAccount, security: str) -> Step:
    """The step that proves one login; one that fails does not keep the others from being tried."""
    parameters = {
        "Server": wanted.identity.server,
        "Port": int(wanted.identity.port),
        "Security": security,
        "Credential": credential_parameter(wanted.identity.username, wanted.secret),
        "TimeoutSeconds": ANSWER_SECONDS,
    }
    return Step(step_id, COMMAND, parameters, SELECT, always=True)


def judge(output: Mapping[str, Any]) -> TargetProof:
    """What the agent's observation means. Only an answer that says nothing against the login is unknown; that a
    connection fails is a reason not to write it."""
    stage, problem = str(output.get("Stage")), output.get("Problem")
    text = folded(str(output.get("Reply") or ""))
    messages = output.get("Messages")
    if stage == "done" and problem is None:
        return TargetProof(PROVEN, stage, text, messages if isinstance(messages, int) else None)
    temporary = _TEMPORARY.match(text)
    if problem == "reply" and temporary:
        return TargetProof(UNKNOWN, stage, text, in_use=temporary[1].upper() == "IN-USE" and stage in _LOGGED_IN)
    words = [notice_of(NAMED[str(problem)])] if str(problem) in NAMED else []
    return TargetProof(REFUSED, stage, ": ".join([*words, *([text] if text else [])]) or str(problem))


def needs_confirmation(work: Work, proof: TargetProof, max_waiting: int) -> bool:
    """Whether its messages may be fetched only if somebody has said so: too many wait, or, for an account that is new
    on this mailbox, nobody knows how many. [IN-USE] follows a login that works, but counts nothing."""
    new = work.kind == CREATE or any(each.option in ("server", "port", "username") for each in work.changes)
    if proof.messages is None:
        return new
    return proof.messages > max_waiting


class LoginTries:
    """The ledger as far as POP3 logins are concerned: when a mailbox was last tried, and with what outcome."""

    def __init__(self, ledger: Ledger, host: str, now: datetime) -> None:
        self._ledger = ledger
        self._host = host
        self._now = now

    @property
    def read_only(self) -> bool:
        """Whether no login can be noted, as in check mode."""
        return self._ledger.read_only

    def waiting_until(self, work: Work) -> datetime | None:
        """Until when the provider wants no further login; None where one may be tried now."""
        minutes = work.wanted.min_poll_minutes if work.wanted else None
        last = self._ledger.last_pop3_login(_name(work)) if minutes else None
        until = last.at + timedelta(minutes=minutes) if last and minutes else None
        return until if until and until > self._now else None

    def remembered(self, work: Work, security: str) -> TargetProof | None:
        """The last try, if it proved the same password at the same place."""
        last = self._ledger.last_pop3_login(_name(work))
        password = work.wanted.password if work.wanted else None
        if last is None or password is None or not self._ledger.same_password(last.fingerprint, _name(work), password):
            return None
        told = _read(last.text)
        if told.get("outcome") != PROVEN or told.get("place") != _place(work, security):
            return None
        return TargetProof(PROVEN, "done", str(told.get("text")), number(told.get("messages")), remembered=True)

    def fetched(self, work: Work) -> datetime | None:
        """When the connector itself last took mail from this place, as far as a fetch of ours has seen it."""
        server, port, _username = work.identity.key
        last = self._ledger.last_pop3_fetch(self._host, _name(work))
        return last.at if last and last.text == f"{server}:{port}" else None

    def note(self, tries: Iterable[tuple[Work, str, TargetProof]]) -> None:
        """Keep what came of logins that were tried with some security. Raises LedgerFailed."""
        self._ledger.record(*(event for each in tries if (event := self._event(*each))))

    def _event(self, work: Work, security: str, proof: TargetProof) -> Event | None:
        password = work.wanted.password if work.wanted else None
        if password is None:
            return None
        told = {"outcome": proof.outcome, "place": _place(work, security), "messages": proof.messages}
        minutes = work.wanted.min_poll_minutes if work.wanted else None
        text = json.dumps({**told, "text": proof.text, "minutes": minutes}, ensure_ascii=False)
        name = _name(work)
        print_of = self._ledger.fingerprint(name, password)
        return Event(self._now, self._host, name, POP3_LOGIN, text, print_of)


def note_logins(ledger: Ledger, host: str, now: datetime, accounts: Iterable[AccountKey]) -> None:
    """Keep that there are logins with stored passwords, which prove no declared one. Raises LedgerFailed."""
    pauses = {_called(provider_mailbox(each.server, each.username)): declared_pause(ledger, each) for each in accounts}
    texts = {name: json.dumps({"outcome": UNKNOWN, "minutes": minutes}) for name, minutes in pauses.items()}
    ledger.record(*(Event(now, host, name, POP3_LOGIN, text) for name, text in texts.items()))


def note_fetches(ledger: Ledger, host: str, now: datetime, accounts: Iterable[AccountKey]) -> None:
    """Keep from where the connector took mail. Raises LedgerFailed."""
    keys = [(_called(provider_mailbox(each.server, each.username)), each.key) for each in accounts]
    ledger.record(*(Event(now, host, name, POP3_FETCHED, f"{server}:{port}") for name, (server, port, _user) in keys))


def last_login(ledger: Ledger, account: AccountKey) -> datetime | None:
    """When a login at an account's mailbox was last kept, from whatever host. Raises LedgerFailed."""
    last = ledger.last_pop3_login(_called(provider_mailbox(account.server, account.username)))
    return last.at if last else None


def declared_pause(ledger: Ledger, account: AccountKey) -> int | None:
    """The pause between two logins that was declared for an account's provider when a login was last kept."""
    last = ledger.last_pop3_login(_called(provider_mailbox(account.server, account.username)))
    return number(_read(last.text).get("minutes")) if last else None


def _name(work: Work) -> str:
    return _called(work.provider_mailbox)


def _called(mailbox: tuple[str, str]) -> str:
    """A provider's mailbox as the ledger calls it; no e-mail address, so that nothing else takes it for one."""
    return "pop3:" + "/".join(mailbox)


def _place(work: Work, security: str) -> str:
    server, port, username = work.identity.key
    return f"{server}:{port} {security} {username}"


def _read(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
