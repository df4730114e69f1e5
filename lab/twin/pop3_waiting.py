"""``Measure-Pop3Waiting``: how much waits at the provider, with the passwords that the accounts file has."""

from __future__ import annotations

from time import monotonic
from typing import Any

from lab.exchange.host import Output
from lab.exchange.values import Credential
from lab.twin.agent import Agent, Given, Refusal, unreadable
from lab.twin.files import open_file, sha256
from lab.twin.mail_talk import MailServer
from lab.twin.parameters import as_list, check_range
from lab.twin.pop3_file import RecordsText, path_of
from lab.twin.pop3_login import check_pop3_login, speak_pop3
from lab.twin.pop3_secrets import unprotect
from lab.twin.tls import warned


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
    late: dict[str, object] = {"Stage": "connect", "Problem": "no_time", "Messages": None, "Reply": None}
    end = monotonic() + limit
    return [late if monotonic() >= end else _count(agent, text, login, seconds) for login in as_list(given["Logins"])]


def _count(agent: Agent, text: RecordsText, login: Any, seconds: int) -> dict[str, object]:
    if not isinstance(login, dict):
        raise unreadable("A login is no table.")
    clear = _stored_password(agent, text, login)
    if clear is None:
        return {"Stage": "password", "Problem": "not_opened", "Messages": None, "Reply": None}
    given = {**login, "Credential": Credential(login["Username"], clear), "TimeoutSeconds": seconds}
    check_pop3_login(given)
    server = MailServer(given["Server"], given["Port"], seconds, agent.tls)

    def hide(words: str) -> str:
        return agent.hide(words).replace(clear, "********")

    return warned(agent, server, speak_pop3(server, given["Security"], given["Credential"], hide))


def _stored_password(agent: Agent, text: RecordsText, login: Given) -> str | None:
    blob, entropy = (text.value_at(login.get(key)) for key in ("Password", "Entropy"))
    plain = unprotect(agent.machine.pop3.dpapi, blob, entropy)
    try:
        return None if plain is None else plain.decode("utf-16-le")
    except ValueError:
        return None
