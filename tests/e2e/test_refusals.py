"""What is refused is refused before anything is written, with a sentence that an administrator can act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import StartSite
from .running import MAILBOX_PASSWORD as PASSWORD
from .running import (
    OLD_PASSWORD,
    WIZARDS_NAME,
    Run,
    Site,
    connectors,
    days_ago,
    login,
    password_hash,
    site,
    smarthost,
    state,
    writes,
)

Options = dict[str, Any]
Words = list[str]
Refused = tuple[Site, dict[str, Any], Run, Run]

DECLARATIONS: dict[str, tuple[Options, Words]] = {
    "login without created": (
        smarthost(login={"username": "a@b.de", "password": PASSWORD}),
        ["created", "customer area"],
    ),
    "login dated tomorrow": (smarthost(login=login(created=days_ago(-1))), ["in the future", days_ago(-1), "clock"]),
    "login of another century": (smarthost(login=login(created="1923-05-01")), ["1923-05-01", "Check the year"]),
    "login with a date written the German way": (
        smarthost(login=login(created="31.01.2026")),
        ["2026-01-31", "year first"],
    ),
    "minimum age below the floor": (smarthost(login=login(minimum_age_days=3)), ["minimum_age_days: 3", "14 days"]),
    "login in an unknown time zone": (
        smarthost(login=login(time_zone="Berlin")),
        ["login: found time_zone", "Europe/Berlin"],
    ),
    "login without a password": (
        smarthost(login={"username": "a@b.de", "created": days_ago(99)}),
        ["password", "vault"],
    ),
    "login with an unknown key": (smarthost(login=login(passwort=1)), ["login.passwort", "spelling"]),
    "login that is only a password": (smarthost(login=PASSWORD), ["login", "mapping", "not repeated"]),
    "login that is a list": (smarthost(login=[PASSWORD]), ["login", "mapping", "not repeated"]),
    "password that is a number": (smarthost(login=login(password=4711_0815)), ["password", "text"]),
    "unknown option": (smarthost(smarthosts=["smtp.strato.de"]), ["smarthosts", "does not exist", "spelling"]),
    "port that is a word": (smarthost(port="submission"), ["port: 'submission'", "number"]),
    "port out of range": (smarthost(port=70000), ["port", "65535"]),
    "truth that is none": (smarthost(require_tls="perhaps"), ["require_tls: 'perhaps'", "true or false"]),
    "smart host that is an address": (smarthost(smart_hosts=["info@strato.de"]), ["smart_hosts", "info@strato.de"]),
    "list that is a mapping": (smarthost(address_spaces={"a": 1}), ["address_spaces"]),
    "size that is none": (smarthost(max_message_size="riesig"), ["max_message_size: 'riesig'"]),
    "choice that is none": (smarthost(smart_host_auth_mechanism="Login"), ["'Login'", "BasicAuthRequireTLS"]),
    "port 465 of a known provider": (smarthost(port=465), ["port: 465", "STARTTLS", "587", "smtp.strato.de"]),
    "port 465 elsewhere": (smarthost(port=465, smart_hosts=["mail.beispiel.de"]), ["port: 465", "STARTTLS", "587"]),
    "no smart host": (smarthost(smart_hosts=[]), ["smart_hosts: []", "way: direct"]),
    "no address space": (smarthost(adopt=None, address_spaces=[]), ["address_spaces: []", "at least one"]),
    "smart host and DNS": (smarthost(dns_routing_enabled=True), ["dns_routing_enabled: true", "smart_hosts"]),
    "login in the clear": (
        smarthost(smart_host_auth_mechanism="BasicAuth", require_tls=False),
        ["BasicAuth", "clear", "BasicAuthRequireTLS"],
    ),
    "login in the clear by leaving TLS out": (
        smarthost(smart_host_auth_mechanism="BasicAuth", require_tls=None),
        ["BasicAuth", "clear", "require_tls: true"],
    ),
    "login that is not used": (smarthost(smart_host_auth_mechanism="None"), ["login", "BasicAuthRequireTLS"]),
    "login without a mechanism": (smarthost(smart_host_auth_mechanism=None), ["login", "BasicAuthRequireTLS"]),
    "mechanism without a login": (smarthost(login=None), ["BasicAuthRequireTLS without a login", "username"]),
    "TLS that is ignored": (smarthost(ignore_starttls=True), ["ignore_starttls: true", "Leave ignore_starttls out"]),
    "TLS with HELO": (smarthost(force_helo=True), ["force_helo", "EHLO"]),
    "certificate of nobody": (smarthost(tls_auth_level="DomainValidation"), ["DomainValidation", "tls_domain"]),
    "certificate that nobody checks": (
        smarthost(tls_auth_level="EncryptionOnly", tls_domain="smtp.strato.de"),
        ["tls_domain", "DomainValidation"],
    ),
    "certificate without TLS": (
        smarthost(tls_auth_level="CertificateValidation", require_tls=False),
        ["CertificateValidation", "require_tls: true"],
    ),
    "neither a name nor adopt": (smarthost(name=None, adopt=None), ["name", "adopt: true"]),
    "removal by guess": (
        {"state": "absent", "adopt": True, "address_spaces": ["*"]},
        ["absent", "adopt", "never guessed"],
    ),
    "timeout too short": (smarthost(timeout=1), ["timeout", "5"]),
    "endpoint without an account": (smarthost(exchange_connection="endpoint"), ["exchange_login", "username"]),
    "endpoint with a key too many": (
        smarthost(
            exchange_connection="endpoint", exchange_login={"username": "a", "password": PASSWORD, "domain": "b"}
        ),
        ["exchange_login", "nothing else"],
    ),
}
"""Refused by the controller alone: no connection is made."""

SEVERAL = smarthost(
    port=465, ignore_starttls=True, smarthost="x", timeout="lang", login=login(created=days_ago(-3), minimum_age_days=1)
)


@pytest.fixture(scope="module")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """All of them as tasks of one run."""
    with site(tmp_path_factory.mktemp("wishes"), "two_star_connectors") as sbs:
        before = state(sbs.host)
        rows = {**{name: options for name, (options, words) in DECLARATIONS.items()}, "several at once": SEVERAL}
        tasks = [{**sbs.task(name, **options), "ignore_errors": True} for name, options in rows.items()]
        run = sbs.play(tasks, "-vvvv")
        assert state(sbs.host) == before
        yield sbs, run


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_wish_that_cannot_be_right_is_refused_with_the_reason(declarations: tuple[Site, Run], name: str) -> None:
    record = declarations[1].task(name)
    assert (record["status"], record["result"]["changed"]) == ("failed", False)
    message = record["result"]["msg"]
    assert [word for word in DECLARATIONS[name][1] if word not in message] == [], message
    (reason,) = record["result"]["reasons"]
    assert all(reason[key] for key in ("where", "found", "expected", "remedy"))
    assert "internal" not in message and "unexpected" not in message


def test_all_reasons_are_given_at_once(declarations: tuple[Site, Run]) -> None:
    result = declarations[1].result("several at once")
    found = [reason["found"] for reason in result["reasons"]]
    words = ["timeout", "smarthost", "465", "ignore_starttls", "in the future", "minimum_age_days: 1"]
    assert [word for word in words if not any(word in each for each in found)] == []
    assert len(result["msg"].splitlines()) == len(found) == 6


def test_each_reason_is_shown_once(declarations: tuple[Site, Run]) -> None:
    sbs, _ = declarations
    tasks = [
        {**sbs.task("several at once", **SEVERAL), "ignore_errors": True},
        {
            "name": "several nouns",
            "sbs.mailflow.mail_flow": {"transport": {"timeout": "x", "delay": 1}},
            "ignore_errors": True,
        },
        {**sbs.task("nobody", **smarthost()), "vars": {"ansible_port": 9}},
    ]
    run = sbs.play(tasks)
    assert "[ERROR]" not in run.output and '"msg"' not in run.output and "reasons:" not in run.output
    reasons = [reason for each in run.tasks for reason in each["result"]["reasons"]]
    assert len(reasons) > 8 and run.tasks[-1]["status"] == "unreachable"
    for reason in reasons:
        assert run.output.count(f"found {reason['found']};") == 1, run.output
    with_all = sbs.play(tasks[:1], "-v").output
    assert "[ERROR]" in with_all and "reasons:" in with_all


def test_a_wish_is_refused_before_the_host_is_asked_anything(declarations: tuple[Site, Run]) -> None:
    sbs, _ = declarations
    assert (sbs.host.log.count("Create"), sbs.host.log.count(), sbs.saved()) == (0, 0, [])


WAYS: dict[str, tuple[dict[str, Any], Words]] = {
    "local": ({"vars": {"ansible_connection": "local"}}, ["connection local", "winrm", "SBS 2011"]),
    "ssh": ({"vars": {"ansible_connection": "ssh"}}, ["connection ssh", "winrm", "newer software"]),
    "psrp": ({"vars": {"ansible_connection": "psrp"}}, ["connection psrp", "winrm", "newer software"]),
    "delegated": ({"delegate_to": "localhost"}, ["delegate_to: localhost", "connection local", "winrm"]),
    "become": ({"become": True}, ["become", "Log in as the account"]),
    "become by runas": ({"become": True, "become_method": "runas", "become_user": "Administrator"}, ["become"]),
}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """Each way to the host that is none, as a task of one run."""
    with site(tmp_path_factory.mktemp("ways")) as sbs:
        tasks = [{**sbs.task(name, **smarthost()), **keys, "ignore_errors": True} for name, (keys, _) in WAYS.items()]
        yield sbs, sbs.play(tasks, "-vvvv")


@pytest.mark.parametrize("name", WAYS)
def test_another_way_to_the_host_is_refused_with_the_reason(ways: tuple[Site, Run], name: str) -> None:
    sbs, run = ways
    record = run.task(name)
    assert record["status"] == "failed"
    assert [word for word in WAYS[name][1] if word not in record["result"]["msg"]] == [], record["result"]["msg"]
    assert sbs.host.log.count("Create") == 0 and writes(sbs.host) == []


def test_an_asynchronous_task_is_refused(sbs: Site) -> None:
    run = sbs.play([{**sbs.task(**smarthost()), "async": 60, "poll": 5}])
    assert (run.code, run.recap()["failed"], writes(sbs.host)) == (2, 1, [])
    assert "async" in run.output


USED = {
    "Name": "Smarthost",
    "AddressSpaces": ["*"],
    "DNSRoutingEnabled": False,
    "SmartHosts": ["smtp.strato.de"],
    "Port": 587,
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "AuthenticationCredential": {"username": "info@beispiel.de", "password": OLD_PASSWORD},
    "RequireTLS": True,
}
WIZARDS = {"Name": WIZARDS_NAME, "AddressSpaces": ["*"]}
NAMED = smarthost(adopt=None)

HOSTS: dict[str, tuple[list[dict[str, Any]], Options, Words]] = {
    "young-login": (
        [WIZARDS],
        smarthost(login=login(created=days_ago(3))),
        ["info@beispiel.de", "14 days", "older mailbox"],
    ),
    "login-of-13-days": ([WIZARDS], smarthost(login=login(created=days_ago(13))), ["info@beispiel.de", "14 days"]),
    "login-below-its-own-minimum": (
        [WIZARDS],
        smarthost(login=login(created=days_ago(20), minimum_age_days=30)),
        ["info@beispiel.de", "30 days"],
    ),
    "young-login-on-a-new-connector": (
        [],
        smarthost(login=login(created=days_ago(1))),
        ["info@beispiel.de", "14 days"],
    ),
    "another-plan-was-approved": (
        [WIZARDS],
        smarthost(approved_plan="0" * 64),
        ["approved", "0" * 64, "--check --diff"],
    ),
    "only-dns-would-be-left": (
        [USED],
        {"name": "Smarthost", "dns_routing_enabled": True, "smart_host_auth_mechanism": "None", "require_tls": False},
        ["by DNS", "Smarthost", "confirm_no_smarthost"],
    ),
    "only-dns-left-after-a-removal": (
        [{**WIZARDS, "AddressSpaces": ["*;10"]}, USED],
        {"name": "Smarthost", "state": "absent"},
        ["by DNS", WIZARDS_NAME, "confirm_no_smarthost"],
    ),
    "nothing-would-be-left": ([USED], {"name": "Smarthost", "state": "absent"}, ["queues", "confirm_no_smarthost"]),
    "nothing-would-be-left-on": ([USED], {"name": "Smarthost", "enabled": False}, ["queues", "confirm_no_smarthost"]),
    "rival-at-the-same-cost": (
        [{**USED, "Port": 25}, {**USED, "Name": "Alt"}],
        NAMED,
        ["same cost 1", "'Alt'", "exclusive: true"],
    ),
    "not-clear-which-to-adopt": (
        [WIZARDS, {**USED, "Name": "Alt"}],
        smarthost(),
        [WIZARDS_NAME, "'Alt'", "one to adopt"],
    ),
    "nothing-to-adopt": ([], smarthost(name=None), ["one to adopt", "Declare a name"]),
    "nothing-to-create-it-with": ([USED], {"name": "Neu", "comment": "x"}, ["address_spaces", "adopt: true"]),
    "against-what-the-host-keeps": ([USED], {"name": "Smarthost", "ignore_starttls": True}, ["ignore_starttls: true"]),
    "exclusive-for-one-domain": (
        [USED],
        {"name": "Neu", "address_spaces": ["beispiel.de"], "smart_hosts": ["a.b.de"], "exclusive": True},
        ["exclusive", "every domain"],
    ),
}
"""Refused once the host has been read. Each row is a host of one lab: its connectors, its declaration, the message's
words."""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refused]:
    """All of them with the site playbook, in check mode and then in earnest; and what they were before."""
    states = {name: {"profile": "sbs2011", "send_connectors": row[0]} for name, row in HOSTS.items()}
    with site(tmp_path_factory.mktemp("hosts"), hosts=list(HOSTS), states=states) as many:
        options = {name: row[1] for name, row in HOSTS.items()}
        before = {name: state(host) for name, host in many.lab.hosts.items()}
        yield many, before, many.roles(options, "--check"), many.roles(options, "-vvvv")


@pytest.mark.parametrize("name", HOSTS)
def test_a_plan_that_must_not_be_carried_out_is_refused(hosts: Refused, name: str) -> None:
    many, before, _, run = hosts
    host = many.lab.hosts[name]
    record = run.task(host=name)
    assert (record["status"], record["result"]["changed"]) == ("failed", False)
    message = record["result"]["msg"]
    assert [word for word in HOSTS[name][2] if word not in message] == [], message
    assert state(host) == before[name] and writes(host) == []
    assert (host.log.count(), host.open_shells) == (2, 0)


@pytest.mark.parametrize("name", HOSTS)
def test_check_mode_refuses_the_same(hosts: Refused, name: str) -> None:
    _, _, looked, run = hosts
    if "approved_plan" in HOSTS[name][1]:
        assert looked.result(host=name)["plan"]["digest"] in run.result(host=name)["msg"]
    else:
        assert looked.result(host=name)["msg"] == run.result(host=name)["msg"]


def test_a_young_login_that_is_in_use_may_get_its_new_password(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [USED]})
    run = sbs.connector(**{**NAMED, "login": login(created=days_ago(3)), "update_password": "always"})
    assert run.recap()["changed"] == 1 and "is too young and already in use" in " ".join(run.result()["warnings"])
    (credential,) = [each["AuthenticationCredential"] for each in state(sbs.host)]
    assert credential == {"UserName": "info@beispiel.de", "password_sha256": password_hash(PASSWORD)}


@pytest.mark.parametrize("role_variable", [{"send_connector_smarthost": "x"}, {"send_connector_loginn": login()}])
def test_a_misspelled_variable_of_the_role_is_refused(sbs: Site, role_variable: dict[str, Any]) -> None:
    run = sbs.role(smarthost(), "-vvvv", **role_variable)
    assert (run.code, run.recap()["failed"]) == (2, 1)
    assert f"found the variables {next(iter(role_variable))}" in " ".join(run.output.split())
    assert sbs.host.log.count("Create") == 0


TYPES: dict[str, tuple[Options, str]] = {
    "port": ({"port": "submission"}, "send_connector_port"),
    "choice": ({"update_password": "never"}, "update_password: 'never'"),
    "login-text": ({"login": PASSWORD}, "login"),
    "login-undated": ({"login": {"username": "a@b.de", "password": PASSWORD, "created": None}}, "created"),
    "login-extra": ({"login": login(extra=PASSWORD)}, "extra"),
    "password-mapping": ({"login": login(password={"of": PASSWORD})}, "password"),
    "account-list": ({"exchange_connection": "endpoint", "exchange_login": [PASSWORD]}, "exchange_login"),
}


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """A host for each row, all in one run of the site playbook."""
    with site(tmp_path_factory.mktemp("types"), hosts=list(TYPES)) as many:
        yield many, many.roles({name: smarthost(**options) for name, (options, _) in TYPES.items()}, "-vvvv")


@pytest.mark.parametrize("name", TYPES)
def test_the_role_refuses_a_wrong_type_and_repeats_no_password(types: tuple[Site, Run], name: str) -> None:
    many, run = types
    assert run.recap(name)["failed"] == 1 and many.lab.hosts[name].log.count("Create") == 0
    (failed,) = (each["result"] for each in run.tasks if (each["host"], each["status"]) == (name, "failed"))
    assert TYPES[name][1] in failed["msg"]


def test_a_young_login_that_is_in_use_already_is_kept_with_a_warning(start: StartSite) -> None:
    site = start({"profile": "sbs2011", "send_connectors": [{**USED, "Port": 25}]})
    run = site.role({**NAMED, "login": login(created=days_ago(3))})
    assert (run.code, run.recap()["changed"]) == (0, 1)
    young, unknown = run.result()["warnings"]
    assert "info@beispiel.de" in young and days_ago(-12) in young
    assert "update_password: always" in unknown
    assert site.role({**NAMED, "login": login(created=days_ago(3))}).recap()["changed"] == 0


def test_no_stored_login_comes_into_use_by_a_side_door(start: StartSite) -> None:
    young = {"username": "neu@beispiel.de", "password": PASSWORD}
    spare = {**USED, "Name": "Reserve", "Enabled": False, "AuthenticationCredential": young}
    site = start({"profile": "sbs2011", "send_connectors": [USED, spare]})
    before = state(site.host)
    to_spare = {"name": "Reserve", "enabled": True, "exclusive": True}
    doors = {
        "undeclared": (to_spare, ["neu@beispiel.de", "created"]),
        "young": (
            {**to_spare, "login": {"username": "neu@beispiel.de", "created": days_ago(3)}},
            ["neu@beispiel.de", "14 days"],
        ),
        "with a line break": (smarthost(login=login(password=f"{PASSWORD}\n")), ["line break at the end"]),
        "with a number": (smarthost(login=login(password=815471)), ["a number; put it in quotes"]),
    }
    tasks = [{**site.task(name, **options), "ignore_errors": True} for name, (options, _) in doors.items()]
    run = site.play(tasks, "-vvvv")
    for name, (_, words) in doors.items():
        assert [word for word in words if word not in run.result(name)["msg"]] == [], run.result(name)["msg"]
    site.host.machine.change({"clock": f"{days_ago(20)}T00:00:00Z"})
    old = {**to_spare, "login": {"username": "neu@beispiel.de", "created": days_ago(15)}}
    refused = site.connector(**old).result()["msg"]
    assert "behind the controller's" in refused and state(site.host) == before
    site.host.machine.change({"clock": None})
    assert site.connector(**old).recap()["changed"] == 1
    assert [name for name, each in connectors(site.host).items() if each["Enabled"]] == ["Reserve"]
    backup_file = site.saved()[-1]
    assert site.restore(str(backup_file)).recap()["changed"] == 1
    assert [name for name, each in connectors(site.host).items() if each["Enabled"]] == ["Smarthost"]


def test_a_brake_is_released_by_the_confirmation(start: StartSite) -> None:
    site = start({"profile": "sbs2011", "send_connectors": [USED]})
    desired = {"name": "Smarthost", "state": "ABSENT", "confirm_no_smarthost": True}  # a choice in any case
    assert site.role(desired).recap()["changed"] == 1
    assert state(site.host) == []


def test_defaults_for_the_whole_collection_reach_every_module(sbs: Site) -> None:
    tasks = [{"name": name, f"sbs.mailflow.{name}": {}, "ignore_errors": True} for name in ("ping", "facts")]
    for timeout, statuses in ((300, ["ok", "ok", "ok"]), (1, ["failed", "failed", "failed"])):
        connector = {**sbs.task(**smarthost()), "ignore_errors": True}
        run = sbs.play([*tasks, connector], module_defaults={"group/sbs.mailflow.all": {"timeout": timeout}})
        assert [each["status"] for each in run.tasks] == statuses


def test_a_default_of_one_module_is_an_option_like_any_other(sbs: Site) -> None:
    defaults = {"sbs.mailflow.send_connector": {"port": 465}}
    run = sbs.play([sbs.task(**smarthost(port=None))], module_defaults=defaults)
    assert "port: 465" in run.result()["msg"]
