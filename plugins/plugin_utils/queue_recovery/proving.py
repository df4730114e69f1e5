# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the provider takes the senders that wait: asked from the host, with the login in use, before their mail goes.
Nothing is sent: MAIL FROM, RCPT TO the own mailbox and RSET a sender, over one connection."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..agent.session import Session, require_read
from ..errors import HostRefused
from ..lenient import first
from ..mailboxes import login_proof as proof
from ..mailboxes.candidates import Candidate
from ..mailboxes.login_history import LoginHistory
from ..mailboxes.names import mailbox_key
from ..mailboxes.providers import DOMAIN
from ..mailboxes.refusals import OTHER, SENDER, THROTTLED, is_ours
from ..messages import notice_of
from ..queue.last_error import LastError, read_last_error
from ..recovery.record import Recovery
from ..request import Request, Step
from ..secrecy.scrubbing import scrub
from . import budget, safety_checks
from .desired import Desired
from .view import View

MOST = 20
PROVE = "prove_senders"
_ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
"""Without blanks and angle brackets, in ASCII: what MAIL FROM takes as it is."""


@dataclass(frozen=True)
class SenderProof:
    """What was learnt: the senders that are taken, the names that are suspended with the provider's words, and why not
    more is known (empty: all that was asked was answered)."""

    taken: tuple[str, ...] = ()
    refused: Mapping[str, str] | None = None
    open: str = ""


def to_ask(recovery: Recovery, desired: Desired) -> tuple[str, ...]:
    """The senders that are asked about now, those with most waiting messages first."""
    waiting = [each for each in budget.waiting(recovery) if not budget.too_large(recovery, each)]
    if recovery.brakes:
        waiting = [each for each in waiting if safety_checks.suspended(recovery, each)]
    counted = Counter(each.sender.lower() for each in waiting if _ADDRESS.fullmatch(each.sender))
    ordered = sorted(counted, key=lambda each: (-counted[each], each))
    if desired.sender_rule == DOMAIN:
        ordered = list({safety_checks.names(each)[1]: each for each in reversed(ordered)}.values())[::-1]
    new = [each for each in ordered if each not in recovery.proven]
    return tuple(new[:MOST])


def counted(recovery: Recovery, view: View, asked: Sequence[str]) -> Recovery:
    """The same, with what is about to be asked counted: the provider counts it too."""
    recent = recovery.proof_count if recovery.proof_at and view.now - recovery.proof_at < budget.HOUR else 0
    return replace(recovery, proof_at=view.now, proof_count=recent + len(asked))


def login(history: LoginHistory, view: View, desired: Desired) -> Candidate | str:
    """The mailbox that the connector logs in with, or why it cannot be asked with it."""
    name = view.connector.username or ""
    found = next((each for each in desired.candidates if mailbox_key(each.username) == mailbox_key(name)), None)
    if found is None:
        return notice_of("senders_of_unknown_login", username=view.connector.shown_login)
    if not _host(view):
        return notice_of("senders_without_host")
    return history.barred(found) or found


def ask(
    session: Session, history: LoginHistory, view: View, desired: Desired, found: Candidate, senders: Sequence[str]
) -> SenderProof:
    """What the provider says of these senders. That it cannot be asked is no reason to keep anything back."""
    request = Request((_step(view, found, senders),), secrets={PROVE: found.password})
    try:
        reply = session.ask(request)
        require_read(reply, request, session.where)
    except HostRefused as error:
        return SenderProof(open=error.reasons[0].found)
    return _judged(scrub(first(reply.result(PROVE).output), [found.password]), history, found, desired)


def _host(view: View) -> str | None:
    hosts = view.connector.values.get("smart_hosts")
    return sorted(map(str, hosts))[0].strip("[]") if isinstance(hosts, frozenset) and hosts else None


def _step(view: View, candidate: Candidate, senders: Sequence[str]) -> Step:
    port = view.connector.values.get("port")
    server, number = _host(view) or "", port if isinstance(port, int) else 25
    step = proof.proof_step(PROVE, candidate, server, number, senders[0], PROVE)
    return replace(step, parameters={**step.parameters, "Senders": list(senders)}, select=(*step.select, "Senders"))


def _judged(output: Mapping[str, Any], history: LoginHistory, candidate: Candidate, desired: Desired) -> SenderProof:
    whole = proof.judge(output)
    if whole.outcome == proof.REFUSED and whole.stage == "auth":
        history.put_off(candidate)
        return SenderProof(refused={safety_checks.ALL: whole.text})
    rows = [row for row in output.get("Senders") or () if isinstance(row, Mapping)]
    refused: dict[str, str] = {}
    taken = []
    for row in rows:
        sender, error = str(row.get("Sender")).lower(), _refusal(row)
        if error is None:
            taken += [sender] if _is_taken(row) else []
        elif error.kind == THROTTLED:
            return SenderProof(tuple(taken), refused, error.text)
        else:
            refused.setdefault(safety_checks.name_of(sender, error, desired), error.text)
    return SenderProof(tuple(taken), refused, "" if whole.outcome == proof.PROVEN else f"{whole.stage}: {whole.text}")


def _is_taken(row: Mapping[str, Any]) -> bool:
    code = row.get("Code")
    return isinstance(code, int) and code < 300 and row.get("Stage") == "rcpt"


def _refusal(row: Mapping[str, Any]) -> LastError | None:
    """What an answer has against a sender; a refusal of the recipient alone is none. Where nobody knows a refusal for
    good of MAIL, it is about the sender."""
    code, text = row.get("Code"), str(row.get("Text") or "")
    error = read_last_error(text)
    if error is None or not isinstance(code, int) or code < 400:
        return None
    if error.kind == OTHER and code >= 500 and row.get("Stage") == "mail":
        return replace(error, kind=SENDER)
    return error if is_ours(error.kind) else None


def learnt(recovery: Recovery, answer: SenderProof, desired: Desired) -> Recovery:
    """The recovery after an answer: who is taken is suspended no longer, who is refused is."""
    known = set(answer.taken)
    off = {name for each in known for name in safety_checks.names(each)} if known else set()
    held = {name: words for name, words in recovery.brakes.items() if name not in off}
    proven = recovery.proven if recovery.braked_times else tuple(dict.fromkeys((*recovery.proven, *answer.taken)))
    return safety_checks.braked(replace(recovery, brakes=held, proven=proven), answer.refused or {}, desired)


def unproven(answer: SenderProof) -> tuple[str, ...]:
    """What is said where not all was answered."""
    return (notice_of("recovery_senders_unproven", problem=answer.open),) if answer.open else ()
