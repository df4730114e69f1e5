"""The ways on which mail comes in, beside the nouns of a run and alone: what they cost, stop and tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import EMPTY, Answer, Resolver
from tests.unit.plugin_utils.mail_flow.flow_host import ALL, POP3, POP3_STORED, UNTOUCHED, Server
from tests.unit.plugin_utils.pop3_connector.pop3_host import declared, options

MX = {"domain": "beispiel.com", "way": "mx"}
BY_POP3 = {"domain": "beispiel.de", "way": "pop3"}
BY_OTHER = {"domain": "beispiel.com", "way": "collector", "mailboxes": ["m4711"]}
WAYS: dict[str, Any] = {"domains": [MX, BY_POP3]}
POPCON = {"services": [{"name": "POPconService", "display_name": "POPcon PRO"}]}
PLAIN = options(declared(1, password=POP3_STORED), validate_logins=False, confirm_mailbox=True)
LAN = {"Name": "LAN", "RemoteIPRanges": ["192.168.1.0/24"], "PermissionGroups": "AnonymousUsers"}


@pytest.fixture
def sbs(tmp_path: Path) -> Server:
    return Server(tmp_path / "kept", UNTOUCHED)


def rows(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Check -> its result and what was found, of the group."""
    checks = told.get("checks") or told["nouns"]["preflight"]["checks"]
    return {each["name"]: (each["result"], each["found"]) for each in checks if each["group"] == "inbound"}


def founds(told: dict[str, Any]) -> str:
    return " ".join(each["found"] for each in told.get("reasons", ()))


def test_converged_it_adds_no_remote_process(sbs: Server) -> None:
    sbs.flow(ALL)
    alone = sbs.flow(ALL)
    assert (alone["changed"], len(sbs.requests), rows(alone)) == (False, 1, {})
    told = sbs.flow(ALL, inbound=WAYS)
    assert (told["changed"], told.get("failed"), len(sbs.requests)) == (False, None, 1)
    assert rows(told)["inbound_open"] == (
        "pass",
        "mail to beispiel.com can come in by mx; mail to beispiel.de can come in by pop3",
    )
    assert rows(told)["inbound_collectors"][0] == "pass" and rows(told)["inbound_filter"][0] in ("pass", "warn")


SOMETHING: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"transport": {**ALL["transport"], "calm_for_provider": "ionos"}}, False),
    ({"receive_connector": {**ALL["receive_connector"], "max_message_size": "30MB"}}, True),
]


@pytest.mark.parametrize(("more", "asks"), SOMETHING)
def test_dns_is_asked_where_something_of_a_way_in_is_to_be_written(
    sbs: Server, more: dict[str, Any], asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And all recipients are read by a preflight alone."""
    asked: list[str] = []
    monkeypatch.setattr(Resolver, "ask", lambda _self, name, kind: asked.append(name) or Answer(EMPTY))
    nouns = {noun: ALL[noun] for noun in ("receive_connector", "pop3_connector", "transport")}
    sbs.flow(nouns)
    asked.clear()
    told = sbs.flow({**nouns, **more}, True, inbound=WAYS)
    assert ("beispiel.com" in asked, told["changed"]) == (asks, bool(more)) and (asks or asked == [])
    assert ("inbound_mx" in rows(told)) is asks and "inbound_recipients" not in rows(told)
    assert "'Get-Recipient'" not in str(sbs.requests)
    assert "inbound_mx" in rows(sbs.run("inbound", WAYS)) and "'Get-Recipient'" in str(sbs.requests)


def test_a_noun_without_exchange_has_its_ways_judged_all_the_same(sbs: Server) -> None:
    sbs.flow({"pop3_connector": PLAIN})
    told = sbs.flow({"pop3_connector": PLAIN}, inbound=WAYS)
    assert len(sbs.requests) == 1 and sbs.requests[0]["exchange"] == "snapin"
    assert rows(told)["inbound_accepted"][0] == "fail" and "failed" not in told
    assert any("inbound_accepted" in each for each in told["warnings"])


def test_without_any_noun_it_only_looks(sbs: Server) -> None:
    before = sbs.dump()
    told = sbs.flow({}, inbound=WAYS)
    assert ("failed" in told, told["changed"], len(sbs.requests)) == (False, False, 1) and sbs.dump() == before
    assert rows(told)["inbound_open"][0] == "pass"


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_plan_that_closes_the_last_way_is_refused_alone(sbs: Server, check_mode: bool) -> None:
    gone = options(declared(1, state="absent", password=None), allow_removal=True, validate_logins=False)
    # By mailbox, a domain is fetched by whom nobody has declared.
    told = sbs.flow({**ALL, "pop3_connector": gone}, check_mode, inbound={"domains": [MX]})
    assert "failed" not in told["nouns"]["pop3_connector"]
    again = Server(sbs.folder / "again", UNTOUCHED)
    told = again.flow({**ALL, "pop3_connector": {**gone, "accounts": [*gone["accounts"]]}}, check_mode, inbound=WAYS)
    assert told["failed"] and "inbound_nothing_fetched" not in str(told) and "no account" in founds(told)


def test_a_last_way_is_not_closed_by_what_is_planned(sbs: Server) -> None:
    """An account whose way is another one's is refused before the host is read; one that takes the host's only account
    of the domain away, after."""
    moved = options(
        declared(3, replaces={"server": "pop3.strato.de", "port": 995, "username": "user1@beispiel.de"}),
        validate_logins=False,
        confirm_mailbox=True,
    )
    other = {"domain": "beispiel.com", "way": "mx", "mailboxes": ["user1@beispiel.de"], "transition": True}
    closed = {**UNTOUCHED, "receive_connectors": [LAN]}
    server = Server(sbs.folder, closed)
    told = server.flow({"pop3_connector": moved, "transport": ALL["transport"]}, inbound={"domains": [other]})
    assert told["nouns"]["transport"]["changed"] and told["nouns"]["pop3_connector"]["failed"]
    assert "mail to beispiel.com can come in by no way" in founds(told["nouns"]["pop3_connector"])
    assert "preflight_accept: [inbound_open]" in told["msg"]
    accepted = server.flow(
        {"pop3_connector": moved}, inbound={"domains": [other]}, preflight={"accept": ["inbound_open"]}
    )
    assert accepted["nouns"]["pop3_connector"]["changed"]


def test_a_collector_that_appears_later(sbs: Server) -> None:
    pop3 = {"pop3_connector": POP3}
    sbs.flow(pop3, inbound=WAYS)
    assert "failed" not in sbs.flow(pop3, inbound=WAYS)
    sbs.machine.change(POPCON)
    told = sbs.flow(pop3, inbound=WAYS)
    assert told["failed"] and "POPcon, POPcon PRO (Servolutions), known by its name" in told["msg"]
    assert rows(told)["inbound_collectors"][0] == "fail" and not told["changed"]
    # Its own domains confirm nothing for others.
    for_own = {"domains": [BY_POP3, BY_OTHER]}
    assert sbs.flow(pop3, inbound=for_own)["failed"]
    told = sbs.flow(pop3, inbound={**for_own, "confirm_no_other_collector": True})
    assert "failed" not in told and rows(told)["inbound_collectors"][0] == "pass"
    assert any("POPcon" in each for each in told["warnings"])
    # The same counts for the noun's own run.
    assert sbs.run("pop3_connector", POP3)["failed"]
    sbs.variables = {"inbound_confirm_no_other_collector": True}
    assert "failed" not in sbs.run("pop3_connector", POP3)


def test_what_is_confirmed_of_the_accounts_is_confirmed_of_their_domains(sbs: Server) -> None:
    sbs.machine.change(POPCON)
    confirmed = {"pop3_connector": {**PLAIN, "confirm_no_other_collector": True}, "transport": ALL["transport"]}
    for more in ({}, {"only": ["transport"]}):
        told = sbs.flow(confirmed, inbound={"domains": [BY_POP3]}, **more)
        assert rows(told)["inbound_collectors"][0] == "warn" and "failed" not in told


def test_what_is_declared_of_the_connector_counts_where_it_takes_no_part(tmp_path: Path) -> None:
    """A collector that the inventory names, and files at another place."""
    own = {"services": [{"name": "Sammler9", "display_name": "Sammler 9"}]}
    sbs = Server(tmp_path / "own", {**UNTOUCHED, **own})
    sbs.variables = {"pop3_connector_other_collectors": ["sammler*"]}
    assert "Sammler 9" in rows(sbs.run("inbound", {"domains": [BY_OTHER]}))["inbound_collectors"][1]
    told = sbs.flow({"transport": ALL["transport"]})
    assert any("Sammler 9" in each for each in told["warnings"])
    sbs.variables = {"pop3_connector_file": "D:\\anders.cfg", "pop3_connector_service": "anders"}
    sbs.run("inbound", {"domains": [BY_POP3]})
    assert {"Path": "D:\\anders.cfg", "Service": "anders"} in [
        each["parameters"] for each in sbs.requests[0]["steps"] if each["command"] == "Read-Pop3Records"
    ]


@pytest.mark.parametrize("nothing", [{}, {"domains": []}, {"domains": None, "confirm_no_other_collector": True}])
def test_to_look_at_nothing_is_refused(sbs: Server, nothing: dict[str, Any]) -> None:
    assert "no domain" in founds(sbs.run("inbound", nothing)) and sbs.requests == []
    assert "nothing declared" in founds(sbs.flow({}, inbound=nothing)) and sbs.requests == []
    assert "failed" not in sbs.flow({"transport": ALL["transport"]}, inbound=nothing)


def test_a_declared_collector_that_is_not_there_is_told(sbs: Server) -> None:
    told = sbs.flow({"transport": ALL["transport"]}, inbound={"domains": [BY_OTHER]})
    assert rows(told)["inbound_collectors"][0] == "warn" and rows(told)["inbound_open"][0] == "fail"
    assert any("beispiel.com is collector" in each for each in told["warnings"])


@pytest.mark.parametrize(
    ("inbound", "pop3", "words"),
    [
        ({"domains": [MX, {**BY_POP3, "domain": "beispiel.com"}]}, POP3, "the ways mx and pop3"),
        ({"domains": [{**MX, "domain": "beispiel.de"}]}, POP3, "although mail to beispiel.de comes in by mx"),
        ({"domains": [{**BY_OTHER, "mailboxes": ["USER1@beispiel.de"]}]}, POP3, "fetched both by the POP3 connector"),
        (WAYS, {**POP3, "service_state": "stopped"}, "stopped by the declaration"),
        ({"domains": 5}, POP3, "5"),
        (5, POP3, "inbound: a int"),
    ],
)
def test_what_is_refused_before_the_host_is_read(sbs: Server, inbound: Any, pop3: Any, words: str) -> None:
    told = sbs.flow({"pop3_connector": pop3, "transport": {"message_retry_interval": "soon"}}, inbound=inbound)
    assert told["failed"] and sbs.requests == []
    assert words in founds(told) and "soon" in founds(told)


def test_alone_it_is_a_preflight_of_its_own_group(sbs: Server) -> None:
    before = sbs.dump()
    told = sbs.run("inbound", WAYS)
    assert (told["changed"], len(sbs.requests), sbs.dump()) == (False, 1, before)
    assert {each["group"] for each in told["checks"]} == {"inbound"} and told["said"] == told["lines"]
    assert set(rows(told)) >= {"inbound_mx", "inbound_accepted", "inbound_open", "inbound_collectors"}
    assert sbs.run("inbound", {"domains": [{**MX, "way": "pop"}]})["failed"] and sbs.requests == []


def test_a_preflight_judges_what_is_declared_for_the_role(sbs: Server) -> None:
    sbs.variables = {"inbound_domains": [MX, BY_POP3]}
    told = sbs.run("preflight", {"only": ["inbound"]})
    assert set(rows(told)) >= {"inbound_open", "inbound_mx"}
    sbs.variables = {"inbound_domains": [MX, {**BY_POP3, "domain": "beispiel.com"}]}
    assert "the ways mx and pop3" in founds(sbs.run("preflight", {"only": ["inbound"]}))


def test_a_german_host(tmp_path: Path) -> None:
    told = Server(tmp_path, {**UNTOUCHED, "language": "de"}).flow({"pop3_connector": PLAIN}, inbound=WAYS)
    assert rows(told)["inbound_open"][0] == "pass" and rows(told)["inbound_collectors"][0] == "pass"
