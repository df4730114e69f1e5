"""What other connectors mean for a declaration: ways past it, rivals, look-alike names, connectors of other servers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.diff import ConnectorDecision, decide
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.routes import looks_like, reach
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import as_flow
from tests.unit.plugin_utils.run.examples import (
    NOW,
    STRATO,
    WIZARD,
    desired,
    keys_of,
    parsed,
    permitted,
    printed,
    to_strato,
)

OURS = printed(**STRATO)
PARTNER = {"name": "Partner", "address_spaces": ["partner.de"], "smart_hosts": ["mx.partner.de"]}


def decision(host: list[dict[str, Any]], options: dict[str, Any], server: str | None = "SBS") -> ConnectorDecision:
    return decide(parsed(*host), desired(options), NOW, server=server)


def refused(host: list[dict[str, Any]], options: dict[str, Any], server: str | None = "SBS") -> list[str]:
    with pytest.raises(HostRefused) as caught:
        permitted(decision(host, options, server))
    return keys_of(caught.value)


def told(other: dict[str, Any], **options: Any) -> bool:
    """Whether a converged run says a word of the other connector."""
    found = decision([OURS, other], to_strato(**options))
    assert found.plan is None
    return any("'Anderer'" in notice for notice in found.notices)


SPACES = {
    "SMTP:*;5": True,
    "*": True,
    "SMTP:*.de;1": True,
    "*.beispiel.de": True,
    "SMTP:gmx.net;1": True,
    "smtp:GMX.net;100": True,
    "--": True,
    "SMTP:--;7": True,
    "Local:SMTP:gmx.net;1": True,
    "Local: gmx.net": True,
    "gmx.net; 20": True,
    "nt4admins.local": True,
    "SMTP:companyweb;1": False,
    "companyweb": False,
    "SMTP:intern;1": False,
    "X400:c=de\\;a=gmx.net\\;p=X;1": False,
    "NOTES:*.de;1": False,
    "FAX:*;1": False,
    "": False,
}
"""An address space as a host may print it, and whether mail to the internet can leave by it."""


@pytest.mark.parametrize(("space", "expected"), SPACES.items(), ids=SPACES)
def test_a_way_that_can_take_mail_to_the_internet_is_told_in_every_run(space: str, expected: bool) -> None:
    other = printed("Anderer", AddressSpaces=["SMTP:intern2;3", space])
    assert told(other) is expected
    assert told(printed("Anderer", AddressSpaces=[space], Enabled=False)) is False


@pytest.mark.parametrize("known", [["Anderer"], ["ANDERER"], ["gmx.net", "*.de"], ["*.DE", "anderer"]])
def test_a_way_that_is_declared_to_be_known_is_not(known: list[str]) -> None:
    other = printed("Anderer", AddressSpaces=["SMTP:gmx.net;1", "SMTP:*.de;5"])
    assert told(other, known_routes=known) is False
    assert told(other, known_routes=["gmx.net"]) is True
    assert told(other, known_routes=[]) is True


def test_what_is_told_names_spaces_costs_and_the_way() -> None:
    other = printed("Anderer", **STRATO | {"AddressSpaces": ["SMTP:gmx.net;1", "SMTP:*.de;5", "SMTP:intern;1"]})
    (notice,) = decision([OURS, other], to_strato()).notices
    assert "Mail to *.de (cost 5), gmx.net (cost 1)" in notice
    assert "(smtp.strato.de) instead of" in notice
    assert "(DNS)" in decision([OURS, printed("Anderer", AddressSpaces=["gmx.net"])], to_strato()).notices[0]


def test_spaces_of_the_house_and_all_others_stand_in_the_facts() -> None:
    house = printed("Windows SBS Company Web Connector SBS", AddressSpaces=["SMTP:companyweb;1"])
    both = printed("Anderer", AddressSpaces=["SMTP:*.de;5", "SMTP:intern;1"])
    off = printed("Aus", AddressSpaces=["SMTP:*;1"], Enabled=False)
    found = decision([OURS, house, both, off], to_strato())
    assert as_flow(found, WIZARD).facts["other_routes"] == [
        {"name": "Anderer", "address_spaces": ["SMTP:*.de;5", "SMTP:intern;1"], "internet": ["*.de"]},
        {"name": house["Name"], "address_spaces": ["SMTP:companyweb;1"], "internet": []},
    ]


@pytest.mark.parametrize("value", [None, "kaputt", [], ["???"], [""], 7])
def test_spaces_that_cannot_be_read_are_no_way(value: Any) -> None:
    assert reach(parsed(printed("Anderer", AddressSpaces=value))[0]) == {}


RIVALS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the same space and cost": ({"AddressSpaces": ["SMTP:partner.de;1"]}, ["same_cost"]),
    "one of several": ({"AddressSpaces": ["SMTP:x.de;1", "SMTP:partner.de;1"]}, ["same_cost"]),
    "another cost": ({"AddressSpaces": ["SMTP:partner.de;2"]}, []),
    "another space": ({"AddressSpaces": ["SMTP:*.partner.de;1"]}, []),
    "switched off": ({"AddressSpaces": ["SMTP:partner.de;1"], "Enabled": False}, []),
}


@pytest.mark.parametrize(("rival", "expected"), RIVALS.values(), ids=RIVALS)
def test_a_second_way_at_the_same_cost_is_not_made(rival: dict[str, Any], expected: list[str]) -> None:
    host = [OURS, printed("Rivale", **rival)]
    for known in ({}, {"known_routes": ["Rivale"]}):
        if expected:
            assert refused(host, {**PARTNER, **known}) == expected
        else:
            assert decision(host, {**PARTNER, **known}).plan
    assert decision(host, {**PARTNER, "enabled": False}).plan


@pytest.mark.parametrize("options", [{}, {"known_routes": ["Rivale"]}])
def test_one_that_is_there_already_is_told_and_holds_nothing_up(options: dict[str, Any]) -> None:
    """Mail leaves that way today."""
    found = decision([OURS, printed("Rivale", AddressSpaces=["SMTP:*;1"])], to_strato(**options))
    assert found.plan is None
    assert any("Exchange chooses" in notice for notice in found.notices) is (not options)


def test_two_that_share_a_part_of_the_mail_today_may_be_changed() -> None:
    host = [OURS, *(printed(name, AddressSpaces=["SMTP:partner.de;1"]) for name in ("Partner", "Rivale"))]
    found = decision(host, {"name": "Partner", "comment": "neu"})
    assert found.plan
    assert any("'Partner' and 'Rivale'" in notice for notice in found.notices)


def test_two_others_that_compete_are_told_unless_one_is_known() -> None:
    host = [OURS, *(printed(name, AddressSpaces=["SMTP:*.de;1"]) for name in ("Eins", "Zwei"))]
    assert sum("'Eins' and 'Zwei'" in notice for notice in decision(host, to_strato()).notices) == 1
    assert decision(host, to_strato(known_routes=["*.de"])).notices == ()


ALIKE = {
    "Smarthost Strato": True,
    "smarthost strato": True,
    "SmarthostStrato": True,
    "Smarthost-Strato": True,
    "Smarthost\u2013Strato": True,
    "Smarthost\u2212Strato": True,
    "Smarthost_Strato": True,
    "Smarthost  Strato": True,
    "Smarthost\u00a0Strato": True,
    "Smarthost\u200b Strato": True,
    "Smarthost\u00adStrato": True,
    "Sm\u0430rthost Str\u0430to": True,
    "\uff33marthost Strato": True,
    "Smarth0st Strato": True,
    "Smarthost\u3164Strato": True,
    "Smarthost Strato 2": False,
    "Smarthost IONOS": False,
    "Strato": False,
}


@pytest.mark.parametrize(("name", "expected"), ALIKE.items(), ids=map(ascii, ALIKE))
def test_a_look_alike_is_named_before_a_second_connector_is_made(name: str, expected: bool) -> None:
    assert looks_like(name, "Smarthost Strato") is expected
    host, options = [printed(name, AddressSpaces=["SMTP:*;9"])], to_strato(name="Smarthost Strato")
    if name.lower() == "smarthost strato" or not expected:
        assert decision(host, options).plan
    else:
        assert refused(host, options) == ["look_alike_name"]
        assert decision(host, to_strato(name="Smarthost Strato", known_routes=[name])).plan
        assert decision(host, {"name": "Smarthost Strato", "state": "absent"}).notices


def test_a_look_alike_rival_gives_both_reasons() -> None:
    assert refused([printed("Partner-", AddressSpaces=["partner.de"])], PARTNER) == ["look_alike_name", "same_cost"]


STRANGE: dict[str, tuple[dict[str, Any], list[str], dict[str, Any]]] = {
    "another server's": (
        {"SourceTransportServers": ["ALT"]},
        ["adopts_of_other_servers"],
        {"source_transport_servers": ["SBS"]},
    ),
    "scoped": ({"IsScopedConnector": True}, ["adopts_scoped"], {"is_scoped_connector": False}),
    "scoped on purpose": ({"IsScopedConnector": True}, ["adopts_scoped"], {"is_scoped_connector": True}),
    "both": (
        {"SourceTransportServers": ["ALT", "ALT2"], "IsScopedConnector": True},
        ["adopts_of_other_servers", "adopts_scoped"],
        {"source_transport_servers": ["SBS"], "is_scoped_connector": False},
    ),
    "one of several": ({"SourceTransportServers": ["ALT", "sbs"]}, [], {}),
    "not told": ({"SourceTransportServers": None}, [], {}),
    "told as nobody can read": ({"SourceTransportServers": "?"}, [], {}),
}


@pytest.mark.parametrize(("found", "expected", "way_out"), STRANGE.values(), ids=STRANGE)
def test_a_connector_of_elsewhere_is_not_adopted_in_silence(
    found: dict[str, Any], expected: list[str], way_out: dict[str, Any]
) -> None:
    host, adopting = [printed(**found)], to_strato(name=None, adopt=True)
    if expected:
        assert refused(host, adopting) == expected
        assert len(decision([printed(**STRATO | found)], adopting).notices) == len(expected)
    assert decision(host, {**adopting, **way_out}).plan
    named = decision(host, to_strato())
    assert named.plan
    assert len(named.notices) == len(expected)
    assert decision(host, to_strato(**way_out)).notices == ()
