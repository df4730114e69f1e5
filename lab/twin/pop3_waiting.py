"""``Measure-Pop3Waiting``: how much waits at the provider, with the passwords that the accounts file has."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any, Final

from lab.exchange.host import Output
from lab.exchange.values import Credential
from lab.twin.agent import Agent, Given, Refusal, unreadable
from lab.twin.files import open_file, sha256
from lab.twin.mail_talk import MailServer
from lab.twin.parameters import as_list, check_range
from lab.twin.pop3_fetch import log_folder, newest_log
from lab.twin.pop3_file import RecordsText, path_of
from lab.twin.pop3_login import Pop3Talk, check_pop3_login, pop3_proof, speak_pop3
from lab.twin.pop3_secrets import unprotect
from lab.twin.tls import warned

_UIDS: Final = 5000
_SEARCHED: Final = 50


def measure_pop3_waiting(agent: Agent, given: Given) -> Output:
    """``Measure-Pop3Waiting``."""
    seconds, limit = given.get("TimeoutSeconds", 30), given.get("LimitSeconds", 90)
    check_range("TimeoutSeconds", seconds, 1, 600)
    check_range("LimitSeconds", limit, 0, 600)
    with agent.machine.pop3.lock:
        data = open_file(agent.machine.pop3, path_of(given))
    if sha256(data) != given["Sha256"]:
        raise Refusal("pop3_file_changed", "The file is not the one that was read.")
    text = RecordsText(data)
    end, folder = monotonic() + limit, log_folder(given, "LogFolder")
    return [
        _unasked("no_time") if monotonic() >= end else _count(agent, text, login, seconds, folder)
        for login in as_list(given["Logins"])
    ]


def _unasked(problem: str, stage: str = "connect") -> dict[str, object]:
    return {"Stage": stage, "Problem": problem, "Messages": None, "Reply": None}


def _count(agent: Agent, text: RecordsText, login: Any, seconds: int, folder: str) -> dict[str, object]:
    if not isinstance(login, dict):
        raise unreadable("A login is no table.")
    just_worked = _just_worked(agent, folder, login.get("PauseMinutes"))
    clear = _stored_password(agent, text, login)
    if just_worked:
        return _unasked("too_soon")
    if clear is None:
        return _unasked("not_opened", "password")
    given = {**login, "Credential": Credential(login["Username"], clear), "TimeoutSeconds": seconds}
    check_pop3_login(given)
    server = MailServer(given["Server"], given["Port"], seconds, agent.tls)

    def hide(words: str) -> str:
        return agent.hide(words).replace(clear, "********")

    more: dict[str, object] = {}
    row = speak_pop3(pop3_proof(server, given), hide, lambda talk: _ask(talk, login, more))
    asked = {"Uids": login.get("Uids"), "Found": login.get("FindMessageId")}
    return {**warned(agent, server, row), **{name: more.get(name) for name, wanted in asked.items() if wanted}}


def _just_worked(agent: Agent, folder: str, minutes: Any) -> bool:
    """Whether the connector wrote to its newest log within so many minutes, or after now."""
    if minutes is None:
        return False
    if not isinstance(minutes, int):
        raise unreadable("PauseMinutes of a login is no number.")
    check_range("PauseMinutes", minutes, 1, 1440)
    with agent.machine.pop3.lock:
        newest = newest_log(agent.machine.pop3, folder)
    return newest is not None and newest.written + timedelta(minutes=minutes) > agent.machine.clock.now()


def _ask(talk: Pop3Talk, login: Given, told: dict[str, object]) -> None:
    if login.get("Uids"):
        told["Uids"] = talk.uids(_UIDS)
    if wanted := login.get("FindMessageId"):
        told["Found"] = talk.has_last(str(wanted), _SEARCHED)


def _stored_password(agent: Agent, text: RecordsText, login: Given) -> str | None:
    blob, entropy = (text.value_at(login.get(key)) for key in ("Password", "Entropy"))
    plain = unprotect(agent.machine.pop3.dpapi, blob, entropy)
    try:
        return None if plain is None else plain.decode("utf-16-le")
    except ValueError:
        return None
