"""Over all actions: whatever a host says, no sentence, no diff and no page makes a terminal do or a reader believe
anything, and none repeats a secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.entry import entries
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report.page import render
from tests.unit.plugin_utils.action.shell_host import ACTIONS, Answer, Shell, twin
from tests.unit.plugin_utils.pop3_connector.pop3_host import declared, options

PASSWORD = "vQ9-Zinkblech  8812'\"-Sandbank"
OWN = "Zq7&Regenrinne Kachelofen"
OWN_PIECES, PIECES = ("Regenrinne", "Kachelofen"), ("Zinkblech", "Sandbank")
OBEYED = "\x1b[2J\x07\x7f\x9b1A\u202e\u2066\u200b\ufeff\u2028\u2029\x85"
FAKE = "PLAY RECAP"
HOSTILE = f"{OBEYED}\r\n{FAKE} ***\nsbs : ok=9 {PASSWORD} {OWN}"
MAILBOX = {"address": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-31"}
WORDS = f"\ud800{HOSTILE}"
"""A name with half a character cannot be saved; what is only said can have anything."""
LOGIN = {"username": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-31"}

STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "pop3_connector": {
        "accounts": [
            {
                "server": "pop3.strato.de",
                "port": 995,
                "username": "user1@beispiel.de",
                "password": "lab-only-Kesselhaus-0815",
                "mailbox": "user1@nt4admins.local",
            }
        ]
    },
    "send_connectors": [
        {"Name": "Internet", "AddressSpaces": ["*"]},
        {"Name": "Alt", "AddressSpaces": ["beispiel.de"], "DNSRoutingEnabled": False, "SmartHosts": ["a.b.de"]},
    ],
}
STAYS = {"unknown_recipients_return": "no"}
CONNECTOR = {
    "adopt": True,
    "address_spaces": ["*"],
    "smart_hosts": ["smtp.strato.de"],
    "smart_host_auth_mechanism": "BasicAuthRequireTLS",
    "login": LOGIN,
    "exclusive": True,
}
DECLARATIONS: dict[str, dict[str, Any]] = {
    "ping": {},
    "inbound": {"domains": [{"domain": "beispiel.de", "way": "mx"}, {"domain": "beispiel.com", "way": "pop3"}]},
    "preflight": {},
    "probe_host": {},
    "facts": {"backlog": True},
    "queue": {},
    "send_connector": CONNECTOR,
    "receive_connector": {
        "adopt": True,
        "fqdn": "sbs.nt4admins.local",
        "max_message_size": "25MB",
        "close_relay": True,
        "recipient_validation": True,
    },
    "transport": {"calm_for_provider": "strato", "connector": "Internet", "smtp_max_messages_per_connection": 5},
    "host_tls": {"client": True, "server": True, "dotnet": True, "winhttp": True, "restart": "service"},
    "smarthost_account": {"provider": "strato", "mailboxes": [MAILBOX], "wait_for_session": 0},
    "address_rewrite": {
        "rules": [{"from": "nt4admins.local", "to": "beispiel.de"}],
        "confirm_mass_change": True,
        **STAYS,
    },
    "queue_recovery": {"per_hour": 100, "keep_login": True, "wait": False},
    "pop3_connector": options(declared(1), declared(3, password=PASSWORD)),
    "pop3_connector_fetch": {},
    "pop3_connector_learn": {"stage": "report"},
    "pop3_connector_restore": {"backup": "pop3records.dat.20261124T203936Z.bak"},
    "restore": {},
}
DECLARATIONS["mail_flow"] = {
    noun: DECLARATIONS[noun] for noun in ("address_rewrite", "smarthost_account", "pop3_connector", "transport")
}
PLAIN_LOOKS = ("ping", "facts", "queue")
SAVED = ("send_connector", "receive_connector", "transport", "address_rewrite", "pop3_connector", "host_tls")
SAVES = {f"restore of {noun}": noun for noun in SAVED}
CHANGES = {**DECLARATIONS, "pop3_connector": options(declared(1), validate_logins=False)}
CASES = [*(action for action in ACTIONS if action != "restore"), *SAVES]


Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


def run(noun: str, host: Answer | Rewrite, folder: Path, check_mode: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The result of an action whose host answers so, or whose replies are rewritten so, and what watchers were shown.

    A restore finds what the noun has changed before, while the host was not hostile yet."""
    action = noun.partition(" ")[0]
    desired = {**DECLARATIONS[action], **({} if noun in PLAIN_LOOKS else {"backup_dir": str(folder / "kept")})}
    begun: list[bool] = []
    rewrite = cast(Rewrite, host)
    answer = twin(STATE, lambda reply: rewrite(reply) if begun else reply)
    if noun in SAVES:
        first = {**CHANGES[SAVES[noun]], "backup_dir": str(folder / "before")}
        desired["backup_file"] = Shell(answer, {"ansible_password": OWN}).run(SAVES[noun], first)["backup_file"]
    begun.append(True)
    shell = Shell(cast(Answer, host) if host in WHOLE else answer, {"ansible_password": OWN})
    return shell.run(action, desired, check_mode), shell.lines


def hostile(value: Any) -> Any:
    """A value of which every text goes on with what no terminal should see."""
    if isinstance(value, dict):
        return {name: hostile(item) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return value + HOSTILE if isinstance(value, str) else value


def corrupt(reply: dict[str, Any], names: Set[str]) -> dict[str, Any]:
    """A reply whose objects have such texts in these properties."""
    for result in reply["results"]:
        result["output"] = [
            {name: hostile(value) if name in names else value for name, value in row.items()}
            for row in result["output"]
        ]
    return reply


def properties(noun: str, folder: Path) -> set[str]:
    """The properties that an action asks a host for."""
    seen: set[str] = set()

    def look(reply: dict[str, Any]) -> dict[str, Any]:
        seen.update(name for result in reply["results"] for row in result["output"] for name in row)
        return reply

    run(noun, look, folder)
    return seen


def stray(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
    return 1, WORDS.encode("utf-8", "surrogatepass"), b""


def only_stderr(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
    return 1, b"", WORDS.encode("utf-8", "surrogatepass")


def broken(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
    raise ConnectionResetError(WORDS)


WHOLE = (stray, only_stderr, broken)


def hosts(noun: str, folder: Path) -> Iterator[tuple[str, Answer | Rewrite]]:
    """Every way in which the host may be hostile to this action."""
    names = properties(noun, folder)
    for some in (*({name} for name in sorted(names)), names, names - {"Guid", "Identity", "Name"}):
        yield " ".join(sorted(some)), partial(corrupt, names=some)
    for at in range(12):
        yield f"step {at} fails", partial(failing, at=at)
    yield "warnings", lambda reply: {**reply, "warnings": [WORDS]}
    yield "head", lambda reply: {**reply, "computer": HOSTILE, "agent": HOSTILE, "powershell": HOSTILE}
    yield "protocol", lambda reply: {**reply, "protocol": WORDS}
    yield from ((each.__name__, each) for each in WHOLE)


def failing(reply: dict[str, Any], at: int) -> dict[str, Any]:
    for number, result in enumerate(reply["results"]):
        if number == at:
            texts = dict.fromkeys(("message", "type", "category", "error_id"), HOSTILE)
            result |= {"status": "failed", "output": [], "error": texts}
    return reply


def sentences(result: Mapping[str, Any]) -> Iterator[str]:
    """Every line that a person is shown of a result."""
    diffs = result.get("diff") or {}
    yield from result.get("msg", "").split("\n")
    for diff in diffs if isinstance(diffs, list) else [diffs]:
        yield from (line for text in diff.values() for line in text.split("\n"))
    for told in result.get("nouns", {}).values():
        yield from sentences(told)
    yield from result.get("warnings", ())
    yield from (text for reason in result.get("reasons", ()) for text in reason.values())


@pytest.mark.parametrize("noun", CASES)
def test_nothing_that_a_host_says_is_obeyed_or_tells_a_secret(noun: str, tmp_path: Path) -> None:
    secret = (*OWN_PIECES, *(PIECES if "Zinkblech" in str(DECLARATIONS.get(noun)) else ()))
    for number, (name, host) in enumerate(hosts(noun, tmp_path / "looked")):
        result, shown = run(noun, host, tmp_path / str(number))
        lines = [*sentences(result), *(line for text in shown for line in text.split("\n"))]
        assert [line for line in lines if not line.isprintable() or line.lstrip().startswith(FAKE)] == [], name
        whole = json.dumps([result, shown])
        assert [piece for piece in secret if piece in whole] == [], name
        page = render(list(entries("sbs", noun, "task", result, False)), "site.yml", datetime.now(UTC))
        told = page.replace("\n", "")
        assert told.isprintable() and [piece for piece in secret if piece in page] == [], name
        assert not [line for line in page.split("\n") if line.lstrip().startswith(FAKE)], name


def test_every_action_has_a_row_here_and_reaches_its_host(tmp_path: Path) -> None:
    assert sorted(DECLARATIONS) == ACTIONS
    for noun in CASES:
        result, _ = run(noun, dict, tmp_path / noun, check_mode=True)
        assert not any("option" in reason["found"] for reason in result.get("reasons", ())), result
