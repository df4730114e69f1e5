"""Every function of the engine that is given what others wrote, found by its parameters: whatever it is given, only our
own errors leave it, and those that it documents."""

from __future__ import annotations

import builtins
import inspect
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from random import Random
from types import FunctionType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.sbs.mailflow.plugins import plugin_utils
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.settings import Settings
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail.desired import parse_desired as parse_look
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.reading import Asked
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import find_provider
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import Option
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Boolean
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import ConnectorPlace
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.key_map import KeyMap
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.waiting import Asking
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.desired import parse_desired as parse_queue
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, Step, StepError, StepResult
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan, PlannedStep
from tests.unit.action.every_action import ACTIONS
from tests.unit.fuzz.junk import DATES, TEXTS, corrupt, fuzzed, junk, mapping
from tests.unit.fuzz.world import desired, host, saved

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NAMES = [each.name for each in pkgutil.walk_packages(plugin_utils.__path__, f"{plugin_utils.__name__}.")]
MODULES = [import_module(name) for name in NAMES]
FOREIGN = {"reply", "output", "data", "content", "declared", "arguments", "result", "told", "reported", "given"}
"""What a parameter is called that holds what others wrote, if its type is not one of ours."""
UNTYPED = ("Reply", "Any", "Mapping[str, Any]", "Iterable[Mapping[str, Any]]")
OURS = {
    "controller.backup.save": "writes what we made",
    "options.parse.parse": "is asked by the parsers of wishes, which are tried",
    "errors.collect": "calls a parser",
    "smarthost_account.switch.judge": "hides a password, and asks login_proof.judge",
    "agent.session.host_refusal": "is asked with a result that has failed",
    "agent.session.require_read": "is asked with a reply that has been completed",
    "action.undo.undo_command": "is given what Ansible's command line has parsed",
    "report.refusal.reasons_as_text": "is asked of what is_refusal has looked at",
    "run.render.diff_of": "shows a diff that we made",
}
"""Functions that look like those that are meant, and are none."""


def name_of(function: Any) -> str:
    return f"{function.__module__.removeprefix(plugin_utils.__name__ + '.')}.{function.__qualname__}"


def is_meant(function: FunctionType) -> bool:
    parameters = inspect.signature(function).parameters.values()
    foreign = any(each.name in FOREIGN and str(each.annotation) in UNTYPED for each in parameters)
    return (foreign or function.__name__.startswith("parse")) and name_of(function) not in OURS


def found() -> Iterator[FunctionType]:
    for module in MODULES:
        for name, function in vars(module).items():
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not name.startswith("_") and is_meant(function):
                yield function


FUNCTIONS = {name_of(function): function for function in found()}
STEPS = [each for module in MODULES for each in vars(module).values() if isinstance(each, Step)]
ROWS = [
    row for module in MODULES for table in vars(module).values() if isinstance(table, tuple | Settings) for row in table
]
OPTIONS = {row.name for row in ROWS if isinstance(row, Option)}
WORDS = sorted(OPTIONS | {"username", "password", "key", "values"})
SWITCHED = ("check_mode", "ok", "content", "needs_exchange", "plans")
BY_NAME: dict[str, Any] = {
    "way": "direct",
    "values": {},
    "made": Asking((), {}),
    "ledger": Ledger(Path("/nowhere/ledger.sqlite"), read_only=True),
    "checks": ("tls",),
    "asked": Asking((), {}),
    "reading": Asked(Declared()),
    "where": "here",
    "path": "file",
    "learnt_file": Path("nowhere.yml"),
    "hosts": ("smtp.strato.de",),
    "parts": 4,
    "paths": (r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client",),
    "host": "sbs",
    "host_facts": {},
    "now": NOW,
    "controller": NOW,
    "at": Spelling("here"),
    "zone": ZoneInfo("Europe/Berlin"),
    "noun": "send_connector",
    "nouns": ("transport", "pop3_connector"),
    "variable": {}.get,
    "declarations": {"transport": {}, "send_connector": {}},
    "task": "role : task",
    "name": "SBS",
    "connector": None,
    "place": ConnectorPlace(),
    "key_map": KeyMap(),
    "own_service": "pop3connector",
    "accounts": (),
    "desired": parse_queue({}),
    "look": parse_look({}),
    "kept": {},
    "provider": find_provider("strato", "here"),
    "data": b"",
    "known": 1,
    "kind": Boolean(),
    "plan": Plan("transport", (PlannedStep("change", "SBS", "Set-TransportServer", {}),)),
}
"""Arguments that are ours."""


def replied(dice: Random) -> Reply:
    """A reply to every step that there is, partly corrupt."""
    results = tuple(_result(dice, step) for step in STEPS)
    return Reply("0.1.0", "2.0", dice.choice(("SBS", "SBS", *TEXTS)), results, domain=dice.choice(TEXTS))


def _result(dice: Random, step: Step) -> StepResult:
    output: Any = host().seen.get(step.command, {}).get("output") or [dict.fromkeys(step.select)]
    if dice.random() < 0.3:
        made = corrupt(dice, output)
        output = made if isinstance(made, list) else []
    if dice.random() < 0.05:
        return StepResult(step.id, "failed", (), StepError(dice.choice(TEXTS), code=dice.choice(TEXTS)))
    return StepResult(step.id, "done", tuple(each for each in output if isinstance(each, dict)))


def given_output(dice: Random) -> list[dict[str, Any]]:
    """What some cmdlet gave, corrupt."""
    whole = dice.choice(list(host().seen.values()))["output"]
    made = corrupt(dice, whole)
    return [each for each in made if isinstance(each, dict)] if isinstance(made, list) else []


def given_desired(dice: Random) -> Any:
    """What an inventory may declare: something of a real declaration, corrupt, with anything beside it."""
    whole: Any = desired(dice.choice(list(ACTIONS)))
    for _ in range(dice.randrange(3)):
        inner = [*whole.values()] if isinstance(whole, dict) else whole if isinstance(whole, list) else []
        whole = dice.choice(inner) if inner else whole
    made = corrupt(dice, {**whole, **mapping(dice, WORDS)} if isinstance(whole, dict) else whole)
    return dice.choice((made, made, made, junk(dice), dice.choice(DATES)))


def given_content(dice: Random) -> Any:
    """What a file may hold, or a result."""
    return corrupt(dice, dice.choice([*saved().values(), *host().seen.values(), RESULT]))


RESULT: dict[str, Any] = {
    "changed": True,
    "msg": "x",
    "warnings": ["x"],
    "reasons": [{"where": "x", "found": "x"}],
    "verdict": "healthy",
    "plan": {"digest": "x", "steps": [{"action": "x", "target": "y"}], "steps_left_out": 3},
    "transcript": ["x"],
    "steps": [{"action": "x", "status": "done", "error": None}],
    "diff": {"before": "a\n", "after": "b\n"},
    "counts": {"saved": 3},
    "bounced": ["x"],
    "login": "a@b.de",
}


def argument(dice: Random, parameter: inspect.Parameter, function: FunctionType) -> Any:
    """What a parameter is given; its default where nothing of ours is known."""
    kind, name = str(parameter.annotation), parameter.name
    if kind == "Reply":
        return replied(dice)
    if kind == "Iterable[Mapping[str, Any]]":
        return given_output(dice)
    if name in ("arguments", "declared", "exceptions", "login") or kind == "Any":
        made = given_desired(dice)
        return made if kind == "Any" or isinstance(made, dict) else {}
    if name in FOREIGN and kind == "Mapping[str, Any]":
        made = dice.choice((given_content, given_desired))(dice)
        return made if isinstance(made, dict) else {}
    if kind.startswith(("Sequence[str]", "bytes", "list[Reason]")):
        return (
            [dice.choice(TEXTS) for _ in range(dice.randrange(3))] if "str" in kind else [] if "R" in kind else b"\xff"
        )
    if name in SWITCHED:
        return dice.random() < 0.5
    if name in BY_NAME:
        return BY_NAME[name]
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    if kind == "str":
        return dice.choice(TEXTS)
    raise AssertionError(f"nothing is known to give to {parameter} of {name_of(function)}: say it in BY_NAME")


def documented(function: FunctionType) -> tuple[type[Exception], ...]:
    """The errors that a function says it raises."""
    told = (inspect.getdoc(function) or "").partition("Raises ")[2]
    names = re.findall(r"\b[A-Z]\w+Error\b", told)
    return (MailflowError, *(getattr(builtins, name) for name in names if hasattr(builtins, name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_our_own_errors_leave(name: str) -> None:
    function = FUNCTIONS[name]
    parameters = inspect.signature(function).parameters.values()
    allowed = documented(function)
    host()

    @fuzzed(50)
    def fuzz(dice: Random) -> None:
        given = {each.name: argument(dice, each, function) for each in parameters}
        try:
            made = function(**given)
            repr(list(made) if inspect.isgenerator(made) else made)
        except allowed:
            pass

    fuzz()


def test_those_that_are_known_are_found_and_those_left_out_are_there() -> None:
    found_by_name = {name.rpartition(".")[2] for name in FUNCTIONS}
    assert found_by_name >= {"parse_desired", "parse_restore", "parse_backlog", "entries", "from_data", "facts_of"}
    known = {name_of(each) for module in MODULES for each in vars(module).values() if inspect.isfunction(each)}
    assert set(OURS) <= known and Path(str(plugin_utils.__path__[0])).is_dir()
