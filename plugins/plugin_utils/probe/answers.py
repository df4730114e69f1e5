# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking a host all that it can answer, and its answers as a file holds them: no name of anybody's in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..agent.session import Session, joined
from ..errors import AgentFailed, ConnectionLost
from ..options.action import Action
from ..request import DONE, FAILED, NO_EXCHANGE, ExchangeShell, Reply, Request, StepError, StepResult
from .question import Question
from .questions import ASKED, ASKS, step_of
from .stand_ins import StandIns, own_names

NOUN = "probe"
ACTION = Action(
    "probe_host",
    (),
    needs_exchange=True,
    plans=True,
    role=False,
    description="Query a host for facts that are not documented publicly",
)
PLAYBOOK = "playbook"
"""What the file says of how the host was asked; ``scripts/probe_host.ps1`` says ``pasted script``."""
ANSWERED, NOT_ASKED = "answered", "not asked"


def ask(session: Session, shell: ExchangeShell) -> dict[str, Any]:
    """The answers to all questions, from two remote processes: what needs no Exchange, then the rest.

    A process that breaks or does not answer costs its own questions only; what it said is their error. Raises
    ConnectionLost where no connection can be opened any more, and what is raised once the time is out.
    """
    windows = _reply(session, Request(tuple(step_of(each) for each in ASKS if not each.exchange), NO_EXCHANGE))
    exchange = _reply(session, Request(tuple(step_of(each) for each in ASKS if each.exchange), shell))
    return answers_of(replace(joined(windows, exchange), powershell=windows.powershell or exchange.powershell))


def answers_of(reply: Reply) -> dict[str, Any]:
    """A reply to the steps of all questions as the file's content."""
    stand_ins = StandIns(own_names(reply.result("host").output, reply.computer), asked_for())
    return {
        "host": "host-1",
        "asked_by": PLAYBOOK,
        "agent": stand_ins.shown(reply.agent, "release"),
        "powershell": stand_ins.shown(reply.powershell, "version"),
        "answers": {row.key: _answer(row, reply.result(str(row.ask)), stand_ins) for row in ASKED},
        "warnings": [stand_ins.words(warning) for warning in reply.warnings],
    }


def failures(answers: Mapping[str, Any]) -> dict[str, str]:
    """The questions without an answer, each with what was said instead."""
    return {
        key: (answer.get("error") or {}).get("message") or answer["status"]
        for key, answer in answers.items()
        if answer["status"] != ANSWERED
    }


def asked_for() -> list[str]:
    """Keys and names of the registry that the questions name themselves."""
    return [text for each in ASKS for value in each.parameters.get("Values", ()) for text in value.values()]


def _answer(row: Question, result: StepResult, stand_ins: StandIns) -> dict[str, Any]:
    if result.status == DONE:
        rows = [stand_ins.shown(dict(each), row.shape) for each in result.output]
        return {"status": ANSWERED, "ms": result.milliseconds, "facts": _counted(rows) if row.tally else rows}
    if result.status != FAILED:
        return {"status": NOT_ASKED}
    error = result.error or StepError("")
    told = {"code": stand_ins.shown(error.code, "code"), "type": stand_ins.shown(error.type or None, "exception")}
    told["message"] = stand_ins.words(error.message)
    return {"status": FAILED, "ms": result.milliseconds, "error": told}


def _counted(rows: list[Any]) -> list[dict[str, Any]]:
    """How often each row comes, in the order of their first coming."""
    counts: dict[str, int] = {}
    for row in rows:
        text = json.dumps(row)
        counts[text] = counts.get(text, 0) + 1
    return [{**json.loads(text), "Count": count} for text, count in counts.items()]


def _reply(session: Session, request: Request) -> Reply:
    try:
        return session.ask(request)
    except (AgentFailed, ConnectionLost) as error:
        session.reconnect()
        said = StepError(getattr(error, "host_says", "") or error.reasons[0].found, code="no_reply")
        return Reply("", "", "", tuple(StepResult(step.id, FAILED, error=said) for step in request.steps))
