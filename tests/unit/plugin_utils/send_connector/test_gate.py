"""No young login by a side door: what a plan lets a login send, and whether the gate was asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import ExchangeServer
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.subject import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import gate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.diff import decide
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.restore import RestoreConnectors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.saved import saved_connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject, State
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run.examples import (
    LOGIN,
    NOW,
    OLD,
    STRATO,
    YOUNG,
    FakeHost,
    commands,
    desired,
    keys_of,
    login,
    parsed,
    printed,
    run_one,
    to_strato,
)

Host = list[dict[str, Any]]
Options = dict[str, Any]

OLD_BOX, YOUNG_BOX = "alt@beispiel.de", "neu@beispiel.de"
CREATED = {LOGIN: OLD, OLD_BOX: OLD, YOUNG_BOX: YOUNG}


def way(name: str, username: str = OLD_BOX, *spaces: str, **changes: Any) -> dict[str, Any]:
    """A connector to the smarthost with that login, for those spaces (by default every domain)."""
    own = {"AddressSpaces": list(spaces or ["SMTP:*;1"]), "AuthenticationCredential": {"UserName": username}}
    return printed(name, **STRATO | own | changes)


def aged(username: str) -> Options:
    """A login that answers for its age only."""
    return {"login": {"username": username, "created": CREATED[username]}}


def full(username: str) -> Options:
    return {"smart_host_auth_mechanism": "BasicAuthRequireTLS", "login": login(username, CREATED[username])}


A = way("A")
B_OFF = way("B", YOUNG_BOX, Enabled=False)
B_SPARE = way("B", YOUNG_BOX, "SMTP:*;5")
B_IN_USE = way("B", YOUNG_BOX)
FOR_X = way("B", YOUNG_BOX, "SMTP:x.de;1")
TO_B: Options = {"name": "B", "enabled": True, "exclusive": True}

YOUNG_BACK = {"logins": [login(YOUNG_BOX, YOUNG)]}

SIDE_DOORS: dict[str, tuple[Host, Options]] = {
    # Each brings a young login into use; with its age declared it is too young, without, nothing is known of it.
    "switched on": ([A, B_OFF], TO_B),
    "switched on beside the others": (
        [A, way("B", YOUNG_BOX, "SMTP:x.de;1", Enabled=False)],
        TO_B | {"exclusive": False},
    ),
    "from one domain to all": ([A, FOR_X], {"name": "B", "address_spaces": ["*"], "exclusive": True}),
    "from one domain to another": ([A, FOR_X], {"name": "B", "address_spaces": ["y.de"]}),
    "from one domain to its subdomains": ([A, FOR_X], {"name": "B", "address_spaces": ["*.x.de"]}),
    "at another provider": ([B_IN_USE], {"name": "B", "smart_hosts": ["smtp.ionos.de"]}),
    "at another smart host that nobody knows": (
        [way("B", YOUNG_BOX, SmartHosts=["mx1.unbekannt.example"])],
        {"name": "B", "smart_hosts": ["mx2.unbekannt.example"]},
    ),
    "at a second provider as well": ([B_IN_USE], {"name": "B", "smart_hosts": ["smtp.strato.de", "smtp.ionos.de"]}),
    "at a host with the name of a provider's key": (
        [way("B", YOUNG_BOX, SmartHosts=["strato"])],
        {"name": "B", "smart_hosts": ["smtp.strato.de"]},
    ),
    "a spare becomes cheaper": ([A, B_SPARE], {"name": "B", "address_spaces": ["*;1"], "exclusive": True}),
    "the other becomes dearer": ([A, B_SPARE], {"name": "A", "address_spaces": ["*;9"]}),
    "in the moment between two steps": (
        [A, B_SPARE],
        {"name": "A", "address_spaces": ["*;9"], "exclusive": True},
    ),
    "the other is removed": ([A, B_SPARE], {"name": "A", "state": "absent"}),
    "the other is switched off": ([A, B_SPARE], {"name": "A", "enabled": False}),
    "the other leaves for one domain": ([A, B_SPARE], {"name": "A", "address_spaces": ["x.de"]}),
    "the other takes smaller messages": ([A, B_SPARE], {"name": "A", "max_message_size": "1MB"}),
    "it takes larger messages than the other": ([A, B_SPARE], {"name": "B", "max_message_size": "unlimited"}),
    "the other is for its own site only": ([A, B_SPARE], {"name": "A", "is_scoped_connector": True}),
    "the other is used by another server": ([A, B_SPARE], {"name": "A", "source_transport_servers": ["SBS2"]}),
    "it is used by another server than the other": ([A, B_SPARE], {"name": "B", "source_transport_servers": ["SBS2"]}),
    "one of two equals goes": ([A, B_IN_USE], {"name": "A", "state": "absent"}),
    "for its own site only no more": (
        [way("B", YOUNG_BOX, IsScopedConnector=True)],
        {"name": "B", "is_scoped_connector": False},
    ),
    "from no login to the stored one": (
        [way("B", YOUNG_BOX, SmartHostAuthMechanism="None")],
        {"name": "B", "smart_host_auth_mechanism": "BasicAuthRequireTLS"},
    ),
    "from DNS to the smart host": (
        [way("B", YOUNG_BOX, SmartHosts=[], DNSRoutingEnabled=True)],
        {"name": "B", "smart_hosts": ["smtp.strato.de"]},
    ),
    "from HELO, which knows no login, to EHLO": (
        [way("B", YOUNG_BOX, ForceHELO=True)],
        {"name": "B", "force_helo": False},
    ),
    "a set of spaces that could not be read, to all": (
        [way("B", YOUNG_BOX) | {"AddressSpaces": 7}],
        {"name": "B", "address_spaces": ["*"]},
    ),
    "another kind of address": ([A, FOR_X], {"name": "B", "address_spaces": ["x.de", "FAX:*;1"]}),
}


@pytest.mark.parametrize(("host", "options"), SIDE_DOORS.values(), ids=SIDE_DOORS)
def test_no_side_door(host: Host, options: Options) -> None:
    confirmed = {**options, "confirm_no_smarthost": True}
    (key,) = keys_of(refusal(host, confirmed))
    # To log in, a desired has to name the login anyway.
    assert key in ("login_comes_into_use", "other_login_comes_into_use") or "smart_host_auth_mechanism" in options
    answer = full(YOUNG_BOX) if key == "basic_without_login" else aged(YOUNG_BOX)
    if key != "other_login_comes_into_use" or "state" in options:
        assert keys_of(refusal(host, confirmed | answer)) == ["mailbox_too_young"]


NOT_TOLD = {"AuthenticationCredential": "System.Management.Automation.PSCredential"}
HIDDEN = way("B") | NOT_TOLD
"""What a session of objects that are not whole tells of a login: that there is one."""
NEVER_IN_USE: dict[str, tuple[Host, Options]] = {
    name: ([each | NOT_TOLD if each["Name"] == "B" else each for each in SIDE_DOORS[name][0]], SIDE_DOORS[name][1])
    for name in SIDE_DOORS
    if name not in ("from no login to the stored one", "from HELO, which knows no login, to EHLO")
}


@pytest.mark.parametrize(("host", "options"), NEVER_IN_USE.values(), ids=NEVER_IN_USE)
@pytest.mark.parametrize("told", ["System.Management.Automation.PSCredential", None, {}, {"UserName": ""}], ids=str)
def test_a_login_that_is_not_told_is_no_other_one_in_use(host: Host, options: Options, told: Any) -> None:
    there = [each | {"AuthenticationCredential": told} if each["Name"] == "B" else each for each in host]
    found = refusal(there, {**options, "confirm_no_smarthost": True})
    assert keys_of(found) == ["unknown_login_comes_into_use"]
    assert "does not report" in str(found) and "None" not in found.reasons[0].found


def test_another_connector_takes_over_from_a_login_that_is_not_told_only_with_its_age() -> None:
    taking_over = {"name": "Neu", "address_spaces": ["*"], "smart_hosts": ["smtp.strato.de"], "exclusive": True}
    assert keys_of(refusal([HIDDEN], taking_over | full(YOUNG_BOX))) == ["mailbox_too_young"]
    assert decide(parsed(HIDDEN), desired(taking_over | full(OLD_BOX)), NOW).plan is not None


KEPT_UNTOLD: dict[str, tuple[Host, Options]] = {
    "only TLS changes": ([HIDDEN], {"name": "B", "require_tls": True}),
    "a host renamed at one provider": ([HIDDEN], {"name": "B", "smart_hosts": ["smtp2.strato.de"]}),
    "dearer": ([HIDDEN], {"name": "B", "address_spaces": ["*;7"]}),
    "larger messages": ([HIDDEN], {"name": "B", "max_message_size": "50MB"}),
    "switched off": ([HIDDEN], {"name": "B", "enabled": False, "confirm_no_smarthost": True}),
    "an old login is written": ([HIDDEN], {"name": "B", **full(OLD_BOX)}),
}


@pytest.mark.parametrize(("host", "options"), KEPT_UNTOLD.values(), ids=KEPT_UNTOLD)
def test_what_carries_the_mail_goes_on_though_nobody_tells_its_login(host: Host, options: Options) -> None:
    decision = decide(parsed(*host), desired(options), NOW)
    assert decision.plan is not None
    assert [each for each in decision.notices if "does not report the user name" in each]


def test_a_login_that_is_not_told_is_written_and_not_missed_in_what_is_read_back() -> None:
    there = FakeHost(HIDDEN)
    there.connectors[0].update(NOT_TOLD)
    subject = SendConnectorSubject(desired({"name": "B", **full(OLD_BOX)}), lambda: NOW)
    done = run_one(subject, there.session(), ExchangeShell(), lambda data: "s", check_mode=False)
    assert (done.changed, done.error) == (True, None)
    there.connectors[0].update(NOT_TOLD)
    assert subject.left_to_do(state_of(*there.connectors)) is None
    why = "the login changes from a login that the host does not report to"
    assert done.decision.facts["password"]["why"].startswith(why)


def test_a_login_that_is_not_told_and_given_up_is_said() -> None:
    decision = decide(parsed(HIDDEN), desired({"name": "B", "smart_host_auth_mechanism": "None"}), NOW)
    assert [each for each in decision.notices if "does not report stays stored on 'B'" in each]


def test_a_saved_state_does_not_vouch_for_a_login_that_was_not_told() -> None:
    content = SendConnectorSubject(desired({"name": "B", "enabled": False, "confirm_no_smarthost": True}), lambda: NOW)
    plan = content.decide(state_of(HIDDEN)).plan
    assert plan is not None
    saved = content.to_save(state_of(HIDDEN), plan) | {"saved_at": SAVED_AT.isoformat()}
    back = RestoreConnectors(going_back(saved, confirm_no_smarthost=True))
    with pytest.raises(MailflowError) as caught:
        back.decide(state_of(HIDDEN | {"Enabled": False}))
    assert keys_of(caught.value) == ["unknown_login_comes_into_use"]


def refusal(host: Host, options: Options) -> MailflowError:
    with pytest.raises(MailflowError) as caught:
        decide(parsed(*host), desired(options), NOW)
    return caught.value


WRITTEN: dict[str, tuple[Host, Options]] = {
    # A young login is written where it does not carry the mail: refused, whatever its connector had stored.
    "another one than is in use": ([A], full(YOUNG_BOX) | {"name": "A"}),
    "the stored one, switched on": ([A, B_OFF], full(YOUNG_BOX) | TO_B),
    "the stored one of what is switched off": (
        [A, B_OFF],
        full(YOUNG_BOX) | {"name": "B", "update_password": "always"},
    ),
    "the stored one of a spare": ([A, B_SPARE], full(YOUNG_BOX) | {"name": "B", "update_password": "always"}),
    "the one in use at another provider": (
        [B_IN_USE],
        full(YOUNG_BOX) | {"name": "B", "smart_hosts": ["smtp.ionos.de"], "update_password": "always"},
    ),
    "of another connector for another domain": ([A, FOR_X], full(YOUNG_BOX) | {"name": "A"}),
    "of another connector that sends to one domain, for all": (
        [A, FOR_X],
        to_strato(name="Neu", login=login(YOUNG_BOX, YOUNG), exclusive=True),
    ),
    "of another connector at another provider": (
        [way("B", YOUNG_BOX, SmartHosts=["smtp.ionos.de"])],
        to_strato(name="Neu", login=login(YOUNG_BOX, YOUNG), exclusive=True),
    ),
    "of another connector beside an old one": (
        [A, B_IN_USE],
        to_strato(name="Neu", login=login(YOUNG_BOX, YOUNG), exclusive=True),
    ),
    "of another connector that is a spare": (
        [A, B_SPARE],
        to_strato(name="Neu", login=login(YOUNG_BOX, YOUNG), exclusive=True),
    ),
    "on a new connector": ([], to_strato(name="Neu", login=login(YOUNG_BOX, YOUNG))),
}


@pytest.mark.parametrize(("host", "options"), WRITTEN.values(), ids=WRITTEN)
def test_no_young_login_is_written(host: Host, options: Options) -> None:
    assert keys_of(refusal(host, options)) == ["mailbox_too_young"]


LET_THROUGH: dict[str, tuple[Host, Options]] = {
    "another login, beside a young spare for larger messages": (
        [A, B_SPARE | {"MaxMessageSize": "unlimited"}],
        full(LOGIN) | {"name": "A"},
    ),
    "the first run, beside a young spare for larger messages": (
        [printed("W"), B_SPARE | {"MaxMessageSize": "unlimited"}],
        to_strato(name="W"),
    ),
    "only TLS changes": ([B_IN_USE], {"name": "B", "require_tls": True}),
    "only TLS changes, the young login declared": ([B_IN_USE], full(YOUNG_BOX) | {"name": "B", "require_tls": True}),
    "its password is written again": ([B_IN_USE], full(YOUNG_BOX) | {"name": "B", "update_password": "always"}),
    "a provider of two names": (
        [way("B", YOUNG_BOX, SmartHosts=["smtp.1und1.de"])],
        {"name": "B", "smart_hosts": ["smtp.ionos.de"]},
    ),
    "a host renamed at one provider": ([B_IN_USE], {"name": "B", "smart_hosts": ["smtp2.strato.de"]}),
    "a customer's own host at one provider": (
        [way("B", YOUNG_BOX, SmartHosts=["w0123.kasserver.com"])],
        {"name": "B", "smart_hosts": ["w0456.kasserver.com"]},
    ),
    "one of two smart hosts goes": (
        [way("B", YOUNG_BOX, SmartHosts=["smtp.strato.de", "smtp.ionos.de"])],
        {"name": "B", "smart_hosts": ["smtp.strato.de"]},
    ),
    "dearer": ([B_IN_USE], {"name": "B", "address_spaces": ["*;7"]}),
    "for fewer domains": ([B_IN_USE], {"name": "B", "address_spaces": ["x.de"], "confirm_no_smarthost": True}),
    "larger messages": ([B_IN_USE], {"name": "B", "max_message_size": "50MB"}),
    "it has sent to all others already": (
        [B_IN_USE, way("X", OLD_BOX, "SMTP:x.de;1")],
        {"name": "X", "state": "absent"},
    ),
    "another connector with the same login takes over": (
        [B_IN_USE],
        full(YOUNG_BOX)
        | {"name": "Neu", "address_spaces": ["*"], "smart_hosts": ["smtp.strato.de"], "exclusive": True},
    ),
    "its traffic goes on to another connector, for one domain": (
        [A, FOR_X],
        full(YOUNG_BOX) | {"name": "Neu", "address_spaces": ["x.de;2"], "smart_hosts": ["smtp2.strato.de"]},
    ),
    "its traffic goes on to another connector at another name of the provider": (
        [way("B", YOUNG_BOX, SmartHosts=["smtp.1und1.de"])],
        full(YOUNG_BOX) | {"name": "Neu", "address_spaces": ["*"], "smart_hosts": ["smtp.ionos.de"], "exclusive": True},
    ),
    "its traffic goes on to another connector, of less": (
        [B_IN_USE],
        full(YOUNG_BOX) | {"name": "Neu", "address_spaces": ["x.de"], "smart_hosts": ["smtp.strato.de"]},
    ),
    "its traffic goes on to one that was switched off, with the login that both have": (
        [B_IN_USE, way("C", YOUNG_BOX, Enabled=False)],
        {**TO_B, "name": "C"},
    ),
    "its traffic goes on to one that was switched off, whose login is written": (
        [B_IN_USE, way("C", OLD_BOX, Enabled=False)],
        full(YOUNG_BOX) | {**TO_B, "name": "C"},
    ),
    "the one before it is removed": ([B_IN_USE, way("C", YOUNG_BOX)], {"name": "B", "state": "absent"}),
    "the one before it is removed, and another is dearer": (
        [B_IN_USE, way("C", YOUNG_BOX, "SMTP:*;5")],
        {"name": "B", "state": "absent"},
    ),
    "beside what it does not touch": ([A, B_OFF, FOR_X], {"name": "A", "comment": "neu"}),
    "beside an equal that stays": ([way("A", OLD_BOX, "SMTP:x.de;1"), FOR_X], {"name": "A", "comment": "neu"}),
    "an old one is switched on": ([B_IN_USE, way("A", Enabled=False)], aged(OLD_BOX) | {**TO_B, "name": "A"}),
    "an old spare takes over": (
        [B_IN_USE, way("A", OLD_BOX, "SMTP:*;5")],
        {"name": "B", "state": "absent", **aged(OLD_BOX)},
    ),
    "switched off": ([A, FOR_X], {"name": "B", "enabled": False}),
    "a login that is stored and not used": (
        [printed("A"), way("B", YOUNG_BOX, Enabled=False, SmartHostAuthMechanism="None")],
        {**TO_B},
    ),
}


@pytest.mark.parametrize(("host", "options"), LET_THROUGH.values(), ids=LET_THROUGH)
def test_what_is_in_use_already_is_let_through(host: Host, options: Options) -> None:
    assert decide(parsed(*host), desired(options), NOW).plan is not None


def test_a_spare_one_does_not_take_over_while_others_are_switched_off() -> None:
    host = [A, way("B", YOUNG_BOX, "SMTP:*;5"), way("C", YOUNG_BOX, "SMTP:*;2")]
    plan = decide(parsed(*host), desired(to_strato(name="Neu", exclusive=True)), NOW).plan
    assert [target for _command, target in commands(plan)] == ["Neu", "B", "C", "A"]


def test_a_password_is_needed_only_where_it_is_written() -> None:
    kept = decide(parsed(A, way("B", Enabled=False)), desired(TO_B | aged(OLD_BOX)), NOW)
    assert (commands(kept.plan)[0], kept.password.written, kept.secrets) == (("Set-SendConnector", "B"), False, {})
    assert keys_of(refusal([A], {"name": "A", **aged(LOGIN)})) == ["password_missing"]
    assert keys_of(refusal([A], {"name": "A", **aged(OLD_BOX), "update_password": "always"})) == ["password_missing"]


def state_of(*connectors: dict[str, Any]) -> State:
    return State(ExchangeServer("SBS", "14.3", 14, ()), parsed(*connectors))


# ---- by whose clock


IN_20_DAYS = NOW + timedelta(days=20)
JUDGED: dict[str, tuple[Host, Options]] = {
    "a login that is written": ([printed("A")], to_strato(name="A", login=login(YOUNG_BOX, YOUNG))),
    "a login that comes into use": ([A, B_OFF], TO_B | aged(YOUNG_BOX)),
}


@pytest.mark.parametrize(("host", "options"), JUDGED.values(), ids=JUDGED)
@pytest.mark.parametrize("lead", [timedelta(days=20), timedelta(hours=1, seconds=1), -timedelta(days=20)], ids=str)
def test_no_age_is_judged_by_a_clock_that_is_far_off(host: Host, options: Options, lead: timedelta) -> None:
    there = FakeHost(*host)
    there.clock = IN_20_DAYS - lead
    subject = SendConnectorSubject(desired(options), lambda: IN_20_DAYS)
    with pytest.raises(HostRefused) as caught:
        run_one(subject, there.session(), ExchangeShell(), lambda data: "s", check_mode=False)
    assert (keys_of(caught.value), len(there.requests)) == (["clock_far_off"], 1)


IN_AN_HOUR_LESS = timedelta(minutes=59)
OF_AGE_IN_AN_HOUR = (NOW - timedelta(days=14) + timedelta(minutes=1)).isoformat()
"""A mailbox that is old enough by a controller that is ahead, and not by its host."""


def judged_by(host: Host, options: Options, *, controller: timedelta, there: timedelta) -> list[str]:
    """The reasons against a run, each clock so far off the right time."""
    fake = FakeHost(*host)
    fake.clock = NOW + there
    subject = SendConnectorSubject(desired(options), lambda: NOW + controller)
    try:
        run_one(subject, fake.session(), ExchangeShell(), lambda data: "s", check_mode=True)
    except MailflowError as refused:
        return keys_of(refused)
    return []


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ([printed("A")], to_strato(name="A", login=login(YOUNG_BOX, OF_AGE_IN_AN_HOUR))),
        ([A, B_OFF], TO_B | {"login": {"username": YOUNG_BOX, "created": OF_AGE_IN_AN_HOUR}}),
        ([A, B_SPARE], {"name": "A", "state": "absent", "login": login(YOUNG_BOX, OF_AGE_IN_AN_HOUR)}),
    ],
    ids=["written", "switched on", "left over"],
)
def test_an_age_is_judged_by_the_earlier_clock(host: Host, options: Options) -> None:
    none, ahead = timedelta(0), IN_AN_HOUR_LESS
    assert judged_by(host, options, controller=ahead, there=none) == ["mailbox_too_young"]
    assert judged_by(host, options, controller=none, there=ahead) == ["mailbox_too_young"]
    assert judged_by(host, options, controller=none, there=none) == ["mailbox_too_young"]
    assert judged_by(host, options, controller=ahead, there=ahead) == []


def test_so_it_is_by_a_restore() -> None:
    there = FakeHost(A)
    content = {"connectors": [saved_connector(each) for each in parsed(way("B", YOUNG_BOX))], "created": []}
    back = {"confirm_no_smarthost": True, "logins": [login(YOUNG_BOX, OF_AGE_IN_AN_HOUR)]}
    subject = RestoreConnectors(going_back(content, NOW + IN_AN_HOUR_LESS, **back))
    with pytest.raises(MailflowError) as caught:
        run_one(subject, there.session(), ExchangeShell(), lambda data: "s", check_mode=True)
    assert keys_of(caught.value) == ["mailbox_too_young"]


def test_no_plan_comes_to_the_gate_with_one_clock_only() -> None:
    """Whoever lets a login come into use has the moment from both clocks."""
    plugins = Path(gate.__file__).parents[2]
    found = {
        f"{path.name}: {ast.unparse(node.args[at])}"
        for path in plugins.rglob("*.py")
        if path.parent.name in ("send_connector", "smarthost_account")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (at := {"decide": 2, "pass_gate": 1}.get(ast.unparse(node.func))) is not None
    }
    assert len(found) >= 4
    assert {each for each in found if "ages_at(" not in each} == {"diff.py: now"}


def test_nor_by_a_restore() -> None:
    there = FakeHost(A)
    content = {"connectors": [saved_connector(each) for each in parsed(B_IN_USE | {"Enabled": False})], "created": []}
    subject = RestoreConnectors(going_back(content, IN_20_DAYS, **{**YOUNG_BACK, "confirm_no_smarthost": True}))
    with pytest.raises(HostRefused) as caught:
        run_one(subject, there.session(), ExchangeShell(), lambda data: "s", check_mode=False)
    assert (keys_of(caught.value), len(there.requests)) == (["clock_far_off"], 1)


def test_what_asks_for_no_age_asks_for_no_clock() -> None:
    there = FakeHost(B_IN_USE)
    there.clock = NOW - timedelta(days=20)
    subject = SendConnectorSubject(desired({"name": "B", "require_tls": True}), lambda: NOW)
    assert run_one(subject, there.session(), ExchangeShell(), lambda data: "s", check_mode=False).error is None


def test_a_host_whose_clock_cannot_be_read_is_believed() -> None:
    there = FakeHost(printed("A"))
    there.fail("Get-HostFacts")
    subject = SendConnectorSubject(desired(to_strato(name="A")), lambda: NOW)
    assert run_one(subject, there.session(), ExchangeShell(), lambda data: "s", check_mode=False).error is None


# ---- back to a saved state


SAVED_AT = NOW - timedelta(hours=1)


def undo(before: Host, options: Options, back: Options, at: datetime | None = SAVED_AT) -> FakeHost:
    """A run and the restore of what it has saved."""
    host, saved = FakeHost(*before), []
    there = SendConnectorSubject(desired(options), lambda: NOW)
    run_one(there, host.session(), ExchangeShell(), lambda data: saved.append(data) or "s", check_mode=False)
    state = saved[0] | {"saved_at": at.isoformat() if at else None}
    subject = RestoreConnectors(going_back(state, **{"confirm_no_smarthost": True, **back}))
    run_one(subject, host.session(), ExchangeShell(), lambda data: "again", check_mode=False)
    return host


BESIDE_A_SPARE = {**TO_B, "name": "A"} | aged(OLD_BOX)
UNDONE: dict[str, tuple[Host, Options, Options]] = {
    "exclusive, beside a young spare": (
        [way("A", Enabled=False), B_SPARE, way("C")],
        BESIDE_A_SPARE,
        {},
    ),
    "exclusive, beside a young spare that comes last": (
        [way("A", Enabled=False), way("B"), way("C", YOUNG_BOX, "SMTP:*;5")],
        BESIDE_A_SPARE,
        {},
    ),
    "the first run": ([printed("A")], to_strato(name="A"), {}),
    "the first run on a young login": ([B_IN_USE], to_strato(name="B"), YOUNG_BACK),
    "exclusive": ([B_IN_USE], to_strato(name="A", exclusive=True), {}),
    "exclusive, onto an old connector": (
        [B_IN_USE, way("A", Enabled=False)],
        {**TO_B, "name": "A"} | aged(OLD_BOX),
        {},
    ),
    "a removal": (
        [B_IN_USE, A | {"AddressSpaces": ["SMTP:*;9"]}],
        {"name": "B", "state": "absent", **aged(OLD_BOX)},
        YOUNG_BACK,
    ),
    "another provider": ([B_IN_USE], {"name": "B", "smart_hosts": ["smtp.ionos.de"], **full(OLD_BOX)}, YOUNG_BACK),
    "a removal of what was switched off": ([A, B_OFF], {"name": "B", "state": "absent"}, YOUNG_BACK),
    "a login of what is switched off": ([A, B_OFF], {"name": "B", **full(OLD_BOX)}, YOUNG_BACK),
    "a removal of what was for one domain": ([A, FOR_X], {"name": "B", "state": "absent"}, YOUNG_BACK),
    "other spaces": (
        [A, FOR_X],
        {"name": "B", "address_spaces": ["x.de", "y.de"], **aged(OLD_BOX), **full(OLD_BOX)},
        YOUNG_BACK,
    ),
    "fewer spaces": (
        [way("B", YOUNG_BOX, "SMTP:x.de;1", "SMTP:y.de;1"), A],
        {"name": "B", "address_spaces": ["x.de"]},
        {},
    ),
    "dearer": ([B_IN_USE], {"name": "B", "address_spaces": ["*;7"]}, {}),
    "smaller messages": ([B_IN_USE], {"name": "B", "max_message_size": "1MB"}, {}),
    "switched off": ([B_IN_USE], {"name": "B", "enabled": False, "confirm_no_smarthost": True}, {}),
    "a login given up": ([A, FOR_X], {"name": "B", "smart_host_auth_mechanism": "None"}, {}),
    "sent straight by DNS": (
        [A, FOR_X],
        {"name": "B", "smart_host_auth_mechanism": "None", "dns_routing_enabled": True},
        {},
    ),
    "only TLS": ([B_IN_USE], {"name": "B", "require_tls": True}, {}),
}


@pytest.mark.parametrize(("before", "options", "back"), UNDONE.values(), ids=UNDONE)
def test_undo_stays_possible_with_a_young_login_that_was_in_use(before: Host, options: Options, back: Options) -> None:
    there = {each.name: each for each in parsed(*undo(before, options, back).connectors)}
    assert {name: each.values for name, each in there.items()} == {each.name: each.values for each in parsed(*before)}
    assert all(there[each.name].username == each.username for each in parsed(*before) if each.username)


def test_a_spare_one_that_was_enabled_comes_back_with_its_young_login() -> None:
    back = undo([A, B_SPARE], {"name": "B", "state": "absent"}, YOUNG_BACK)
    assert [each.username for each in parsed(*back.connectors)] == [OLD_BOX, YOUNG_BOX]


NOT_SHOWN: dict[str, tuple[Host, Options, Options, datetime | None, str]] = {
    # the host before, the run, what is declared for the way back, when it was saved, the reason
    "a time to come": (
        [B_IN_USE],
        to_strato(name="A", exclusive=True),
        {},
        NOW + timedelta(hours=1),
        "login_comes_into_use_again",
    ),
    "a mailbox made since": (
        [B_IN_USE],
        to_strato(name="A", exclusive=True),
        {"logins": [aged(YOUNG_BOX)["login"]]},
        NOW - timedelta(days=9),
        "mailbox_too_young",
    ),
    "no time, and a young mailbox": (
        [B_IN_USE],
        to_strato(name="A", exclusive=True),
        {"logins": [aged(YOUNG_BOX)["login"]]},
        None,
        "mailbox_too_young",
    ),
    "a mailbox made since, of a connector switched off": (
        [A, B_OFF],
        {"name": "B", "state": "absent"},
        YOUNG_BACK,
        NOW - timedelta(days=9),
        "mailbox_too_young",
    ),
}


@pytest.mark.parametrize(("before", "options", "back", "at", "key"), NOT_SHOWN.values(), ids=NOT_SHOWN)
def test_a_saved_state_vouches_for_what_it_shows(
    before: Host, options: Options, back: Options, at: datetime | None, key: str
) -> None:
    with pytest.raises(MailflowError) as caught:
        undo(before, options, back, at)
    assert keys_of(caught.value) == [key]


def test_a_saved_state_does_not_vouch_for_what_others_have_changed_since() -> None:
    """When it was saved, the young login was that of a spare connector, and still is where nothing else has changed."""
    content = SendConnectorSubject(desired({"name": "B", "comment": "neu"}), lambda: NOW)
    state = state_of(A, B_SPARE)
    plan = content.decide(state).plan
    assert plan is not None
    saved = content.to_save(state, plan) | {"saved_at": SAVED_AT.isoformat()}
    back = RestoreConnectors(going_back(saved, confirm_no_smarthost=True))
    assert back.decide(state_of(A, B_SPARE | {"Enabled": False})).plan is not None
    with pytest.raises(MailflowError) as caught:
        back.decide(state_of(A | {"Enabled": False}, B_SPARE | {"Enabled": False}))
    assert keys_of(caught.value) == ["login_comes_into_use_again"]


# ---- whatever the host, the desired and the way back


SPACES = ("SMTP:*;1", "SMTP:*;5", "SMTP:x.de;1", "SMTP:x.de;5", "SMTP:*.x.de;1", "SMTP:*.de;2")
PLACES = ("x.de", "a.x.de", "y.de", "z.org")
HOSTS = (["smtp.strato.de"], ["smtp2.strato.de"], ["smtp.ionos.de"], ["smtp.strato.de", "smtp.ionos.de"])
BOXES = (OLD_BOX, YOUNG_BOX, "jung@beispiel.de")
spaces = st.lists(st.sampled_from(SPACES), min_size=1, max_size=2, unique_by=lambda each: each.partition(";")[0])


@st.composite
def connectors(draw: st.DrawFn, name: str) -> dict[str, Any]:
    changes = {
        "Enabled": draw(st.booleans()),
        "SmartHosts": draw(st.sampled_from(HOSTS)),
        "SmartHostAuthMechanism": draw(st.sampled_from(["BasicAuthRequireTLS"] * 3 + ["None"])),
        "MaxMessageSize": draw(st.sampled_from(["10 MB (10,485,760 bytes)"] * 3 + ["unlimited"])),
    }
    return way(name, draw(st.sampled_from(BOXES)), *draw(spaces), **changes)


hosts = st.tuples(*(connectors(name) for name in "ABC")).map(list)


@st.composite
def declarations(draw: st.DrawFn) -> Options:
    boxes = {OLD_BOX: OLD, YOUNG_BOX: YOUNG, "jung@beispiel.de": YOUNG}
    box = draw(st.sampled_from(BOXES))
    choices: dict[str, st.SearchStrategy[Any]] = {
        "enabled": st.booleans(),
        "address_spaces": spaces,
        "smart_hosts": st.sampled_from(HOSTS),
        "max_message_size": st.sampled_from(["1MB", "unlimited"]),
        "exclusive": st.just(True),
        "update_password": st.sampled_from(["always", "on_create"]),
        "smart_host_auth_mechanism": st.sampled_from(["BasicAuthRequireTLS", "None"]),
        "login": st.sampled_from([login(box, boxes[box]), {"username": box, "created": boxes[box]}]),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(choices))))
    state = {"state": "absent"} if draw(st.integers(0, 5)) == 0 else {}
    options = {key: draw(choices[key]) for key in sorted(chosen)}
    return {
        "name": draw(st.sampled_from("ABCD")),
        "confirm_no_smarthost": True,
        **state,
        **options,
    }


Mail = tuple[str, str, str, str]
"""A place, the space by which mail goes there, the smart host's provider and the login."""


def carried(host: Host) -> set[Mail]:
    """All mail that leaves with a login, by an Exchange that takes the first name of equals."""
    return {mail for place in PLACES for mail in _to(place, host)}


def _to(place: str, host: Host) -> Iterator[Mail]:
    fitting = [
        (_rank(space), -int(cost), -ord(each["Name"]), space, each)
        for each in host
        if each["Enabled"]
        for space, cost in (text.removeprefix("SMTP:").split(";") for text in each["AddressSpaces"])
        if space in ("*", place) or (space.startswith("*.") and f".{place}".endswith(space[1:]))
    ]
    if fitting:
        *_, space, chosen = max(fitting, key=lambda row: row[:3])
        for smart_host in chosen["SmartHosts"] if chosen["SmartHostAuthMechanism"] != "None" else ():
            provider = ".".join(smart_host.split(".")[-2:])
            yield place, space, provider, chosen["AuthenticationCredential"]["UserName"]


def _rank(space: str) -> tuple[bool, int]:
    return not space.startswith("*"), len(space) if space != "*" else 0


def young_and_new(before: set[Mail], after: Host) -> list[Mail]:
    """What a young login carries that it did not carry before: neither mail to this place, nor any by this space."""
    known = {(mail[at], *mail[2:]) for mail in before for at in (0, 1)}
    return [
        each for each in carried(after) if each[3] != OLD_BOX and not {(each[at], *each[2:]) for at in (0, 1)} & known
    ]


@settings(max_examples=300, deadline=None)
@given(host=hosts, options=declarations())
def test_no_plan_lets_a_young_login_carry_what_it_has_not_carried(host: Host, options: Options) -> None:
    there = FakeHost(*host)
    before = carried(host)
    try:
        plan = decide(parsed(*host), desired(options), NOW).plan
    except MailflowError:
        return
    for step in plan.steps if plan else ():
        there._run(step.command, dict(step.parameters), {"login": "Zq7-engine-only-Kupferdach-9134"})
        assert young_and_new(before, there.connectors) == []


@settings(max_examples=200, deadline=None)
@given(host=hosts, options=declarations(), since=hosts, old=st.booleans())
def test_nor_does_a_way_back_but_for_what_the_saved_state_shows(
    host: Host, options: Options, since: Host, old: bool
) -> None:
    there, saved = FakeHost(*host), []
    try:
        subject = SendConnectorSubject(desired(options), lambda: NOW)
        run_one(subject, there.session(), ExchangeShell(), lambda data: saved.append(data) or "s", check_mode=False)
    except MailflowError:
        return
    then = carried(host)
    there.connectors = [dict(each) for each in since]
    logins = [login(OLD_BOX, OLD), *([login(YOUNG_BOX, YOUNG)] if old else [])]
    for content in saved:
        state = content | {"saved_at": SAVED_AT.isoformat()}
        back = RestoreConnectors(going_back(state, confirm_no_smarthost=True, logins=logins))
        try:
            run_one(back, there.session(), ExchangeShell(), lambda data: "again", check_mode=False)
        except MailflowError:
            return
        assert young_and_new(carried(since) | then, there.connectors) == []
