"""The connector's service is set."""

from __future__ import annotations

from tests.unit.lab.twin.pop3_commands import (
    code,
    machine_with,
    output,
    status,
)


def test_the_service_is_set() -> None:
    machine = machine_with()
    assert output(machine, "Set-Pop3Service", Status="Stopped")["Status"] == "Stopped"
    assert status(machine) == "Stopped"
    assert code(machine, "Set-Pop3Service", Status="Paused") == "parameter_unreadable"
    assert code(machine, "Set-Pop3Service", Status="Running", Service="nope") == "pop3_service_missing"
