"""Who would lose a connector: the addresses that are taken from one, and the clients there that have used it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector import clients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.clients import (
    Client,
    Clients,
    Serving,
    given_up,
    kept_for_itself,
    losses,
    parse_clients,
    who_loses,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.ranges import (
    Binding,
    parse_range,
    public,
    range_of,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.state import (
    ReceiveConnector,
    takes_from,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult
from tests.unit.plugin_utils.receive_connector.receiving_host import (
    ALL,
    INSIDE,
    INTERNET,
    LAN,
    OWN,
    SBS,
    SCANNER,
    SCANS,
    connectors,
    printed,
)

Rows = list[dict[str, Any]]
BASE: Rows = [printed(), SCANS, printed("Default SBS", **LAN)]
WITHOUT = [printed(), printed("Default SBS", **LAN)]


def lost(before: Rows, after: Rows, relaying: tuple[str, ...] = ()) -> list[tuple[str, str, str | None]]:
    """What is lost: addresses, of which connector, and which one takes them then."""

    def relays(each: ReceiveConnector) -> bool:
        return each.name in relaying

    one, two = (Serving(connectors(*rows), relays, OWN) for rows in (before, after))
    return [(str(each.clients), each.connector.name, each.after and each.after.name) for each in losses(one, two)]


CASES: list[tuple[str, Rows, Rows, list[tuple[str, str, str | None]]]] = [
    ("nothing changes", BASE, BASE, []),
    ("a scanner's connector goes", BASE, WITHOUT, [(SCANNER, "Scanner", "Default SBS")]),
    (
        "it is switched off",
        BASE,
        [printed(), {**SCANS, "Enabled": False}, BASE[2]],
        [(SCANNER, "Scanner", "Default SBS")],
    ),
    (
        "it takes no anonymous clients",
        BASE,
        [printed(), {**SCANS, "PermissionGroups": INSIDE}, BASE[2]],
        [(SCANNER, "Scanner", "Scanner")],
    ),
    (
        "it wants TLS",
        BASE,
        [printed(), {**SCANS, "RequireTLS": True}, BASE[2]],
        [(SCANNER, "Scanner", "Scanner")],
    ),
    (
        "it moves to another port",
        BASE,
        [printed(), {**SCANS, "Bindings": ["0.0.0.0:2525"]}, BASE[2]],
        [(SCANNER, "Scanner", "Default SBS")],
    ),
    (
        "a nearer one lets it do less",
        BASE,
        [
            *BASE,
            printed("Nearer", RemoteIPRanges=["192.168.1.50"], Bindings=["192.168.1.2:25"], PermissionGroups=INSIDE),
        ],
        [(SCANNER, "Scanner", "Nearer")],
    ),
    (
        "a nearer one lets it do as much",
        BASE,
        [*BASE, printed("Nearer", RemoteIPRanges=["192.168.1.50"], Bindings=["192.168.1.2:25"])],
        [],
    ),
    (
        "whoever logs in finds no way to",
        [printed("Lan", RemoteIPRanges=["10.0.0.0/8"], PermissionGroups="ExchangeUsers", AuthMechanism="Integrated")],
        [printed("Lan", RemoteIPRanges=["10.0.0.0/8"], PermissionGroups="ExchangeUsers", AuthMechanism="Tls")],
        [("10.0.0.0/8", "Lan", "Lan")],
    ),
    (
        "the server itself finds nobody on IPv6",
        [printed(Bindings=["0.0.0.0:25", "[::]:25"], RemoteIPRanges=["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"])],
        [printed(Bindings=["0.0.0.0:25"], RemoteIPRanges=["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"])],
        [("::1", INTERNET, None)],
    ),
    (
        "those outside find no way to log in where they have to",
        [printed("Client", RemoteIPRanges=["8.8.8.0/24"], PermissionGroups="ExchangeUsers", AuthMechanism="BasicAuth")],
        [printed("Client", RemoteIPRanges=["8.8.8.0/24"], PermissionGroups="ExchangeServers", AuthMechanism="Tls")],
        [("8.8.8.0/24", "Client", "Client")],
    ),
    (
        "nobody logs in from outside",
        [
            printed(
                PermissionGroups=f"AnonymousUsers, {INSIDE}",
                AuthMechanism="Tls, Integrated",
                RemoteIPRanges=["8.8.8.8"],
            )
        ],
        [printed(RemoteIPRanges=["8.8.8.8"])],
        [],
    ),
    (
        "a range in the middle goes",
        [printed(RemoteIPRanges=["10.0.0.0-10.0.0.9"])],
        [printed(RemoteIPRanges=["10.0.0.0-10.0.0.3", "10.0.0.6-10.0.0.9"])],
        [("10.0.0.4/31", INTERNET, None)],
    ),
    ("one more range", [printed(RemoteIPRanges=["10.0.0.1"])], [printed(RemoteIPRanges=["10.0.0.1", "10.0.0.2"])], []),
    ("a disabled one goes", [printed(), printed("Off", Enabled=False, RemoteIPRanges=["10.0.0.1"])], [printed()], []),
    (
        "only the loopback",
        list(SBS),
        list(SBS[:2]),
        [("127.0.0.1", "Windows SBS Fax Sharepoint Receive SBS", "Default SBS")],
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_what_is_lost(before: Rows, after: Rows, expected: list[tuple[str, str, str | None]]) -> None:
    assert lost(before, after) == expected


def test_the_right_to_relay_is_something_to_lose_in_the_lan_alone() -> None:
    nearer = printed("Nearer", RemoteIPRanges=[SCANNER], Bindings=["192.168.1.2:25"])
    assert lost(BASE, [*BASE, nearer], ("Scanner",)) == [(SCANNER, "Scanner", "Nearer")]
    assert lost(BASE, [*BASE, nearer], ("Scanner", "Nearer")) == []
    outside = printed("Nearer", RemoteIPRanges=["8.8.8.8"], Bindings=["192.168.1.2:25"])
    assert lost(BASE, [*BASE, outside], (INTERNET,)) == []


def test_everyone_to_a_provider() -> None:
    narrow = printed(RemoteIPRanges=["203.0.113.0/24"])
    found = lost([printed()], [narrow])
    assert all(name == INTERNET and after is None for _range, name, after in found)
    gone = [parse_range(each) for each, _name, _after in found]
    for address, kept in (("203.0.113.9", True), ("8.8.8.8", False), ("192.168.1.50", False), ("127.0.0.1", False)):
        assert any(each.has(address) for each in gone) is not kept


def test_a_server_that_does_not_tell_its_addresses() -> None:
    before, after = (Serving(connectors(*rows), lambda each: False) for rows in (BASE, WITHOUT))
    assert [str(each.clients) for each in losses(before, after)] == [SCANNER]


# ---- any connectors


ADDRESSES = ["192.168.1.2", "192.168.1.3", "192.168.1.4", "192.168.1.5", "203.0.113.1", "203.0.113.2", "127.0.0.1"]
RANGES = ["192.168.1.2-192.168.1.4", "192.168.1.3", "192.168.1.0/24", "203.0.113.1", "203.0.113.0/30", ALL, "127.0.0.1"]


@st.composite
def a_connector(draw: st.DrawFn, name: str) -> dict[str, Any]:
    return printed(
        name,
        RemoteIPRanges=draw(st.lists(st.sampled_from(RANGES), min_size=1, max_size=3, unique=True)),
        Bindings=draw(
            st.lists(st.sampled_from(["0.0.0.0:25", "192.168.1.2:25", "127.0.0.1:25"]), min_size=1, unique=True)
        ),
        PermissionGroups=draw(st.sampled_from(["AnonymousUsers", INSIDE, f"AnonymousUsers, {INSIDE}"])),
        Enabled=draw(st.booleans()),
    )


SEVERAL = st.tuples(a_connector("A"), a_connector("B"), a_connector("C")).map(list)


@settings(max_examples=150, deadline=None)
@given(SEVERAL, SEVERAL)
def test_cells_are_the_same_as_asking_for_every_address(before: Rows, after: Rows) -> None:
    one, two = (Serving(connectors(*rows), lambda each: each.name == "A", OWN) for rows in (before, after))
    found = losses(one, two)
    for address in ADDRESSES:
        ends = [Binding("127.0.0.1" if address == "127.0.0.1" else "192.168.1.2", 25)]
        pairs = [(takes_from(one.connectors, end, address), takes_from(two.connectors, end, address)) for end in ends]
        bad = any(
            now and not (then and clients.serves(now, then, range_of(address), one.relays, two.relays))
            for now, then in pairs
        )
        assert any(each.clients.has(address) for each in found) is bad
    assert all(len({bool(public([each.clients]))}) == 1 for each in found)


# ---- the server's own addresses


OWN_CASES: list[tuple[str, Rows, list[str], list[str]]] = [
    ("taken by this one", [printed()], ["203.0.113.0/24"], ["127.0.0.1", "192.168.1.2"]),
    ("declared", [printed()], ["203.0.113.0/24", "192.168.1.0/24", "127.0.0.0/8"], []),
    ("taken by another", list(SBS), ["203.0.113.0/24"], []),
    ("taken by none", [printed(RemoteIPRanges=["10.0.0.1"])], ["203.0.113.0/24"], ["127.0.0.1", "192.168.1.2"]),
]


@pytest.mark.parametrize(
    ("rows", "ranges", "kept"), [each[1:] for each in OWN_CASES], ids=[each[0] for each in OWN_CASES]
)
def test_own_addresses_stay(rows: Rows, ranges: list[str], kept: list[str]) -> None:
    found = connectors(*rows)
    target = next(each for each in found if each.name == INTERNET)
    (after,) = connectors(printed(RemoteIPRanges=ranges))
    assert kept_for_itself(found, target, after, OWN) == kept


# ---- the clients


def row(connector: str | None, address: str | None, source: str = "tracking", **more: Any) -> dict[str, Any]:
    return {
        "Connector": connector,
        "Address": address,
        "Count": 3,
        "Last": "2026-11-24T20:39:36Z",
        "Source": source,
        **more,
    }


SUMMARY = {"Connector": None, "Address": None, "Cut": False, "Files": 0, "Since": None, "Problems": []}


def told(*rows: dict[str, Any], tracking: Any = True, status: str = "done") -> Clients:
    server = ({"Name": "SBS", "MessageTrackingLogEnabled": tracking},)
    results = (StepResult(clients.STEP.id, status, rows), StepResult(clients.READ_TRANSPORT.id, "done", server))
    return parse_clients(Reply("0.1.0", "2.0", "SBS", results), "sbs")


TELLS: list[tuple[Clients, bool, bool]] = [
    (told(SUMMARY), True, True),
    (told(SUMMARY, tracking=False), False, False),
    (told({**SUMMARY, "Files": 2}, tracking=False), False, True),
    (told({**SUMMARY, "Cut": True}), False, False),
    (told(status="failed"), False, False),
    (told({**SUMMARY, "Problems": ["no"]}), False, False),
    (told(row("SBS\\A", "10.0.0.1"), {**SUMMARY, "Problems": ["no"]}), True, True),
    (told(), False, False),
    (told(SUMMARY, tracking=None), False, False),
]


@pytest.mark.parametrize(("found", "silent", "verbose"), TELLS)
def test_whether_all_that_used_it_are_known(found: Clients, silent: bool, verbose: bool) -> None:
    (plain,), (logging,) = connectors(printed()), connectors(printed(ProtocolLoggingLevel="Verbose"))
    assert (found.tell_of(plain), found.tell_of(logging)) == (silent, verbose)


def test_who_loses() -> None:
    seen = told(
        row("SBS\\Scanner", SCANNER, Count=12),
        row("SBS\\Scanner", SCANNER, "log"),
        row("SBS\\Another", "192.168.1.50"),
        row("SBS\\Renamed", "192.168.1.50"),
        row("SBS\\Scanner", "10.9.9.9"),
        row("SBS\\Scanner", "no address"),
        SUMMARY,
    )
    before, after = (Serving(connectors(*rows), lambda each: False, OWN) for rows in (BASE, WITHOUT))
    gone = losses(before, after)
    found = who_loses(gone, seen, {"scanner", "another"}, OWN)
    assert [(each.address, each.connector, each.count, each.source) for each in found] == [
        (SCANNER, "Scanner", 12, "tracking")
    ]
    assert who_loses(gone, Clients((Client("Renamed", SCANNER),)), {"scanner"}, OWN) != []
    assert who_loses(gone, Clients((Client("Scanner", SCANNER),)), {"scanner"}, [SCANNER]) == []


@pytest.mark.parametrize(
    ("address", "declared", "named"),
    [
        (SCANNER, [SCANNER], True),
        (SCANNER, ["192.168.1.0/24"], True),
        (SCANNER, [ALL], False),
        (SCANNER, ["192.168.0.0-192.169.0.0"], False),
        (SCANNER, [], False),
        ("203.0.113.9", [ALL], True),
        ("203.0.113.9", ["203.0.113.0/24"], True),
        ("203.0.113.9", ["198.51.100.0/24"], False),
        ("127.0.0.1", [ALL], False),
    ],
)
def test_who_is_given_up(address: str, declared: list[str], named: bool) -> None:
    assert given_up(Client("A", address), [parse_range(each) for each in declared]) is named
