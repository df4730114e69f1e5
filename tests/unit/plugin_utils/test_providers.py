"""The packaged table of mail providers: sane rows, and the STARTTLS port that a refusal of port 465 names."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.providers import providers, starttls_port

ROWS = sorted(providers().items())
SERVERS = [
    pytest.param(server, id=f"{key}-{server['host']}-{server['port']}")
    for key, row in ROWS
    for server in [*(row["smtp"] or ()), *(row["pop3"] or ())]
]
SOCKETS = {"SSL", "STARTTLS", "plain"}


def on(row: dict[str, Any], socket: str) -> list[int]:
    """The ports on which a provider's SMTP servers are listed with that kind of socket."""
    return [server["port"] for server in row["smtp"] or () if server["socket"] == socket]


def test_the_providers_that_small_german_businesses_use_are_there() -> None:
    assert {"strato", "ionos", "1und1", "t-online", "gmx", "web.de", "all-inkl", "hetzner"} <= set(providers())


def test_the_table_is_read_once() -> None:
    assert providers() is providers()


@pytest.mark.parametrize(("key", "row"), ROWS, ids=[key for key, _ in ROWS])
def test_a_row_has_a_name_and_domains(key: str, row: dict[str, Any]) -> None:
    assert key == key.strip().lower()
    assert row["display_name"].strip() == row["display_name"] != ""
    assert row["domains"] is None or all("." in domain or "<" in domain for domain in row["domains"])


@pytest.mark.parametrize(("key", "row"), ROWS, ids=[key for key, _ in ROWS])
def test_the_starttls_port_of_a_row_is_the_first_of_its_servers(key: str, row: dict[str, Any]) -> None:
    assert row["starttls_port"] == next(iter(on(row, "STARTTLS")), None)


@pytest.mark.parametrize(("key", "row"), ROWS, ids=[key for key, _ in ROWS])
def test_no_provider_speaks_starttls_on_465(key: str, row: dict[str, Any]) -> None:
    assert 465 not in on(row, "STARTTLS")
    assert set(on(row, "SSL")) <= {465}


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_is_a_host_a_port_and_a_socket(server: dict[str, Any]) -> None:
    assert server["host"] == server["host"].lower() or "<" in server["host"]
    assert " " not in server["host"]
    assert type(server["port"]) is int
    assert 0 < server["port"] < 65536
    assert server["socket"] in SOCKETS


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("smtp.strato.de", 587),
        ("SMTP.Strato.DE", 587),
        ("smtp.ionos.de", 587),
        ("securesmtp.t-online.de", 587),
        ("mail.clustermail.de", 587),
        ("smtp.websupport.sk", 25),
        ("smtp.seznam.cz", None),
        ("smtp.beispiel.de", None),
        ("strato.de", None),
        ("pop3.strato.de", None),
        ("", None),
        ("10.0.0.1", None),
    ],
)
def test_the_starttls_port_of_a_smart_host(host: str, port: int | None) -> None:
    assert starttls_port(host) == port


def test_every_listed_starttls_server_is_found() -> None:
    hosts = [server["host"] for _, row in ROWS for server in row["smtp"] or () if server["socket"] == "STARTTLS"]
    whole = [host for host in hosts if "<" not in host]  # others differ from customer to customer
    assert len(whole) > 20
    assert [host for host in whole if starttls_port(host) is None] == []
