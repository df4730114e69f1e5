"""Learning a key map: from two looks at a host, or not at all."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.key_map import parse_key_map
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.learn import learn, parse_learn
from tests.unit.plugin_utils.pop3_connector.pop3_file import BLOB, ENTROPY, SHAPES, Shape, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import Pop3Host
from tests.unit.plugin_utils.run.examples import HOST, NOW, keys_of

SALT = "a1b2c3"
FIRST = {"server": "pop3.strato.de", "port": 995, "username": "user1@beispiel.de"}
Registry = list[dict[str, Any]]


class LearningHost(Pop3Host):
    """A host whose console changes values, and which tells the facts of its file masked."""

    def __init__(self, shape: Shape, *accounts: dict[str, str]) -> None:
        self.shape, self.accounts = shape, [dict(each) for each in accounts]
        super().__init__(data_of(shape, *accounts))
        self.registry: Registry = [{"Path": "HKLM\\x", "Name": "Every", "Kind": "DWord", "Value": 15}]

    def console(self, n: int, **values: str) -> None:
        """What somebody changes in the SBS console."""
        self.accounts[n - 1] |= values
        self.data = data_of(self.shape, *self.accounts)

    def run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        """Get-Pop3Facts, and what the other host knows."""
        if command != "Get-Pop3Facts":
            return super().run(command, given, secrets)
        lines, block = [], 0
        bom, codec = self.codec
        for text in (self.data or b"")[len(bom) :].decode(codec).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            key, colon, value = text.partition(":")
            if text:
                lines.append(self._told(key if colon else None, value, block, given["Salt"]))
            block += text == "-"
        file = {"Name": "pop3records.dat", "Length": len(self.data or b""), "LastWriteTime": "x"}
        return [{"Lines": lines, "Registry": self.registry, "Folders": [{"Path": "C:\\Data", "Files": [file]}]}]

    @staticmethod
    def _told(key: str | None, value: str, block: int, salt: str) -> dict[str, Any]:
        short = key == "Port" or value in ("True", "False") or len(value) <= 3
        line = {"Key": key, "ValueLength": len(value), "Class": "text", "Account": block}
        if key in ("Password", "Entropy"):
            return {**line, "Value": None, "Digest": None}
        digest = hashlib.sha256((value + salt).encode()).hexdigest()[:12]
        return {**line, "Value": value if short else None, "Digest": digest}


def host(shape: Shape = SHAPES[0]) -> LearningHost:
    return LearningHost(shape, account(1, ssl="False"), account(2))


def stage(name: str, found: LearningHost, folder: Path, check: bool = False, **arguments: Any) -> dict[str, Any]:
    wanted = parse_learn({"stage": name, **arguments})
    at = NOW + timedelta(minutes=name == "after")
    result = learn(found.session(), wanted, directory=str(folder), now=at, salt=SALT, check_mode=check)
    files = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert BLOB not in files + json.dumps(result) and ENTROPY not in files + json.dumps(result)
    return result


def learnt(
    found: LearningHost, folder: Path, change: Callable[[], None], option: str, value: str, **more: Any
) -> dict[str, Any]:
    stage("before", found, folder, option=option, value=value)
    change()
    return stage("after", found, folder, option=option, value=value, **more)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_three_changes_make_a_whole_map(shape: Shape, tmp_path: Path) -> None:
    found = host(shape)
    learnt(found, tmp_path, lambda: found.console(1, ssl="True"), "ssl", "true", account=FIRST)
    learnt(found, tmp_path, lambda: found.console(1, logon="2"), "logon", "apop", value_before="basic")
    result = learnt(found, tmp_path, lambda: found.console(1, mailbox="neu@x.local"), "mailbox", "neu@x.local")
    expected = {
        "ssl": {"key": "UseSsl", "values": {"true": "True", "false": "False"}},
        "logon": {"key": "LogonType", "values": {"apop": "2", "basic": "0"}},
        "mailbox": {"key": "Mailbox"},
    }
    assert result["key_map"] == expected
    path = Path(result["key_map_file"])
    assert yaml.safe_load(path.read_text()) == {"pop3_connector_key_map": expected}
    assert parse_key_map(expected, "here").options.keys() == expected.keys()
    assert path.read_text().count("# 2026-03-02: ") == 3 and HOST in path.read_text()
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert all(command in ("Get-Pop3Facts", "Read-Pop3Records") for call in found.commands for command in call)


def test_a_mailbox_that_the_file_calls_otherwise_gets_a_form(tmp_path: Path) -> None:
    found = host()
    result = learnt(found, tmp_path, lambda: found.console(1, mailbox="S-1-5-21-7"), "mailbox", "a@x.local")
    assert result["key_map"] == {"mailbox": {"key": "Mailbox", "values": {"a@x.local": "S-1-5-21-7"}}}


def test_the_port_may_move_with_ssl(tmp_path: Path) -> None:
    found = host()
    result = learnt(found, tmp_path, lambda: found.console(1, ssl="True", port="110"), "ssl", "true")
    assert result["learned"]["key"] == "UseSsl"


def removed(found: LearningHost) -> None:
    found.accounts.pop()
    found.console(1)


def no_change(found: LearningHost) -> None:
    found.registry[0]["Value"] = 20


UNCLEAR: dict[str, tuple[Callable[[LearningHost], None], str, str]] = {
    "two lines": (lambda found: found.console(1, ssl="True", logon="2"), "logon", "pop3_learn_ambiguous"),
    "two accounts": (lambda found: [found.console(n, logon="2") for n in (1, 2)], "logon", "pop3_learn_ambiguous"),  # type: ignore[dict-item]
    "another account": (lambda found: found.console(2, logon="2"), "logon", "pop3_learn_other_account"),
    "a known key": (lambda found: found.console(1, username="x"), "logon", "pop3_learn_known_key"),
    "other lines": (removed, "logon", "pop3_learn_other_lines"),
    "not in the file": (no_change, "logon", "pop3_learn_not_in_file"),
}


@pytest.mark.parametrize(("change", "option", "key"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_clear_is_refused(
    change: Callable[[LearningHost], None], option: str, key: str, tmp_path: Path
) -> None:
    found = host()
    with pytest.raises(MailflowError) as caught:
        learnt(found, tmp_path, lambda: change(found), option, "apop", account=FIRST)
    assert keys_of(caught.value) == [key]
    assert not list(tmp_path.rglob("*.yml"))
    assert key != "pop3_learn_not_in_file" or "HKLM\\x, Every: 15 -> 20" in str(caught.value)


def test_the_place_of_the_interval_is_told_and_never_written(tmp_path: Path) -> None:
    found = host()
    result = learnt(found, tmp_path, lambda: no_change(found), "interval", "20")
    assert result["elsewhere"] == ["HKLM\\x, Every: 15 -> 20"] and result["key_map_file"] is None
    assert result["changed"] is False and len(result["warnings"]) == 1


def test_a_map_is_never_contradicted_silently(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(
        "---\n# by hand\npop3_connector_key_map: {ssl: {key: Other, values: {'true': '1'}}, copy_as_is: [a]}\n"
    )
    found = host()
    with pytest.raises(InputRefused) as caught:
        learnt(found, tmp_path, lambda: found.console(1, ssl="True"), "ssl", "true", path=str(path))
    assert keys_of(caught.value) == ["pop3_learn_contradicts"] and "Other" in str(caught.value)
    again = stage("after", found, tmp_path, option="ssl", value="true", path=str(path), overwrite=True)
    assert again["key_map"]["ssl"]["key"] == "UseSsl" and again["key_map"]["copy_as_is"] == ["a"]
    assert "# by hand" in path.read_text()


@pytest.mark.parametrize("text", ["a: 1\n", "[", "pop3_connector_key_map: 3\n", "- a\n"])
def test_a_file_of_something_else_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(text)
    found = host()
    with pytest.raises(InputRefused) as caught:
        learnt(found, tmp_path, lambda: found.console(1, ssl="True"), "ssl", "true", path=str(path))
    assert keys_of(caught.value) == ["pop3_map_file_foreign"] and path.read_text() == text


def test_without_a_first_look_there_is_nothing_to_compare(tmp_path: Path) -> None:
    for before in ({}, {"option": "logon", "value": "apop"}):
        if before:
            stage("before", host(), tmp_path, **before)
        with pytest.raises(InputRefused) as caught:
            stage("after", host(), tmp_path, option="ssl", value="true")
        assert keys_of(caught.value) == ["pop3_learn_no_snapshot"]


def test_a_report_lies_on_the_controller(tmp_path: Path) -> None:
    result = stage("report", host(), tmp_path)
    content = json.loads(Path(result["report_file"]).read_text())
    assert content["host"] == HOST and "user1" not in json.dumps(content["facts"])
    assert result["changed"] is False and "salt" not in content


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    found = host()
    stage("report", found, tmp_path, check=True)
    stage("before", found, tmp_path, option="ssl", value="true")
    found.console(1, ssl="True")
    before = sorted(tmp_path.rglob("*"))
    assert stage("after", found, tmp_path, check=True, option="ssl", value="true")["changed"]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({"stage": "before"}, ["pop3_learn_incomplete"]),
        ({"stage": "before", "option": "ssl"}, ["pop3_learn_incomplete"]),
        ({"stage": "after", "option": "ssl", "value": "yes"}, ["value_unfit"]),
        ({"stage": "after", "option": "logon", "value": "spa", "account": {"server": "x"}}, ["pop3_no_mapping"]),
        ({"stage": "after", "option": "mailbox", "value": "a\nb"}, ["value_unfit"]),
        ({"stage": "never", "z": 1}, ["option_unknown", "value_unfit"]),
    ],
)
def test_a_bad_wish_to_learn_is_refused(arguments: dict[str, Any], keys: list[str]) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_learn(arguments)
    assert sorted(keys_of(caught.value)) == keys
