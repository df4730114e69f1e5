"""Putting a saved state back: what was saved and what is there now in, steps or refusal out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import ExchangeServer
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.restore import RestoreConnectors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.saved import saved_connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject, State
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run.examples import (
    LOGIN,
    NOW,
    OLD,
    OTHER_PASSWORD,
    PASSWORD,
    STRATO,
    WIZARD,
    YOUNG,
    FakeHost,
    commands,
    credential,
    desired,
    guid,
    keys_of,
    login,
    parameters,
    parsed,
    permitted,
    printed,
    run_one,
    to_strato,
)

Host = list[dict[str, Any]]

OLD_LOGIN, OTHER_LOGIN = "alt@beispiel.de", "zwei@beispiel.de"
OLD_WAY = STRATO | {"AuthenticationCredential": {"UserName": OLD_LOGIN}}
WAY_BACK = {"logins": [login(OLD_LOGIN, password=OTHER_PASSWORD)]}
NOT_TOLD = STRATO | {"AuthenticationCredential": "System.Management.Automation.PSCredential"}
SPARE = printed("Ersatz", **STRATO | {"AddressSpaces": ["SMTP:*;9"]})


def content(saved: Host, created: tuple[str, ...] = ()) -> dict[str, Any]:
    """The content of a saved state, through JSON as through a file."""
    data = {"connectors": [saved_connector(each) for each in parsed(*saved)], "created": list(created)}
    through: dict[str, Any] = json.loads(json.dumps(data))
    return through


def subject(saved: Host, created: tuple[str, ...] = (), **options: Any) -> RestoreConnectors:
    return RestoreConnectors(going_back(content(saved, created), **options))


def state_of(*connectors: dict[str, Any]) -> State:
    return State(ExchangeServer("SBS", "14.3", 14, ()), parsed(*connectors))


CHANGED_BACK: dict[str, tuple[Host, Host, dict[str, Any], dict[str, Any]]] = {
    # what was saved, what is there, options, the parameters of the one step
    "settings": (
        [printed(**STRATO)],
        [printed(**STRATO | {"Port": 25, "MaxMessageSize": "unlimited", "SourceTransportServers": ["A"]})],
        {},
        {"Port": 587, "MaxMessageSize": "10485760", "SourceTransportServers": ["sbs"]},
    ),
    "texts that were not there": (
        [printed(**STRATO)],
        [printed(**STRATO, Comment="neu", Fqdn="x.de", TlsAuthLevel="DomainValidation", TlsDomain="y.de")],
        {},
        {"Comment": None, "Fqdn": None, "TlsAuthLevel": None, "TlsDomain": None},
    ),
    "from the smarthost to DNS": (
        [printed()],
        [printed(**STRATO)],
        {"confirm_no_smarthost": True},
        {"SmartHosts": None, "DNSRoutingEnabled": True, "Port": 25, "SmartHostAuthMechanism": "None"},
    ),
    "from DNS to the smarthost": (
        [printed(**STRATO)],
        [printed()],
        {"logins": [login()]},
        {
            "SmartHosts": ["smtp.strato.de"],
            "DNSRoutingEnabled": False,
            "Port": 587,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "AuthenticationCredential": credential(secret=f"login:{LOGIN}"),
        },
    ),
    "the login": (
        [printed(**OLD_WAY)],
        [printed(**STRATO)],
        WAY_BACK,
        {"AuthenticationCredential": credential(OLD_LOGIN, f"login:{OLD_LOGIN}")},
    ),
    "the same login in other capitals needs no password": (
        [printed(**STRATO, Comment="alt")],
        [printed(**STRATO | {"AuthenticationCredential": {"UserName": LOGIN.upper()}})],
        {},
        {"Comment": "alt"},
    ),
    "what could not be read when it was saved is left alone": (
        [printed(**STRATO | {"Port": "?"})],
        [printed(**STRATO, Comment="neu")],
        {},
        {"Comment": None},
    ),
    "what the host did not tell when it was saved is left alone": (
        [printed(**STRATO | {"Port": None, "Enabled": None, "ErrorPolicies": None}), SPARE],
        [printed(**STRATO, Comment="neu"), SPARE],
        {},
        {"Comment": None},
    ),
    "a connector that was renamed since": (
        [printed(**STRATO)],
        [printed("Anders", **STRATO, Comment="neu", Guid=guid(WIZARD))],
        {},
        {"Comment": None},
    ),
    "a connector that was made anew since": (
        [printed(**STRATO)],
        [printed(**STRATO, Comment="neu", Guid="another")],
        {},
        {"Comment": None},
    ),
}


@pytest.mark.parametrize(("saved", "host", "options", "written"), CHANGED_BACK.values(), ids=CHANGED_BACK)
def test_a_connector_is_changed_back(saved: Host, host: Host, options: dict[str, Any], written: dict[str, Any]) -> None:
    plan = subject(saved, **options).decide(state_of(*host)).plan
    assert plan is not None
    assert parameters(plan) == [written]
    assert [(step.command, step.target) for step in plan.steps] == [("Set-SendConnector", host[0]["Name"])]
    assert plan.steps[0].parameters["Identity"] == host[0]["Guid"]


def test_the_guid_counts_more_than_the_name() -> None:
    now = [printed("Umbenannt", **STRATO, Guid=guid(WIZARD)), printed(Guid="newer", AddressSpaces=["SMTP:x.de;1"])]
    plan = subject([printed(**STRATO, Comment="alt")]).decide(state_of(*now)).plan
    assert commands(plan) == [("Set-SendConnector", "Umbenannt")]


def test_a_removed_connector_is_created_again_with_its_login() -> None:
    before = printed("Weg", **STRATO | {"AddressSpaces": ["SMTP:*;5"], "Comment": "fein"})
    plan = subject([before], logins=[login()]).decide(state_of(SPARE)).plan
    assert commands(plan) == [("New-SendConnector", "Weg")]
    written = parameters(plan)[0]
    assert written["AuthenticationCredential"] == credential(secret=f"login:{LOGIN}")
    assert (written["Comment"], written["AddressSpaces"], written["DNSRoutingEnabled"]) == ("fein", ["SMTP:*;5"], False)
    assert None not in written.values()
    assert not {"Usage", "TlsDomain", "Fqdn"} & set(written)


def test_a_removed_connector_for_dns_is_created_without_smart_hosts() -> None:
    plan = subject([printed()], confirm_no_smarthost=True).decide(state_of()).plan
    written = parameters(plan)[0]
    assert written["DNSRoutingEnabled"] is True
    assert not {"SmartHosts", "AuthenticationCredential"} & set(written)


def test_changed_first_then_created_and_removed_last() -> None:
    saved = [printed("Alt", AddressSpaces=["SMTP:a.de;1"]), printed(**STRATO)]
    host = [printed("Neu", **STRATO), printed(**STRATO | {"Enabled": False}), SPARE]
    plan = subject(saved, ("Neu",)).decide(state_of(*host)).plan
    assert sorted(commands(plan)[:2]) == [("New-SendConnector", "Alt"), ("Set-SendConnector", WIZARD)]
    assert commands(plan)[2:] == [("Remove-SendConnector", "Neu")]


def test_each_step_has_its_own_password() -> None:
    saved = [printed("A", **OLD_WAY), printed("B", **STRATO | {"AddressSpaces": ["SMTP:*;9"]})]
    other = {"AuthenticationCredential": {"UserName": OTHER_LOGIN}}
    host = [printed("A", **STRATO | other), printed("B", **STRATO | other | {"AddressSpaces": ["SMTP:*;9"]})]
    restoring = subject(saved, logins=[login(OLD_LOGIN.upper(), password=OTHER_PASSWORD), login()])
    decision = restoring.decide(state_of(*host))
    assert decision.plan is not None
    named = [step["AuthenticationCredential"]["$credential"] for step in parameters(decision.plan)]
    assert [each["password"]["$secret"] for each in named] == [f"login:{OLD_LOGIN}", f"login:{LOGIN}"]
    assert decision.secrets == {f"login:{OLD_LOGIN}": OTHER_PASSWORD, f"login:{LOGIN}": PASSWORD}
    assert PASSWORD not in json.dumps(decision.plan.as_data()) + repr(decision)


def test_no_password_travels_where_none_is_written() -> None:
    decision = subject([printed(**STRATO, Comment="alt")], logins=[login()]).decide(state_of(printed(**STRATO)))
    assert decision.secrets == {}
    assert decision.facts["password"]["written"] is False


REFUSALS: dict[str, tuple[Host, Host, dict[str, Any], type[MailflowError], list[str]]] = {
    "a login is needed and missing": (
        [printed(**OLD_WAY)],
        [printed(**STRATO)],
        {"logins": [login()]},
        InputRefused,
        ["restore_needs_login"],
    ),
    "a login is needed for what was removed": (
        [printed(**STRATO)],
        [],
        {},
        InputRefused,
        ["restore_needs_login"],
    ),
    "two logins are needed": (
        [printed("A", **OLD_WAY), printed("B", **STRATO)],
        [],
        {},
        InputRefused,
        ["restore_needs_login", "restore_needs_login"],
    ),
    "the login is too young": (
        [printed(**OLD_WAY)],
        [printed(**STRATO)],
        {"logins": [login(OLD_LOGIN, YOUNG)]},
        InputRefused,
        ["mailbox_too_young"],
    ),
    "one is missing and one too young": (
        [printed("A", **OLD_WAY), printed("B", **STRATO)],
        [],
        {"logins": [login(OLD_LOGIN, YOUNG)]},
        InputRefused,
        ["mailbox_too_young", "restore_needs_login"],
    ),
    "one was removed whose login was not told": (
        [printed("A", **OLD_WAY), printed("B", **NOT_TOLD), printed("C", **NOT_TOLD | {"Enabled": False})],
        [printed("A", **OLD_WAY)],
        {},
        InputRefused,
        ["restore_login_untold", "restore_login_untold"],
    ),
    "only DNS would be left": ([printed()], [printed(**STRATO)], {}, HostRefused, ["restore_to_dns"]),
    "nothing would be left": (
        [printed(**STRATO | {"Enabled": False})],
        [printed(**STRATO)],
        {},
        HostRefused,
        ["restore_to_none"],
    ),
}


@pytest.mark.parametrize(("saved", "host", "options", "kind", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_the_refusal(
    saved: Host, host: Host, options: dict[str, Any], kind: type[MailflowError], expected: list[str]
) -> None:
    restoring = subject(saved, **options)
    with pytest.raises(MailflowError) as caught:
        permitted(restoring.decide(state_of(*host)))
    assert keys_of(caught.value) == expected
    assert type(caught.value) is kind


def test_a_created_connector_is_not_removed_where_mail_would_stand() -> None:
    with pytest.raises(HostRefused) as caught:
        permitted(subject([], ("Neu",)).decide(state_of(printed("Neu", **STRATO))))
    assert keys_of(caught.value) == ["restore_to_none"]


def test_nothing_to_put_back_is_no_plan_and_no_brake() -> None:
    decision = subject([printed(), SPARE], ("Neu",)).decide(state_of(printed(), SPARE))
    assert (decision.plan, decision.notices) == (None, ())
    assert decision.facts["connector"] == f"Ersatz, {WIZARD}"
    assert subject([], ("Neu",)).decide(state_of()).facts["connector"] is None


def test_a_login_where_there_was_none_stays_and_is_told() -> None:
    decision = subject([printed()], confirm_no_smarthost=True).decide(state_of(printed(**STRATO)))
    assert decision.notices == (f"The login {LOGIN} stays stored on '{WIZARD}', unused: it had none before.",)


@pytest.mark.parametrize("now", [STRATO, NOT_TOLD], ids=["told by now", "not told"])
def test_a_login_that_was_not_told_is_not_said_to_be_back(now: dict[str, Any]) -> None:
    decision = subject([printed(**NOT_TOLD)]).decide(state_of(printed(**now | {"Port": 26})))
    assert decision.plan is not None
    assert [each for each in decision.notices if "keeps its present login" in each]
    assert not [each for each in decision.notices if "unused" in each]


LEFT: dict[str, tuple[Host, tuple[str, ...], Host, list[tuple[str, str]]]] = {
    "all is back": ([printed(**OLD_WAY)], ("Neu",), [printed(**OLD_WAY)], []),
    "a setting": ([printed()], (), [printed(Port=26)], [("Set-SendConnector", WIZARD)]),
    "a connector": ([printed(**OLD_WAY)], (), [], [("New-SendConnector", WIZARD)]),
    "what was created": ([], ("Neu",), [printed("Neu")], [("Remove-SendConnector", "Neu")]),
    "the login's name": ([printed(**OLD_WAY)], (), [printed(**STRATO)], [("Set-SendConnector", WIZARD)]),
    "a login that was not there before is no matter": ([printed()], (), [printed()], []),
}


@pytest.mark.parametrize(("saved", "created", "host", "left"), LEFT.values(), ids=LEFT)
def test_what_is_left_to_do(saved: Host, created: tuple[str, ...], host: Host, left: list[tuple[str, str]]) -> None:
    assert commands(subject(saved, created).left_to_do(state_of(*host))) == left


DAMAGED: list[Any] = [
    {"connectors": None},
    {"created": None},
    {"created": 7},
    {"connectors": 7},
    {"connectors": ["?"]},
    {"connectors": [{}]},
    {"connectors": [{"name": "A", "guid": "1", "settings": {"port": "viele"}, "unreadable": []}]},
    {"connectors": [{"name": "A", "guid": "1", "settings": ["port"], "unreadable": []}]},
    {"connectors": [{"name": "A", "guid": "1", "settings": {}, "unreadable": 5}]},
]


@pytest.mark.parametrize("damage", DAMAGED, ids=str)
def test_a_damaged_file_is_refused(damage: dict[str, Any]) -> None:
    damaged = {key: value for key, value in {**content([printed()]), **damage}.items() if value is not None}
    with pytest.raises(InputRefused) as caught:
        RestoreConnectors(going_back(damaged))
    assert keys_of(caught.value) == ["backup_unreadable"]


DECLARATIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["backup_file_missing"]),
    ({"backup_file": ["a"]}, ["backup_file_missing"]),
    ({"backup_file": "a", "name": "b"}, ["option_unknown"]),
    ({"backup_file": "a", "confirm_no_smarthost": "vielleicht"}, ["value_unfit"]),
    ({"backup_file": "a", "logins": "geheim"}, ["login_no_mapping"]),
    *(({"backup_file": "a", "logins": each}, ["login_no_mapping"]) for each in ("", {}, 0, [None])),
    ({"backup_file": "a", "logins": [login(password="")]}, ["password_missing"]),
    ({"backup_file": "a", "logins": [login(created="bald")]}, ["created_unreadable"]),
    ({"logins": [login(), "geheim"], "x": 1}, ["option_unknown", "backup_file_missing", "login_no_mapping"]),
]


@pytest.mark.parametrize(("options", "expected"), DECLARATIONS, ids=str)
def test_a_wish_is_refused_with_every_reason(options: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_restore(options, NOW)
    assert keys_of(caught.value) == expected
    assert "geheim" not in str(caught.value)


def test_a_login_that_misfits_is_named_with_its_place() -> None:
    with pytest.raises(InputRefused) as caught:
        parse_restore({"backup_file": "a", "logins": [login(), login(recreated="bald"), login(created="bald")]}, NOW)
    first, second = (each.where for each in caught.value.reasons if each.found.startswith(("recreated", "created")))
    assert (first, second.partition(", info@")[0]) == ("restoring, logins[1]", "restoring, logins[2]")


ROUNDS: dict[str, tuple[Host, dict[str, Any], dict[str, Any]]] = {
    # the host before, the declaration that changes it, what the way back needs
    "changed": ([printed(**OLD_WAY | {"Comment": "alt"})], to_strato(comment="neu", port=25), WAY_BACK),
    "created and others switched off": (
        [printed(**OLD_WAY), printed("Alt", AddressSpaces=["SMTP:*;5"])],
        to_strato(name="Neu", exclusive=True),
        {},
    ),
    "removed": (
        [printed(**OLD_WAY), SPARE],
        {"name": WIZARD, "state": "absent", "login": {"username": LOGIN, "created": OLD}},
        WAY_BACK,
    ),
    "DNS": ([printed()], to_strato(), {"confirm_no_smarthost": True}),
}


@pytest.mark.parametrize(("before", "options", "needs"), ROUNDS.values(), ids=ROUNDS)
def test_there_and_back_again_and_a_second_way_back_is_nothing(
    before: Host, options: dict[str, Any], needs: dict[str, Any]
) -> None:
    host, saved = FakeHost(*before), []
    there = run_one(
        SendConnectorSubject(desired(options), lambda: NOW),
        host.session(),
        ExchangeShell(),
        lambda data: saved.append(json.loads(json.dumps(data))) or "state.json",
        check_mode=False,
    )
    assert (there.error, there.changed) == (None, True)
    back = RestoreConnectors(going_back(saved[0], **needs))
    outcomes = [
        run_one(back, host.session(), ExchangeShell(), lambda data: "again.json", check_mode=False) for _ in "12"
    ]
    assert [(each.error, each.changed) for each in outcomes] == [(None, True), (None, False)]
    logins = {each["Name"]: each["AuthenticationCredential"] for each in before if each["AuthenticationCredential"]}
    now = {each.name: each for each in parsed(*host.connectors)}
    assert {name: each.values for name, each in now.items()} == {each.name: each.values for each in parsed(*before)}
    assert {name: {"UserName": now[name].username} for name in logins} == logins
    if "logins" in needs:
        assert host.passwords[WIZARD] == OTHER_PASSWORD
