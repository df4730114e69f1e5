"""The main job, and each way in which a connector can be declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.block_lists import ALIVE, BLOCK_LISTS

from .conftest import StartSite
from .running import (
    ENDPOINT_PASSWORD,
    NEW_PASSWORD,
    OLD_PASSWORD,
    ROOT,
    WIZARDS_NAME,
    Run,
    Site,
    as_variables,
    connectors,
    login,
    password_hash,
    site,
    smarthost,
    state,
    writes,
)
from .running import MAILBOX_PASSWORD as PASSWORD

STEERING = {"name", "state", "adopt", "way", "update_password", "exclusive", "confirm_no_smarthost", "known_routes"}
OF_THE_RUN = {
    "timeout",
    "exchange_connection",
    "exchange_uri",
    "exchange_login",
    "backup_dir",
    "approved_plan",
    "accept_identity",
}
SMARTHOST = {
    "Name": "Smarthost",
    "AddressSpaces": ["*"],
    "DNSRoutingEnabled": False,
    "SmartHosts": ["smtp.strato.de"],
    "Port": 587,
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "AuthenticationCredential": {"username": "info@beispiel.de", "password": OLD_PASSWORD},
    "RequireTLS": True,
    "Comment": "Bestand, geprüft",
    "MaxMessageSize": "25MB",
}
"""A connector on the lab's host that has all of the main job already, and more."""


UNTOUCHED = {"profile": "sbs2011", "send_connectors": [{"Name": WIZARDS_NAME, "AddressSpaces": ["*"]}]}


def declared(**options: Any) -> dict[str, Any]:
    """The main job for a connector that has its name already."""
    return smarthost(adopt=None, **options)


@pytest.mark.smoke
def test_an_untouched_sbs_hands_its_mail_to_the_smarthost_and_a_second_run_changes_nothing(sbs: Site) -> None:
    host, before = sbs.host, state(sbs.host)

    looked = sbs.role(smarthost(), "--check", "--diff")
    assert (looked.code, looked.recap()["changed"]) == (0, 1)
    assert state(host) == before and writes(host) == [] and sbs.saved() == []
    assert (host.log.count(), host.open_shells) == (1, 0)
    diff = looked.result()["diff"]
    assert "port: 25\n" in diff["before"] and "port: 587\n" in diff["after"]
    assert "+  port: 587" in looked.output and "-  port: 25" in looked.output

    changed = sbs.role(smarthost())
    assert (changed.code, changed.recap()["changed"]) == (0, 1)
    assert changed.result()["plan"] == looked.result()["plan"]
    assert changed.statuses() == ["done"] and "diff" not in changed.result()
    assert (host.log.count(), host.open_shells) == (3, 0)
    connector = connectors(host)[WIZARDS_NAME]
    assert {name: connector[name] for name in ("SmartHosts", "Port", "DNSRoutingEnabled", "RequireTLS")} == {
        "SmartHosts": ["smtp.strato.de"],
        "Port": 587,
        "DNSRoutingEnabled": False,
        "RequireTLS": True,
    }
    assert connector["AuthenticationCredential"] == {
        "UserName": "info@beispiel.de",
        "password_sha256": password_hash(PASSWORD),
    }

    after = state(host)
    again = sbs.role(smarthost(), "--diff")
    assert (again.code, again.recap()["changed"], again.result()["plan"]) == (0, 0, None)
    assert state(host) == after and writes(host) == ["Set-SendConnector"]
    assert (host.log.count(), host.open_shells) == (4, 0)
    assert len(sbs.saved()) == 1


def test_only_the_approved_plan_is_carried_out(sbs: Site) -> None:
    digest = sbs.connector("--check", **smarthost()).result()["plan"]["digest"]
    assert sbs.connector(**smarthost(approved_plan=digest)).recap()["changed"] == 1
    assert writes(sbs.host) == ["Set-SendConnector"]


def test_a_german_server_is_read_changed_and_found_converged(start: StartSite) -> None:
    sbs = start("sbs2011_german")
    (name,) = connectors(sbs.host)
    desired = smarthost(max_message_size="25MB", connection_inactivity_timeout=900)
    assert sbs.role(desired).recap()["changed"] == 1
    connector = connectors(sbs.host)[name]
    assert (connector["Port"], connector["Comment"]) == (587, "Für das Internet, geprüft")
    assert (connector["MaxMessageSize"], connector["ConnectionInactivityTimeOut"]) == (
        "25 MB (26.214.400 bytes)",
        "00:15:00",
    )
    assert sbs.role(desired).recap()["changed"] == 0


def test_drift_is_shown_and_repaired_and_nothing_else_is_written(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [SMARTHOST]})
    desired = declared(enabled=True)
    sbs.host.machine.change({"send_connectors": [{"Name": "Smarthost", "Port": 25, "Enabled": False}]})
    run = sbs.connector(**desired)
    assert run.recap()["changed"] == 1
    (step,) = run.result()["plan"]["steps"]
    assert {change["option"]: change["after"] for change in step["changes"]} == {"enabled": True, "port": 587}
    connector = connectors(sbs.host)["Smarthost"]
    assert (connector["Port"], connector["Enabled"]) == (587, True)
    assert connector["AuthenticationCredential"]["password_sha256"] == password_hash(OLD_PASSWORD)
    assert sbs.connector(**desired).recap()["changed"] == 0


def test_a_removed_connector_comes_back(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [SMARTHOST]})
    sbs.host.machine.change({"remove": ["Smarthost"]})
    assert sbs.connector(**declared()).result()["plan"]["steps"][0]["command"] == "New-SendConnector"
    assert connectors(sbs.host)["Smarthost"]["Port"] == 587


def test_what_is_not_declared_is_not_touched(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [SMARTHOST]})
    before = connectors(sbs.host)["Smarthost"]
    assert sbs.connector(name="smarthost", comment="neu").recap()["changed"] == 1
    after = connectors(sbs.host)["Smarthost"]
    assert {name for name in after if after[name] != before[name]} - {"WhenChanged", "WhenChangedUTC"} == {"Comment"}


def test_a_connector_is_created_with_what_is_declared(start: StartSite) -> None:
    sbs = start("no_connector")
    desired = declared(
        name='Strato für "alles" & mehr; $(Get-Date)', comment="Zeile 'eins'\nZeile zwei \u2019 \U0001f4e7"
    )
    assert sbs.connector("--check", **desired).recap()["changed"] == 1
    assert state(sbs.host) == []
    assert sbs.connector(**desired).statuses() == ["done"]
    (connector,) = connectors(sbs.host).values()
    assert (connector["Name"], connector["Comment"]) == (desired["name"], desired["comment"])
    assert connector["AuthenticationCredential"]["password_sha256"] == password_hash(PASSWORD)
    assert sbs.connector(**desired).recap()["changed"] == 0


def test_a_connector_is_removed_and_stays_removed(start: StartSite) -> None:
    spare = {**SMARTHOST, "Name": "Alt", "AddressSpaces": ["*;10"]}
    sbs = start({"profile": "sbs2011", "send_connectors": [SMARTHOST, spare]})
    kept = connectors(sbs.host)["Smarthost"]
    desired = {"name": "Alt", "state": "absent"}
    assert sbs.connector("--check", **desired).recap()["changed"] == 1
    assert set(connectors(sbs.host)) == {"Smarthost", "Alt"}
    assert sbs.connector(**desired).recap()["changed"] == 1
    assert connectors(sbs.host) == {"Smarthost": kept}
    assert sbs.connector(**desired).recap()["changed"] == 0
    assert writes(sbs.host) == ["Remove-SendConnector"]


def test_exclusive_switches_the_others_off_after_its_own_connector_is_ready(start: StartSite) -> None:
    sbs = start("two_star_connectors")
    desired = declared(exclusive=True)
    run = sbs.connector(**desired)
    assert run.statuses() == ["done", "done", "done"]
    assert writes(sbs.host) == ["New-SendConnector", "Set-SendConnector", "Set-SendConnector"]
    assert {name: each["Enabled"] for name, each in connectors(sbs.host).items()} == {
        WIZARDS_NAME: False,
        "Old smarthost": False,
        "Smarthost": True,
    }
    assert sbs.host.log.count() == 2
    assert sbs.connector(**desired).recap()["changed"] == 0


def test_a_second_way_out_at_another_cost_is_named_and_left_alone(start: StartSite) -> None:
    spare = {**SMARTHOST, "Name": "Reserve", "AddressSpaces": ["*;10"], "SmartHosts": ["smtp.beispiel.de"]}
    sbs = start({"profile": "sbs2011", "send_connectors": [{**SMARTHOST, "Port": 25}, spare]})
    before = connectors(sbs.host)["Reserve"]
    result = sbs.connector(**declared()).result()
    assert result["other_connectors"] == [{"name": "Reserve", "cost": 10, "smart_hosts": ["smtp.beispiel.de"]}]
    assert any("Reserve" in warning and "cost 10" in warning for warning in result["warnings"])
    assert connectors(sbs.host)["Reserve"] == before


def test_the_wizards_connector_is_adopted_under_its_own_name(sbs: Site) -> None:
    run = sbs.connector(**smarthost(name=None))
    assert (run.recap()["changed"], run.result()["connector"]) == (1, WIZARDS_NAME)
    assert list(connectors(sbs.host)) == [WIZARDS_NAME]


def test_a_connector_is_created_where_there_is_none_to_adopt(start: StartSite) -> None:
    sbs = start("no_connector")
    assert sbs.connector(**smarthost()).recap()["changed"] == 1
    assert list(connectors(sbs.host)) == ["Smarthost"]
    assert sbs.connector(**smarthost()).recap()["changed"] == 0


PASSWORDS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "same-login": ("info@beispiel.de", {}, False),
    "same-login-auto": ("info@beispiel.de", {"update_password": "auto"}, False),
    "same-login-always": ("info@beispiel.de", {"update_password": "always"}, True),
    "same-login-on-create": ("info@beispiel.de", {"update_password": "on_create"}, False),
    "other-login": ("neu@beispiel.de", {}, True),
    "other-login-auto": ("neu@beispiel.de", {"update_password": "auto"}, True),
    "other-login-always": ("neu@beispiel.de", {"update_password": "always"}, True),
    "other-login-on-create": ("neu@beispiel.de", {"update_password": "on_create"}, False),
}
"""The declared login, the option, and whether the password is written."""


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """A host for each row, all in one run."""
    known = {"profile": "sbs2011", "send_connectors": [SMARTHOST]}
    with site(tmp_path_factory.mktemp("passwords"), known, hosts=list(PASSWORDS)) as many:
        rows = PASSWORDS.items()
        declarations = {name: declared(login=login(user, NEW_PASSWORD), **more) for name, (user, more, _) in rows}
        yield many, many.roles(declarations)


@pytest.mark.parametrize("name", PASSWORDS)
def test_the_password_is_written_only_when_update_password_says_so(passwords: tuple[Site, Run], name: str) -> None:
    many, run = passwords
    username, _, written = PASSWORDS[name]
    assert run.recap(name)["changed"] == int(written)
    assert run.result(host=name)["password"]["written"] is written
    assert connectors(many.lab.hosts[name])["Smarthost"]["AuthenticationCredential"] == {
        "UserName": username if written else "info@beispiel.de",
        "password_sha256": password_hash(NEW_PASSWORD if written else OLD_PASSWORD),
    }


def test_every_run_with_update_password_always_writes(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [SMARTHOST]})
    task = sbs.task(**declared(update_password="always"))
    run = sbs.play([{**task, "name": "one"}, {**task, "name": "two"}])
    assert run.recap()["changed"] == 2
    assert run.result("one")["plan"]["digest"] == run.result("two")["plan"]["digest"]


SECURE = {
    "enabled": False,
    "address_spaces": ["SMTP:*.beispiel.de;5", "beispiel.com"],
    "smart_hosts": ["smtp.strato.de", "192.0.2.7"],
    "port": 2525,
    "dns_routing_enabled": False,
    "smart_host_auth_mechanism": "BasicAuth",
    "require_tls": True,
    "ignore_starttls": False,
    "tls_auth_level": "DomainValidation",
    "tls_domain": "smtp.strato.de",
    "source_transport_servers": ["SBS"],
    "max_message_size": "25600KB",
    "connection_inactivity_timeout": "00:05:00",
    "smtp_max_messages_per_connection": 7,
    "fqdn": "mail.beispiel.de",
    "protocol_logging_level": "Verbose",
    "comment": "alle Optionen",
    "error_policies": ["DowngradeAuthFailures", "DowngradeDnsFailures"],
    "domain_secure_enabled": False,
    "use_external_dns_servers_enabled": True,
    "is_scoped_connector": True,
    "source_ip_address": "192.0.2.11",
    "force_helo": False,
    "usage": "Internet",
    "login": login(),
}
SECURE_ON_THE_HOST = {
    "Enabled": False,
    "AddressSpaces": ["SMTP:*.beispiel.de;5", "SMTP:beispiel.com;1"],
    "SmartHosts": ["[192.0.2.7]", "smtp.strato.de"],
    "Port": 2525,
    "DNSRoutingEnabled": False,
    "SmartHostAuthMechanism": "BasicAuth",
    "RequireTLS": True,
    "IgnoreSTARTTLS": False,
    "TlsAuthLevel": "DomainValidation",
    "TlsDomain": "smtp.strato.de",
    "SourceTransportServers": ["SBS"],
    "MaxMessageSize": "25 MB (26,214,400 bytes)",
    "ConnectionInactivityTimeOut": "00:05:00",
    "SmtpMaxMessagesPerConnection": 7,
    "Fqdn": "mail.beispiel.de",
    "ProtocolLoggingLevel": "Verbose",
    "Comment": "alle Optionen",
    "ErrorPolicies": "DowngradeAuthFailures, DowngradeDnsFailures",
    "DomainSecureEnabled": False,
    "UseExternalDNSServersEnabled": True,
    "IsScopedConnector": True,
    "SourceIPAddress": "192.0.2.11",
    "ForceHELO": False,
    "AuthenticationCredential": {"UserName": "info@beispiel.de", "password_sha256": password_hash(PASSWORD)},
}
PLAIN = {
    "enabled": True,
    "address_spaces": ["beispiel.org"],
    "dns_routing_enabled": True,
    "smart_host_auth_mechanism": "None",
    "require_tls": False,
    "ignore_starttls": False,
    "domain_secure_enabled": True,
    "force_helo": True,
    "max_message_size": "unlimited",
    "error_policies": ["Default"],
    "protocol_logging_level": "None",
}
PLAIN_ON_THE_HOST = {
    "Enabled": True,
    "AddressSpaces": ["SMTP:beispiel.org;1"],
    "SmartHosts": [],
    "DNSRoutingEnabled": True,
    "SmartHostAuthMechanism": "None",
    "RequireTLS": False,
    "DomainSecureEnabled": True,
    "ForceHELO": True,
    "MaxMessageSize": "unlimited",
    "ErrorPolicies": "Default",
    "ProtocolLoggingLevel": "None",
}


def test_every_documented_option_is_in_the_rows() -> None:
    module = (ROOT / "plugins" / "modules" / "send_connector.py").read_text(encoding="utf-8")
    documented = yaml.safe_load(module.split('r"""')[1].split('"""')[0])["options"]
    assert set(SECURE) == set(documented) - STEERING - OF_THE_RUN


EVERYTHING: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "secure-new": ("Neu", SECURE, SECURE_ON_THE_HOST),
    "secure-old": ("Smarthost", SECURE, SECURE_ON_THE_HOST),
    "plain-new": ("Neu", PLAIN, PLAIN_ON_THE_HOST),
    "plain-old": ("Smarthost", PLAIN, PLAIN_ON_THE_HOST),
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run, Run]]:
    """A host for each row: every option on a new and on an old connector, and once more."""
    spare = {**SMARTHOST, "Name": "Alles", "AddressSpaces": ["*;2"]}
    known = {"profile": "sbs2011", "send_connectors": [SMARTHOST, spare]}
    with site(tmp_path_factory.mktemp("everything"), known, hosts=list(EVERYTHING)) as many:
        declarations = {host: {"name": name, **options} for host, (name, options, _) in EVERYTHING.items()}
        written = {host: {**desired, "update_password": "always"} for host, desired in declarations.items()}
        yield many, many.roles(written), many.roles(declarations)


@pytest.mark.parametrize("host", EVERYTHING)
def test_every_option_reaches_a_new_and_an_old_connector_and_is_read_back(
    everything: tuple[Site, Run, Run], host: str
) -> None:
    many, run, again = everything
    name, _, expected = EVERYTHING[host]
    assert run.statuses(host=host) == ["done"]
    connector = connectors(many.lab.hosts[host])[name]
    assert {key: connector[key] for key in expected} == expected
    assert again.recap(host)["changed"] == 0 and again.result(host=host)["plan"] is None


@pytest.mark.parametrize("role", [False, True], ids=["task", "role"])
def test_the_servers_own_endpoint_takes_the_place_of_the_snap_in(start: StartSite, role: bool) -> None:
    sbs = start({**UNTOUCHED, "endpoint_account": {"username": "Administrator", "password": ENDPOINT_PASSWORD}})
    account = {"username": "NT4ADMINS\\Administrator", "password": ENDPOINT_PASSWORD}
    desired = smarthost(exchange_connection="endpoint", exchange_login=account, exchange_uri="http://sbs/PowerShell/")
    run = sbs.role(desired, "-vvvv") if role else sbs.connector("-vvvv", **desired)
    assert run.recap()["changed"] == 1
    assert connectors(sbs.host)[WIZARDS_NAME]["Port"] == 587


def test_a_wrong_password_for_the_endpoint_is_told_and_nothing_is_written(start: StartSite) -> None:
    sbs = start()
    before = state(sbs.host)
    account = {"username": "Administrator", "password": ENDPOINT_PASSWORD}
    run = sbs.connector("-vvvv", **smarthost(exchange_connection="endpoint", exchange_login=account))
    assert (run.code, run.recap()["failed"]) == (2, 1)
    message = run.result()["msg"]
    assert "the Exchange Management Shell does not load" in message and "endpoint" in message
    assert state(sbs.host) == before and sbs.saved() == []


ADDRESS, NAME = "192.0.2.25", "mail.beispiel.de"
DIRECT = {
    "adopt": True,
    "address_spaces": ["*"],
    "way": "direct",
    "fqdn": NAME,
    "protocol_logging_level": "Verbose",
}
RECORDS = [
    f"25.2.0.192.in-addr.arpa. PTR {NAME}.",
    f"{NAME}. A {ADDRESS}",
    *(f"2.0.0.127.{each.zone}. A 127.0.0.2" for each in BLOCK_LISTS if each.state == ALIVE),
]
DIRECTLY = {
    "SmartHosts": [],
    "DNSRoutingEnabled": True,
    "Port": 25,
    "SmartHostAuthMechanism": "None",
    "RequireTLS": False,
    "Fqdn": NAME,
}


def test_a_server_with_a_name_of_its_own_turns_from_its_smarthost_to_the_recipients(start: StartSite) -> None:
    """By the declared way; the name that is set is told from the one that Exchange says."""
    sends = {**SMARTHOST, "ProtocolLoggingLevel": "Verbose"}
    sbs = start({"profile": "sbs2011", "send_connectors": [sends], "dns": RECORDS})
    here = {"preflight_public_address": ADDRESS}

    unlike = sbs.role({**DIRECT, "require_tls": True, "login": login(OLD_PASSWORD)}, **here)
    assert unlike.code == 2 and sbs.host.log.count() == 0
    message = unlike.result()["msg"]
    assert "send_connector_way: direct together with" in message and "send_connector_require_tls: true" in message
    assert "a login" in message and OLD_PASSWORD not in unlike.output

    # A new route runs into an address without a name.
    nameless = sbs.role(DIRECT, preflight_public_address="192.0.2.26")
    assert nameless.code == 2 and "check ptr" in nameless.result()["msg"] and writes(sbs.host) == []

    changed = sbs.role(DIRECT, **here)
    assert (changed.code, changed.recap()["changed"]) == (0, 1)
    assert writes(sbs.host) == ["Set-SendConnector"]
    connector = connectors(sbs.host)["Smarthost"]
    assert {key: connector[key] for key in DIRECTLY} == DIRECTLY
    assert "stays stored" in changed.output

    again = sbs.role(DIRECT, **here)
    assert (again.code, again.recap()["changed"], again.result()["plan"]) == (0, 0, None)

    def helo() -> str:
        looked = sbs.project("preflight", **as_variables(DIRECT), **here)
        lines: list[str] = looked.result()["lines"]
        return next(each for each in lines if " helo:" in each)

    silent = helo()
    assert silent.startswith("unknown helo:") and "Verbose" in silent
    session = sbs.host.machine._outgoing.log.session("Smarthost")
    session.note(">", "EHLO sbs.nt4admins.local")
    internal = helo()
    assert internal.startswith("fail helo:") and "sbs.nt4admins.local" in internal
    session.note(">", f"EHLO {NAME}")
    assert helo().startswith("pass helo:")
