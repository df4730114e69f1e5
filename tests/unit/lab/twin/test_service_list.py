"""Services by their names."""

from __future__ import annotations

from tests.unit.lab.twin.pop3_commands import machine_with, run


def test_services_are_found_by_either_name() -> None:
    machine = machine_with()
    machine.change(
        {
            "services": [
                {"name": "POPconSvc", "display_name": "Mail Fetcher", "status": "Stopped", "start_mode": "Manual"},
                {"name": "svc7", "display_name": "POPBeamer 2"},
                {"name": "Spooler"},
            ]
        }
    )
    result = run(machine, "Get-ServiceList", Names=["*popcon*", "popbeamer*"])
    shown = [{key: one[key] for key in ("Name", "DisplayName", "Status", "StartMode")} for one in result["output"]]
    assert shown == [
        {"Name": "POPconSvc", "DisplayName": "Mail Fetcher", "Status": "Stopped", "StartMode": "Manual"},
        {"Name": "svc7", "DisplayName": "POPBeamer 2", "Status": "Running", "StartMode": "Auto"},
    ]
    assert run(machine, "Get-ServiceList", Names="nothing")["output"] == []
