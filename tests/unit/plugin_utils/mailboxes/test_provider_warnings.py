"""Where a declaration differs from the packaged table, and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.provider_warnings import (
    of_account,
    of_connector,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import providers
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject
from tests.unit.plugin_utils.run.examples import HOST, LOGIN, NOW, STRATO, desired, done, printed, to_strato

MB = 1024**2
CONNECTORS: dict[str, tuple[dict[str, Any], str, str | None, int | None, list[str]]] = {
    "as the table has it": ({"port": 587}, "smtp.strato.de", LOGIN, None, []),
    "another port": ({"port": 25}, "smtp.strato.de", LOGIN, None, ["on port 587, not on 25"]),
    "a port that is left out": ({}, "SMTP.Strato.de.", LOGIN, None, []),
    "a name where an address is wanted": ({"port": 587}, "smtp.strato.de", "info", None, ["full e-mail address"]),
    "no login": ({"port": 587}, "smtp.strato.de", None, None, []),
    "an address where a name is wanted": ({}, "{localpart}", LOGIN, None, ["not an address such as"]),
    "a name where a name is wanted": ({}, "{localpart}", "info", None, []),
    "a server that nobody knows": ({"port": 2525, "max_message_size": 10**12}, "mail.kunde.de", "info", None, []),
    "a size that the provider takes": ({"max_message_size": 100 * MB}, "smtp.strato.de", LOGIN, None, []),
    "a size above": ({"max_message_size": 101 * MB}, "smtp.strato.de", LOGIN, None, ["accepts 100MB at most"]),
    "no limit": ({"max_message_size": "unlimited"}, "smtp.strato.de", LOGIN, None, ["accepts 100MB at most"]),
    "no limit but the organisation's": (
        {"max_message_size": "unlimited"},
        "smtp.strato.de",
        LOGIN,
        10 * MB,
        ["no effect above 10MB"],
    ),
    "within the organisation's": ({"max_message_size": 10 * MB}, "smtp.strato.de", LOGIN, 10 * MB, []),
    "above both": (
        {"max_message_size": 300 * MB},
        "smtp.strato.de",
        LOGIN,
        200 * MB,
        ["no effect above 200MB", "accepts 100MB at most"],
    ),
}


def server_of(form: str, protocol: str = "smtp") -> str:
    """A listed server whose every entry wants user names of this form."""
    rows = (row[protocol] or () for row in providers().values())
    return next(
        str(servers[0]["host"])
        for servers in rows
        if servers and {(each["username"], each["host"]) for each in servers} == {(form, servers[0]["host"])}
    )


@pytest.mark.parametrize(("declared", "host", "username", "limit", "expected"), CONNECTORS.values(), ids=CONNECTORS)
def test_what_is_told_of_a_connector(
    declared: dict[str, Any], host: str, username: str | None, limit: int | None, expected: list[str]
) -> None:
    host = host.replace("{localpart}", "") or server_of("localpart")
    found = list(of_connector(declared, {host}, username, limit))
    assert [piece for piece, text in zip(expected, found, strict=True) if piece in text] == expected


def test_no_provider_is_doubted_that_is_declared_as_the_table_has_it() -> None:
    for row in providers().values():
        for each in row["smtp"] or ():
            username = LOGIN if each["username"] == "email" else "info"
            if each["socket"] == "STARTTLS" and len({one["username"] for one in row["smtp"]}) == 1:
                assert list(of_connector({"port": int(each["port"])}, {each["host"]}, username, None)) == []


ACCOUNTS: dict[str, tuple[tuple[str, int, bool | None, str, bool], list[str]]] = {
    "as the table has it": (("pop3.strato.de", 995, True, LOGIN, True), []),
    "another port": (("pop3.strato.de", 1995, True, LOGIN, True), ["on port 995, not on 1995"]),
    "without TLS": (("pop3.strato.de", 995, False, LOGIN, True), ["ssl: true"]),
    "not said": (("pop3.strato.de", 995, None, LOGIN, True), []),
    "a name where an address is wanted": (("pop3.strato.de", 995, True, "info", True), ["full e-mail address"]),
    "one to be switched on": (("pop.gmx.net", 995, True, "info@gmx.de", True), ["enabled it"]),
    "one that was there": (("pop.gmx.net", 995, True, "info@gmx.de", False), []),
    "a server that nobody knows": (("mail.kunde.de", 110, False, "info", True), []),
}


@pytest.mark.parametrize(("given", "expected"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_what_is_told_of_an_account(given: tuple[str, int, bool | None, str, bool], expected: list[str]) -> None:
    found = list(of_account(*given))
    assert [piece for piece, text in zip(expected, found, strict=True) if piece in text] == expected


def decided(found: dict[str, Any], limit: Any, **options: Any) -> tuple[bool, list[str]]:
    """Whether a run would write, and what it says of the provider."""
    subject = SendConnectorSubject(desired(to_strato(**options)), lambda: NOW)
    steps = {each.id for each in subject.read_steps()}
    results = (
        done("read_exchange_servers", {"Name": "SBS", "AdminDisplayVersion": "Version 14.3 (Build 123.4)"}),
        done("read_send_connectors", printed(**STRATO | found)),
        done("read_transport_config", {"MaxSendSize": limit}),
    )
    told = [StepResult(each["id"], "done", tuple(each["output"])) for each in results if each["id"] in steps]
    reply = Reply("0.1.0", "2.0", "SBS", tuple(told))
    decision = subject.decide(subject.parse(reply, HOST))
    return decision.plan is not None, list(decision.notices)


def test_it_is_told_where_something_is_written_and_only_there() -> None:
    assert decided({"Port": 25}, None, port=2587)[0]
    assert "not on 2587" in " ".join(decided({"Port": 25}, None, port=2587)[1])
    assert decided({"Port": 2587}, None, port=2587) == (False, [])


@pytest.mark.parametrize("limit", ["10 MB (10.485.760 bytes)", "10 MB (10,485,760 bytes)", "unlimited", None, "?", 7])
def test_the_organisations_limit_is_read_where_a_size_is_declared(limit: Any) -> None:
    written, notices = decided({}, limit, max_message_size="50MB")
    assert written
    assert any("no effect above 10MB" in each for each in notices) is str(limit).startswith("10 MB")
