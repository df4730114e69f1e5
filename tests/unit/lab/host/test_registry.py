"""What is written into a host's registry."""

from __future__ import annotations

from datetime import UTC, datetime

from lab.host.machine import SimulatedMachine
from lab.host.registry import Registry

NOON, LATER = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 13, tzinfo=UTC)
KEY = r"SYSTEM\One\Two"


def test_values_come_and_go() -> None:
    times = [NOON, LATER]
    registry = Registry({KEY: {"Enabled": 1}}, lambda: times.pop(0))
    assert registry.written(KEY) is None
    registry.write(rf"HKLM:\{KEY.upper()}", {"ENABLED": None, "Disabled": 0xFFFFFFFF, "Functions": "a,b"})
    assert registry.keys == {KEY.lower(): {"Disabled": -1, "Functions": "a,b"}}
    registry.write(rf"HKEY_LOCAL_MACHINE\{KEY}", {"disabled": 0})
    assert registry.keys == {KEY.lower(): {"Disabled": 0, "Functions": "a,b"}}
    assert registry.written(KEY) == LATER


def test_a_key_goes_only_empty() -> None:
    registry = Registry({r"A": {}, r"A\B": {"C": 1}, "AB": {}}, lambda: NOON)
    assert [registry.delete("A\\B"), registry.delete("A")] == [False, False]
    registry.write("a\\b", {"c": None})
    assert [registry.delete("a"), registry.delete("A\\b"), registry.delete("A"), registry.delete("Z")] == [
        False,
        True,
        True,
        True,
    ]
    assert list(registry.keys) == ["ab"]


def test_what_is_read_is_a_copy_and_what_a_state_says_replaces_the_prepared_keys() -> None:
    machine = SimulatedMachine({"registry": {KEY: {"Enabled": 0xFFFFFFFF}}})
    machine.registry[KEY.lower()]["Enabled"] = 0
    assert machine.registry[KEY.lower()] == {"Enabled": -1}
    assert not [path for path in machine.registry if "schannel" in path]
    assert machine.delete_registry_key(KEY) is False


def test_a_change_that_fails_elsewhere_leaves_it_alone() -> None:
    machine = SimulatedMachine({})
    before = machine.dump()
    for wrong in ({"remove": ["nobody"]}, {"queue_disk": {"size": 1}}, {"events": [{"id": 1}]}):
        try:
            machine.change({"registry": {KEY: {"Enabled": 1}}, "queue_disk": {"used_percent": 99}, **wrong})
        except ValueError:
            assert machine.dump()["registry"] == before["registry"]
            assert machine.dump()["queue_disk"] == before["queue_disk"]
        else:
            raise AssertionError(wrong)
