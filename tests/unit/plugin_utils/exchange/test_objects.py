"""A table of settings and the steps made from it, on a kind of object that no noun has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.objects import ExchangeObject, Extra
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.settings import Setting, Settings, Values
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import UNDECLARED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import (
    Choice,
    Integer,
    LocalPath,
    Names,
    Size,
    Text,
    Unreadable,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS as OF_CONNECTORS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.settings import SETTINGS as OF_SERVERS

SETTINGS = Settings(
    Setting("port", Integer(1, 65535), "The port.", prop="Port", new_value=25),
    Setting("banner", Text(), "A text.", prop="Banner", new_value=None, nullable=True),
    Setting("groups", Names(), "Some names.", prop="Groups", new_value=frozenset()),
    Setting("folder", LocalPath(), "A folder.", prop="Folder", nullable=True),
    Setting("size", Size(10**9), "A size.", prop="Size"),
    Setting("usage", Choice("Client", "Custom"), "What for.", prop="Usage", new_value="Custom", create_only=True),
    Setting("login", Text(), "A login.", prop="Login", secret=True),
)
OBJECT = ExchangeObject(
    "ReceiveConnector",
    "receive connector",
    SETTINGS,
    ("Name", "Guid"),
    lambda values: {"port": 25} if "banner" in values else {},
)
SHOWN = {"Port": 587, "Banner": "ho", "Groups": ["B", "a"], "Folder": None, "Size": "2 KB (1.500 bytes)", "Usage": "x"}
VALUES: Values = {"port": 587, "banner": "ho", "groups": frozenset({"a", "b"}), "folder": None, "size": 1500}
THERE = SendConnector("Eins", "guid-1", VALUES)
ALSO = Extra({"Login": "x"}, (Change("login", None, "(hidden)"),), {"x": "Rk5-objects-only-Zinnkrug-4471"})


def test_what_a_host_prints() -> None:
    assert SETTINGS.parse(SHOWN) == VALUES
    assert SETTINGS.parse({}) == {"port": None, "banner": None, "groups": frozenset(), "folder": None, "size": None}


@pytest.mark.parametrize("odd", ["", "?", 0, -1, 7.5, True, [], ["?"], [None], [[]], {}, {"a": 1}, "9" * 500], ids=repr)
def test_nothing_that_a_host_prints_is_an_error(odd: Any) -> None:
    values = SETTINGS.parse(dict.fromkeys(SHOWN, odd))
    assert set(values) == set(VALUES)
    json.dumps([SETTINGS.show(values), SETTINGS.save(values)])


WANTED: list[tuple[Values, dict[str, Any], list[tuple[str, Any, Any]]]] = [
    # declaration, what is written, what is said
    ({"port": 25}, {"Port": 25}, [("port", 587, 25)]),
    ({"size": 1500, "port": 587, "groups": frozenset({"b", "a"})}, {}, []),
    ({"groups": frozenset()}, {"Groups": None}, [("groups", ["a", "b"], None)]),
    ({"folder": "D:\\"}, {"Folder": "D:\\"}, [("folder", None, "D:\\")]),
    ({"banner": None}, {"Banner": None, "Port": 25}, [("port", 587, 25), ("banner", "ho", None)]),
    ({"usage": "Client"}, {}, []),
]


@pytest.mark.parametrize(("want", "written", "said"), WANTED)
def test_only_what_differs_is_written_and_said_and_then_nothing_is_left(
    want: Values, written: dict[str, Any], said: list[tuple[str, Any, Any]]
) -> None:
    step = OBJECT.change(THERE, want)
    assert (step is None) == (written == {})
    if step is not None:
        assert (step.action, step.target, step.command) == ("change receive connector", "Eins", "Set-ReceiveConnector")
        assert step.parameters == {"Identity": "guid-1", **written, "Confirm": False}
        assert [(each.option, each.before, each.after) for each in step.changes] == said
    after = SendConnector("Eins", "guid-1", OBJECT.changed(VALUES, want))
    assert OBJECT.change(after, want) is None


def test_a_new_one_is_told_what_is_set_and_has_the_rest_by_itself() -> None:
    want: Values = {"size": 1024, "usage": "Client", "banner": None, "groups": frozenset()}
    step = OBJECT.create("Zwei", want, ALSO)
    assert (step.action, step.target, step.command) == ("create receive connector", "Zwei", "New-ReceiveConnector")
    assert step.parameters == {"Name": "Zwei", "Size": "1024", "Usage": "Client", "Login": "x", "Confirm": False}
    assert [each.option for each in step.changes] == ["size", "usage", "login"]
    assert OBJECT.created(want) == {"port": 25, "banner": None, "groups": frozenset(), "size": 1024}


def test_what_is_written_besides_is_a_change_by_itself_and_names_its_secret_only() -> None:
    step = OBJECT.change(THERE, {}, ALSO)
    assert step is not None and step.parameters == {"Identity": "guid-1", "Login": "x", "Confirm": False}
    assert ALSO.secrets["x"] not in repr(ALSO) + repr(step)


def test_what_is_removed_was_something() -> None:
    step = OBJECT.remove(THERE)
    assert (step.action, step.command, step.parameters) == (
        "remove receive connector",
        "Remove-ReceiveConnector",
        {"Identity": "guid-1", "Confirm": False},
    )
    assert step.changes[0] == Change("port", 587, None)
    assert [each.option for each in step.changes] == ["port", "banner", "groups", "size"]


def test_what_is_read_is_what_can_be_compared() -> None:
    step = OBJECT.read_step(("More",))
    assert (step.id, step.command, step.always) == ("read_receive_connectors", "Get-ReceiveConnector", False)
    assert step.select == ("Name", "Guid", "More", "Port", "Banner", "Groups", "Folder", "Size")


def test_saved_and_loaded() -> None:
    values = VALUES | {"port": None, "banner": Unreadable("?")}
    saved = json.loads(json.dumps(SETTINGS.save(values)))
    assert saved == {
        "settings": {"groups": ["a", "b"]},
        "not_set": ["folder"],
        "unreadable": ["banner", "port", "size"],
    }
    assert SETTINGS.load(saved, saved["not_set"]) == {"groups": frozenset({"a", "b"}), "folder": None}
    rounded = SETTINGS.save(values, rounded=True)
    assert SETTINGS.load(rounded, ())["size"] == 2048


@pytest.mark.parametrize("row", [*OF_CONNECTORS, *OF_SERVERS, *SETTINGS], ids=lambda row: row.name)
def test_a_setting_that_is_not_declared_has_no_default(row: Setting) -> None:
    assert row.default is UNDECLARED and not row.required
    assert row.nullable or row.secret or row.new_value is not None
