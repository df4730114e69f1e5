# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof of a login from the SBS host itself: what is asked, and what the answer means. Nothing is ever sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..messages import notice_of
from ..messages.visible import folded
from ..request import Step, credential_parameter
from .candidates import Candidate
from .refusals import LOGIN_OUTAGE, classify

PROVEN, REFUSED, UNPROVEN = "proven", "refused", "unproven"
COMMAND = "Test-SmtpLogin"
SELECT = ("Stage", "Problem", "Code", "Text", "Tls", "Certificate", "Mechanism", "Capabilities")
BAD_CREDENTIALS = 535
"""The one reply to AUTH that is about name and password (RFC 4954); others speak of mechanism, encryption or policy."""
ANSWER_SECONDS = 30
"""Seconds to wait for each answer of the smarthost."""


@dataclass(frozen=True)
class LoginProof:
    """The outcome of one attempt: PROVEN, REFUSED (the provider said no), or UNPROVEN (this host could not get so
    far). ``login_refused``: it was the login itself that was refused, and for good. ``in_doubt``: it was, but so were
    others, which no password explains. ``tls_newer``: the server wants a newer TLS than any host of Exchange 2010 has.
    ``warnings`` are the agent's."""

    outcome: str
    stage: str
    text: str
    login_refused: bool = False
    in_doubt: bool = False
    tls_newer: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What was said, and what the agent has to say of its own TLS."""
        return "; ".join(filter(None, (self.text, *self.warnings)))

    @property
    def login_taken(self) -> bool:
        """Whether the provider has taken the login, whatever came after it."""
        return self.outcome == PROVEN or self.stage in ("mail", "rcpt")


def doubted(found: Mapping[str, LoginProof], lately: bool = False) -> dict[str, LoginProof]:
    """Proofs of one run, by name. Several logins that are refused in the same breath, or one shortly after that
    (``lately``), tell of an outage of the provider's login database, and nothing of names or passwords."""
    refused = [each for each in found.values() if each.login_refused]
    if len(refused) < 2 and not (refused and lately):
        return dict(found)
    return {
        name: replace(each, outcome=UNPROVEN, login_refused=False, in_doubt=True) if each.login_refused else each
        for name, each in found.items()
    }


def proof_step(step_id: str, candidate: Candidate, server: str, port: int, sender: str, secret: str) -> Step:
    """The step that proves a candidate's login. The recipient is the mailbox itself: many servers judge the sender,
    and Strato the rate, only at RCPT."""
    parameters = {
        "Server": server,
        "Port": port,
        "Credential": credential_parameter(candidate.username, secret),
        "Sender": sender,
        "Recipient": candidate.mailbox.address,
        "TimeoutSeconds": ANSWER_SECONDS,
    }
    return Step(step_id, COMMAND, parameters, SELECT)


def judge(output: Mapping[str, Any]) -> LoginProof:
    """What the agent's observation means. A reply of the provider to login, sender or recipient is its word; all
    before that is between two programs, and Exchange's own SMTP may fare better."""
    stage, problem = str(output.get("Stage")), output.get("Problem")
    code = output.get("Code")
    text = folded(str(output.get("Text") or ""))
    if stage == "done" and problem is None:
        return LoginProof(PROVEN, stage, text)
    outage = classify(text).kind == LOGIN_OUTAGE
    permanent = isinstance(code, int) and 500 <= code < 600 and not outage
    if problem == "reply" and stage == "auth":
        return (
            LoginProof(REFUSED, stage, text, code == BAD_CREDENTIALS)
            if permanent
            else LoginProof(UNPROVEN, stage, text)
        )
    if problem == "reply" and stage in ("mail", "rcpt"):
        return LoginProof(REFUSED, stage, text)
    if problem == "certificate":
        return LoginProof(REFUSED, stage, text or notice_of("certificate_refused"))
    return LoginProof(UNPROVEN, stage, text or str(problem), tls_newer=problem == "tls_newer")
