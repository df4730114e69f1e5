"""TLS of the server over real WinRM: declared, looked at, written, converged, before the mail flow, refused and put
back."""

from __future__ import annotations

from typing import Any

from .conftest import StartSite
from .running import Run, Site, as_variables, smarthost

CLIENT = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"


def declare(sbs: Site, *words: str, **options: Any) -> Run:
    """Runs the project's site playbook for this noun alone."""
    given = {f"host_tls_{name}": value for name, value in {"backup_dir": str(sbs.backups), **options}.items()}
    return sbs.project("site", "--tags", "host_tls", *words, **given)


def values(sbs: Site) -> Any:
    """The values of the client's key; None where it is not there."""
    found = sbs.host.machine.registry_key(CLIENT)
    return found and {each["Name"]: each["Value"] for each in found["Values"]}


def test_from_tls10_to_tls12_and_back(start: StartSite) -> None:
    sbs = start("sbs2011_ru9")
    assert sbs.host.machine.tls_in_force == ("1.0",)
    looked = declare(sbs, "--check", "--diff", client=True)
    assert looked.code == 0 and values(sbs) is None and "+  state: enabled" in looked.output, looked.output
    done = declare(sbs, client=True)
    assert done.statuses() == ["done"] and values(sbs) == {"Enabled": 1, "DisabledByDefault": 0}
    assert done.result()["plan"] == looked.result()["plan"]
    assert "Restart-Service MSExchangeTransport" in done.output and done.result()["in_force"] is False
    again = declare(sbs, client=True)
    assert (again.result()["changed"], again.result()["in_force"], sbs.host.open_shells) == (False, False, 0)
    restarted = declare(sbs, client=True, restart="service")
    assert restarted.result()["in_force"] and [step["command"] for step in restarted.result()["steps"]] == [
        "Restart-TransportService"
    ]
    assert "1.2" in sbs.host.machine.tls_in_force
    assert declare(sbs, client=True, restart="service").result()["changed"] is False
    back = sbs.project("restore", "-e", f"backup_file={sbs.saved()[0]}", host_tls_backup_dir=str(sbs.backups))
    assert back.code == 0 and values(sbs) is None and "keeps the values of TLS" in back.output, back.output


def test_it_comes_before_the_mail_flow_where_it_is_declared(start: StartSite) -> None:
    sbs = start("sbs2011_ru9")
    variables = {**as_variables(smarthost()), "mail_flow_backup_dir": str(sbs.backups)}
    given = {**variables, "host_tls_client": True, "host_tls_backup_dir": str(sbs.backups)}
    run = sbs.project("site", "--check", **given)
    ours = [each["action"] for each in run.tasks if each["action"].startswith("sbs.mailflow.")]
    assert run.code == 0 and ours == ["sbs.mailflow.host_tls", "sbs.mailflow.mail_flow"], run.output
    undeclared = sbs.project("site", "--check", **variables)
    assert [each["action"] for each in undeclared.tasks if "host_tls" in each["action"]] == []
    # What would be missing is said all the same.
    assert "warn" in undeclared.output or "unknown tls" in undeclared.output
    assert "declare host_tls_client: true" in undeclared.output
    misspelled = sbs.project("site", "--check", **variables, host_tls_clinet=True)
    assert misspelled.code != 0 and "host_tls_clinet" in misspelled.output and "host_tls_client" in misspelled.output


def test_a_server_as_it_is_sold_is_refused_with_its_plan(start: StartSite) -> None:
    sbs = start("sbs2011_stock")
    refused = declare(sbs, "--check", "--diff", client=True)
    assert refused.code != 0 and values(sbs) is None
    assert "Exchange 14.1.218.15" in refused.result()["msg"] and "+  state: enabled" in refused.output
