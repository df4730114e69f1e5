"""Facts in, plan out: connectors as a host prints them and declared options, and the steps or the refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.diff import ConnectorDecision, decide
from tests.unit.plugin_utils.run.examples import (
    LOGIN,
    NOW,
    OLD,
    PASSWORD,
    STRATO,
    WIZARD,
    YOUNG,
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
    to_strato,
)

Host = list[dict[str, Any]]
Options = dict[str, Any]

DNS_HOST: Host = [printed()]
STRATO_HOST: Host = [printed(**STRATO)]
ALT, B = printed("Alt", AddressSpaces=["SMTP:*;5"]), printed("B", AddressSpaces=["SMTP:*;9"])
TWO_WAYS: Host = [printed(**STRATO), ALT, B]
PARTNER = printed("Partner", AddressSpaces=["SMTP:partner.de;1"])


def decision(host: Host, options: Options) -> ConnectorDecision:
    return decide(parsed(*host), desired(options), NOW)


def refusal(host: Host, options: Options) -> MailflowError:
    expected = desired(options)
    with pytest.raises(MailflowError) as caught:
        permitted(decide(parsed(*host), expected, NOW))
    return caught.value


PLANS: dict[str, tuple[Host, Options, list[tuple[str, str]], list[dict[str, Any]]]] = {
    "from DNS to the smarthost": (
        DNS_HOST,
        to_strato(),
        [("Set-SendConnector", WIZARD)],
        [
            {
                "SmartHosts": ["smtp.strato.de"],
                "DNSRoutingEnabled": False,
                "Port": 587,
                "SmartHostAuthMechanism": "BasicAuthRequireTLS",
                "AuthenticationCredential": credential(),
            }
        ],
    ),
    "another smarthost: DNS routing is said to be off on the same command line, though it is": (
        STRATO_HOST,
        {"name": WIZARD, "smart_hosts": ["smtp.1und1.de"], "login": {"username": LOGIN, "created": OLD}},
        [("Set-SendConnector", WIZARD)],
        [{"SmartHosts": ["smtp.1und1.de"], "DNSRoutingEnabled": False}],
    ),
    "back to DNS": (
        STRATO_HOST,
        {
            "name": WIZARD,
            "dns_routing_enabled": True,
            "smart_host_auth_mechanism": "None",
            "confirm_no_smarthost": True,
        },
        [("Set-SendConnector", WIZARD)],
        [{"SmartHosts": None, "DNSRoutingEnabled": True, "SmartHostAuthMechanism": "None"}],
    ),
    "one setting of many": (
        STRATO_HOST,
        to_strato(max_message_size="25MB", comment=""),
        [("Set-SendConnector", WIZARD)],
        [{"MaxMessageSize": "26214400"}],
    ),
    "a text that is emptied": (
        [printed(**STRATO, Comment="alt", Fqdn="mail.beispiel.de")],
        to_strato(comment="", fqdn=""),
        [("Set-SendConnector", WIZARD)],
        [{"Comment": None, "Fqdn": None}],
    ),
    "values in every form": (
        STRATO_HOST,
        to_strato(
            connection_inactivity_timeout="00:05:00",
            error_policies=["DowngradeDnsFailures", "DowngradeAuthFailures"],
            source_transport_servers=["SBS", "SBS2"],
            address_spaces=["*", "beispiel.de;3"],
            max_message_size="unlimited",
            enabled=True,
        ),
        [("Set-SendConnector", WIZARD)],
        [
            {
                "ConnectionInactivityTimeOut": "00:05:00",
                "ErrorPolicies": "DowngradeAuthFailures, DowngradeDnsFailures",
                "SourceTransportServers": ["sbs", "sbs2"],
                "AddressSpaces": ["SMTP:*;1", "SMTP:beispiel.de;3"],
                "MaxMessageSize": "unlimited",
            }
        ],
    ),
    "a value of the host that cannot be read is written": (
        [printed(**STRATO, MaxMessageSize="zehn Megabyte")],
        to_strato(max_message_size="10MB"),
        [("Set-SendConnector", WIZARD)],
        [{"MaxMessageSize": "10485760"}],
    ),
    "a new connector": (
        [],
        to_strato(name="Strato", usage="Internet"),
        [("New-SendConnector", "Strato")],
        [
            {
                "Name": "Strato",
                "AddressSpaces": ["SMTP:*;1"],
                "SmartHosts": ["smtp.strato.de"],
                "DNSRoutingEnabled": False,
                "Port": 587,
                "SmartHostAuthMechanism": "BasicAuthRequireTLS",
                "Usage": "Internet",
                "AuthenticationCredential": credential(),
            }
        ],
    ),
    "a new connector is given nothing that is nothing": (
        STRATO_HOST,
        {"name": "Partner", "address_spaces": ["partner.de"], "comment": "", "dns_routing_enabled": True},
        [("New-SendConnector", "Partner")],
        [{"Name": "Partner", "AddressSpaces": ["SMTP:partner.de;1"], "DNSRoutingEnabled": True}],
    ),
    "the wizard's connector is adopted by its address space, whatever its language": (
        [printed(**STRATO), PARTNER],
        {"adopt": True, "address_spaces": ["*"], "port": 25},
        [("Set-SendConnector", WIZARD)],
        [{"Port": 25}],
    ),
    "the adopted connector keeps its name, and its cost is no hindrance": (
        [printed(**STRATO, AddressSpaces=["SMTP:*;7"])],
        {"name": "Strato", "adopt": True, "address_spaces": ["*;7"], "port": 25},
        [("Set-SendConnector", WIZARD)],
        [{"Port": 25}],
    ),
    "a name that is there is taken before one is adopted": (
        [printed(**STRATO), printed("Strato", Enabled=False)],
        {"name": "strato", "adopt": True, "address_spaces": ["*"], "comment": "neu"},
        [("Set-SendConnector", "Strato")],
        [{"Comment": "neu"}],
    ),
    "one that was switched off by hand: adopted and switched on, no second one is made": (
        [printed(**STRATO, Enabled=False)],
        to_strato(name="Strato", adopt=True, enabled=True),
        [("Set-SendConnector", WIZARD)],
        [{"Enabled": True}],
    ),
    "nothing to adopt but a name: created": (
        [PARTNER],
        to_strato(name="Strato", adopt=True),
        [("New-SendConnector", "Strato")],
        [
            {
                "Name": "Strato",
                "AddressSpaces": ["SMTP:*;1"],
                "SmartHosts": ["smtp.strato.de"],
                "DNSRoutingEnabled": False,
                "Port": 587,
                "SmartHostAuthMechanism": "BasicAuthRequireTLS",
                "AuthenticationCredential": credential(),
            }
        ],
    ),
    "absent": (
        [printed(**STRATO), PARTNER],
        {"name": "PARTNER", "state": "absent"},
        [("Remove-SendConnector", "Partner")],
        [{}],
    ),
    "exclusive: the others for every domain are switched off, after the change": (
        [*TWO_WAYS, PARTNER, printed("Aus", Enabled=False)],
        to_strato(exclusive=True, comment="neu"),
        [("Set-SendConnector", WIZARD), ("Set-SendConnector", "Alt"), ("Set-SendConnector", "B")],
        [{"Comment": "neu"}, {"Enabled": False}, {"Enabled": False}],
    ),
    "exclusive: at the same cost too": (
        [printed(**STRATO), printed("Alt")],
        to_strato(exclusive=True),
        [("Set-SendConnector", "Alt")],
        [{"Enabled": False}],
    ),
    "exclusive: a new connector is there before the old one goes": (
        STRATO_HOST,
        {"name": "Neu", "address_spaces": ["*"], "smart_hosts": ["smtp.1und1.de"], "exclusive": True},
        [("New-SendConnector", "Neu"), ("Set-SendConnector", WIZARD)],
        [
            {
                "Name": "Neu",
                "AddressSpaces": ["SMTP:*;1"],
                "SmartHosts": ["smtp.1und1.de"],
                "DNSRoutingEnabled": False,
            },
            {"Enabled": False},
        ],
    ),
    "an old sin of the host is let be": (
        [printed(SmartHosts=["smtp.strato.de"], SmartHostAuthMechanism="BasicAuth", DNSRoutingEnabled=False)],
        {"name": WIZARD, "comment": "neu"},
        [("Set-SendConnector", WIZARD)],
        [{"Comment": "neu"}],
    ),
    "an old sin in a value that cannot be read": (
        [printed(SmartHosts=["?"], SmartHostAuthMechanism="BasicAuth", DNSRoutingEnabled=False)],
        {"name": WIZARD, "comment": "neu"},
        [("Set-SendConnector", WIZARD)],
        [{"Comment": "neu"}],
    ),
    "a second way at another cost": (
        [printed(**STRATO)],
        {"name": "Ersatz", "address_spaces": ["*;10"], "smart_hosts": ["smtp.1und1.de"]},
        [("New-SendConnector", "Ersatz")],
        [
            {
                "Name": "Ersatz",
                "AddressSpaces": ["SMTP:*;10"],
                "SmartHosts": ["smtp.1und1.de"],
                "DNSRoutingEnabled": False,
            }
        ],
    ),
    "DNS only, where that is said to be meant": (
        DNS_HOST,
        {"name": WIZARD, "port": 26, "confirm_no_smarthost": True},
        [("Set-SendConnector", WIZARD)],
        [{"Port": 26}],
    ),
    "the last connector, where that is said to be meant": (
        STRATO_HOST,
        {"name": WIZARD, "state": "absent", "confirm_no_smarthost": True},
        [("Remove-SendConnector", WIZARD)],
        [{}],
    ),
}


@pytest.mark.parametrize(("host", "options", "steps", "written"), PLANS.values(), ids=PLANS)
def test_the_plan(host: Host, options: Options, steps: list[tuple[str, str]], written: list[dict[str, Any]]) -> None:
    plan = decision(host, options).plan
    assert commands(plan) == steps
    assert parameters(plan) == written


NOTHING_TO_DO: dict[str, tuple[Host, Options]] = {
    "all is as declared": (STRATO_HOST, to_strato()),
    "in other words": (
        STRATO_HOST,
        to_strato(
            name=WIZARD.upper(),
            address_spaces=["SMTP:*;1"],
            smart_hosts=["SMTP.Strato.DE."],
            max_message_size=10485760,
            connection_inactivity_timeout=600,
            source_transport_servers=["sbs.nt4admins.local"],
            comment="",
            login=login("INFO@Beispiel.de"),
        ),
    ),
    "usage is of creation alone": (STRATO_HOST, to_strato(usage="Partner")),
    "adopted": (STRATO_HOST, to_strato(name=None, adopt=True)),
    "adopted and switched off already": (
        [printed(**STRATO, Enabled=False), PARTNER],
        to_strato(name="Strato", adopt=True, enabled=False),
    ),
    "absent already": (STRATO_HOST, {"name": "Weg", "state": "absent"}),
    "exclusive already": ([*STRATO_HOST, PARTNER, printed("Aus", Enabled=False)], to_strato(exclusive=True)),
    "a host without a smarthost is not braked where nothing is to be done": (DNS_HOST, {"name": WIZARD, "port": 25}),
    "absent from a host without any connector": ([], {"name": "Weg", "state": "absent"}),
}


@pytest.mark.parametrize(("host", "options"), NOTHING_TO_DO.values(), ids=NOTHING_TO_DO)
def test_nothing_to_do_is_no_plan(host: Host, options: Options) -> None:
    found = decision(host, options)
    assert found.plan is None
    assert found.secrets == {}


REFUSALS: dict[str, tuple[Host, Options, type[MailflowError], list[str]]] = {
    "two connectors of one name": (
        [printed(Guid="1"), printed(Guid="2")],
        {"name": WIZARD},
        HostRefused,
        ["duplicate_name"],
    ),
    "two to remove": (
        [printed(Guid="1"), printed(Guid="2")],
        {"name": WIZARD, "state": "absent"},
        HostRefused,
        ["duplicate_name"],
    ),
    "two to adopt": (
        TWO_WAYS,
        {"adopt": True, "address_spaces": ["*"], "port": 25},
        HostRefused,
        ["adopt_not_clear"],
    ),
    "none to adopt": ([PARTNER], {"adopt": True, "address_spaces": ["*"]}, HostRefused, ["nothing_to_adopt"]),
    "two to adopt that are switched off already": (
        [printed("A", Enabled=False), printed("B", Enabled=False)],
        {"adopt": True, "address_spaces": ["*"], "enabled": False},
        HostRefused,
        ["adopt_not_clear"],
    ),
    "none to adopt but one that is switched off": (
        [printed(Enabled=False)],
        {"adopt": True, "address_spaces": ["*"]},
        HostRefused,
        ["only_disabled_to_adopt"],
    ),
    "a name, and none to adopt but one that is switched off": (
        [printed(**STRATO, Enabled=False)],
        to_strato(name="Strato", adopt=True),
        HostRefused,
        ["only_disabled_to_adopt"],
    ),
    "none to adopt, since address spaces cannot be read": (
        [printed(AddressSpaces=[";;"])],
        {"adopt": True, "address_spaces": ["*"]},
        HostRefused,
        ["nothing_to_adopt"],
    ),
    "a new one without address spaces": ([], {"name": "Neu"}, InputRefused, ["create_without_address_space"]),
    "exclusive without every domain": (
        [*STRATO_HOST, PARTNER],
        {"name": "Partner", "exclusive": True},
        InputRefused,
        ["exclusive_without_any_domain"],
    ),
    "exclusive and switched off": (
        STRATO_HOST,
        to_strato(exclusive=True, enabled=False),
        InputRefused,
        ["exclusive_without_any_domain"],
    ),
    "a second way at the same cost": (
        STRATO_HOST,
        {"name": "Neu", "address_spaces": ["*"], "smart_hosts": ["smtp.1und1.de"]},
        HostRefused,
        ["same_cost"],
    ),
    "the same cost after a change": (TWO_WAYS, to_strato(address_spaces=["*;5"]), HostRefused, ["same_cost"]),
    "the last way switched off": (STRATO_HOST, to_strato(enabled=False), HostRefused, ["no_connector_left"]),
    "the last way for other mail alone": (
        STRATO_HOST,
        {"name": WIZARD, "address_spaces": ["beispiel.de"]},
        HostRefused,
        ["no_connector_left"],
    ),
    "the last way removed": (
        [*STRATO_HOST, printed("Aus", Enabled=False)],
        {"name": WIZARD, "state": "absent"},
        HostRefused,
        ["no_connector_left"],
    ),
    "only DNS left by a change": (
        STRATO_HOST,
        {"name": WIZARD, "dns_routing_enabled": True, "smart_host_auth_mechanism": "None"},
        HostRefused,
        ["only_dns_left"],
    ),
    "only DNS left by a removal": (
        [*STRATO_HOST, ALT],
        {"name": WIZARD, "state": "absent"},
        HostRefused,
        ["only_dns_left"],
    ),
    "against the STARTTLS that the connector ignores": (
        [printed(**STRATO, IgnoreSTARTTLS=True)],
        {"name": WIZARD, "require_tls": True, "tls_auth_level": "EncryptionOnly"},
        InputRefused,
        ["tls_auth_level_without_tls"],
    ),
    "against the smart hosts that the connector lacks": (
        DNS_HOST,
        {"name": WIZARD, "dns_routing_enabled": False},
        InputRefused,
        ["neither_smart_hosts_nor_dns"],
    ),
    "two at once": (
        [printed(ForceHELO=True, IgnoreSTARTTLS=True)],
        {"name": WIZARD, "require_tls": True},
        InputRefused,
        ["tls_without_starttls", "helo_without_extensions"],
    ),
    "a young login on a new connector": (
        [],
        to_strato(login=login(created=YOUNG)),
        InputRefused,
        ["mailbox_too_young"],
    ),
    "a change to a young login": (
        STRATO_HOST,
        to_strato(login=login("neu@beispiel.de", YOUNG)),
        InputRefused,
        ["mailbox_too_young"],
    ),
    "a login that would not be written, on a connector that has none": (
        DNS_HOST,
        to_strato(update_password="on_create"),
        InputRefused,
        ["basic_without_login"],
    ),
}


@pytest.mark.parametrize(("host", "options", "kind", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_the_refusal(host: Host, options: Options, kind: type[MailflowError], expected: list[str]) -> None:
    error = refusal(host, options)
    assert keys_of(error) == expected
    assert type(error) is kind


PASSWORDS: dict[str, tuple[Host, Options, bool, str]] = {
    "no login declared": (STRATO_HOST, {"name": WIZARD}, False, "no login is declared"),
    "a new connector": ([], to_strato(update_password="on_create"), True, "the connector is created"),
    "auto, the same login": (STRATO_HOST, to_strato(), False, "is the login already"),
    "always, a young login in use": (
        STRATO_HOST,
        to_strato(login=login(created=YOUNG), update_password="always"),
        True,
        "update_password is always",
    ),
    "auto, the same login in capitals": (STRATO_HOST, to_strato(login=login("Info@BEISPIEL.de")), False, "already"),
    "auto, another login": (
        STRATO_HOST,
        to_strato(login=login("alt@beispiel.de")),
        True,
        f"from {LOGIN} to alt@beispiel.de",
    ),
    "auto, no login yet": (DNS_HOST, to_strato(), True, f"from no login to {LOGIN}"),
    "always": (STRATO_HOST, to_strato(update_password="always"), True, "is always"),
    "on_create, the same login": (STRATO_HOST, to_strato(update_password="on_create"), False, "is on_create."),
    "on_create, another login": (
        STRATO_HOST,
        to_strato(update_password="on_create", login=login("alt@beispiel.de")),
        False,
        f"though the login is {LOGIN}",
    ),
    "absent": (
        STRATO_HOST,
        {"name": WIZARD, "state": "absent", "confirm_no_smarthost": True},
        False,
        "the connector is to be absent",
    ),
}


@pytest.mark.parametrize(("host", "options", "written", "why"), PASSWORDS.values(), ids=PASSWORDS)
def test_the_password_is_written_or_not_and_why(host: Host, options: Options, written: bool, why: str) -> None:
    found = decision(host, options)
    assert found.password.written is written
    assert why in f"{found.password.why}."
    assert found.secrets == ({"login": PASSWORD} if written else {})
    steps = parameters(found.plan)
    assert any("AuthenticationCredential" in step for step in steps) is written


def test_a_rival_at_the_same_cost_does_not_fail_a_host_that_is_as_declared() -> None:
    found = decision([*STRATO_HOST, printed("Rival", AddressSpaces=["SMTP:*;1"])], to_strato())
    assert found.plan is None
    assert [each.name for each in found.others] == ["Rival"]


@pytest.mark.parametrize("host", [DNS_HOST, []], ids=["only DNS", "no connector"])
def test_a_plan_beside_the_ways_for_every_domain_is_not_held_up(host: Host) -> None:
    found = decision(host, {"name": "Partner", "address_spaces": ["partner.de"], "smart_hosts": ["mx.partner.de"]})
    assert commands(found.plan) == [("New-SendConnector", "Partner")]


def test_the_login_alone_may_change() -> None:
    plan = decision(STRATO_HOST, to_strato(login=login("alt@beispiel.de"))).plan
    assert parameters(plan) == [{"AuthenticationCredential": credential("alt@beispiel.de")}]
    assert plan is not None
    assert [change.option for change in plan.steps[0].changes] == ["login.username", "login.password"]


NOTICES: dict[str, tuple[Host, Options, list[str]]] = {
    "nothing to say": (STRATO_HOST, to_strato(), []),
    "a young login that is in use already is kept": (
        STRATO_HOST,
        to_strato(login=login(created=YOUNG)),
        [f"The login {LOGIN} is too young and already in use"],
    ),
    "the new password of a young login in use": (
        STRATO_HOST,
        to_strato(login=login(LOGIN.upper(), created=YOUNG), update_password="always"),
        [f"The login {LOGIN.upper()} is too young and already in use"],
    ),
    "a young login that is neither in use nor written": (
        STRATO_HOST,
        to_strato(login=login("neu@beispiel.de", YOUNG), update_password="on_create"),
        [],
    ),
    "an adopted connector": (
        DNS_HOST,
        to_strato(name="Strato", adopt=True),
        [f"'{WIZARD}' is adopted for 'Strato'"],
    ),
    "a connector that was adopted before": (STRATO_HOST, to_strato(name="Strato", adopt=True), []),
    "the same name in other capitals is no other name": (STRATO_HOST, to_strato(name=WIZARD.lower()), []),
    "other connectors for every domain": (
        TWO_WAYS,
        to_strato(),
        [
            "Mail to * (cost 5) may be sent through the connector 'Alt'",
            "Mail to * (cost 9) may be sent through the connector 'B'",
        ],
    ),
    "others that this run switches off": (TWO_WAYS, to_strato(exclusive=True), []),
    "doubts about the wish": (STRATO_HOST, to_strato(fqdn="mail.beispiel.de"), ["fqdn: according to Microsoft"]),
}


@pytest.mark.parametrize(("host", "options", "expected"), NOTICES.values(), ids=NOTICES)
def test_the_notices(host: Host, options: Options, expected: list[str]) -> None:
    notices = decision(host, options).notices
    assert [piece for piece, notice in zip(expected, notices, strict=True) if piece in notice] == expected


@pytest.mark.parametrize("options", [to_strato(), to_strato(exclusive=True)])
def test_the_other_connectors_for_every_domain_are_told(options: Options) -> None:
    assert [each.name for each in decision(TWO_WAYS, options).others] == ["Alt", "B"]


def test_no_declared_option_no_parameter() -> None:
    """Whatever a host has, a declaration of one option writes that option and nothing else."""
    odd = printed(**STRATO, Comment="fremd", MaxMessageSize="unlimited", RequireTLS=True, Fqdn="x.de")
    assert parameters(decision([odd], {"name": WIZARD, "port": 25}).plan) == [{"Port": 25}]


def test_every_step_names_its_connector_by_guid_and_asks_nothing() -> None:
    plan = decision(TWO_WAYS, to_strato(exclusive=True, comment="neu")).plan
    assert plan is not None
    said = [(step.parameters["Identity"], step.parameters["Confirm"]) for step in plan.steps]
    assert said == [(guid(WIZARD), False), (guid("Alt"), False), (guid("B"), False)]


def test_a_change_tells_before_and_after_for_a_person() -> None:
    plan = decision(DNS_HOST, to_strato(max_message_size="25MB")).plan
    assert plan is not None
    shown = [(change.option, change.before, change.after) for change in plan.steps[0].changes]
    why = f"the login changes from no login to {LOGIN}"
    assert shown == [
        ("smart_hosts", None, ["smtp.strato.de"]),
        ("port", 25, 587),
        ("dns_routing_enabled", True, False),
        ("smart_host_auth_mechanism", "None", "BasicAuthRequireTLS"),
        ("max_message_size", "10MB", "25MB"),
        ("login.username", None, LOGIN),
        ("login.password", "(never read)", f"(written: {why})"),
    ]


def test_after_the_plan_the_connectors_are_as_wished() -> None:
    after = {each.name: each for each in decision(TWO_WAYS, to_strato(exclusive=True, port=25)).after}
    assert after[WIZARD].values["port"] == 25
    assert [name for name, each in sorted(after.items()) if each.enabled] == [WIZARD]


EQUAL: list[Callable[[], ConnectorDecision]] = [
    lambda: decision(DNS_HOST, to_strato()),
    lambda: decision(DNS_HOST, to_strato(smart_hosts=["SMTP.strato.de"], address_spaces="*")),
    lambda: decision([*DNS_HOST, PARTNER], to_strato()),
    lambda: decision(DNS_HOST, to_strato(login=login(password="Another-Password-77-Regenfass"))),
]
DIFFERENT: list[Callable[[], ConnectorDecision]] = [
    lambda: decision(DNS_HOST, to_strato()),
    lambda: decision(DNS_HOST, to_strato(port=25)),
    lambda: decision([printed(Guid="another")], to_strato()),
    lambda: decision([printed(Port=24)], to_strato()),
    lambda: decision(DNS_HOST, to_strato(login=login("alt@beispiel.de"))),
    lambda: decision(DNS_HOST, to_strato(comment="neu")),
    lambda: decision([], to_strato()),
]


def digests(decisions: list[Callable[[], ConnectorDecision]]) -> set[str]:
    plans = [each().plan for each in decisions]
    return {plan.digest for plan in plans if plan}


def test_equal_plans_have_one_digest() -> None:
    assert len(digests(EQUAL)) == 1


def test_different_plans_have_different_digests() -> None:
    assert len(digests(DIFFERENT)) == len(DIFFERENT)


@pytest.mark.parametrize("host", [DNS_HOST, []])
def test_the_password_is_nowhere_but_among_the_secrets(host: Host) -> None:
    found = decision(host, to_strato())
    assert found.plan is not None
    assert PASSWORD not in json.dumps(found.plan.as_data()) + repr(found) + repr(found.plan.wire_steps())
    assert found.secrets == {"login": PASSWORD}
