"""Any order of declared changes, ways back and rights that somebody gives by hand, on one simulated SBS: who handed in
mail before a run does so after it unless he was given up, and a run that is told to close relays closes them first."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.unit.plugin_utils.receive_connector.receiving_host import ALL, DEFAULT, INTERNET, SCANNER, Receiving

ALL_6 = "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
COPIER, BRANCH = "192.168.1.60", "203.0.113.9"
LOCAL, FOREIGN = "user1@nt4admins.local", "jemand@anderswo.example"
ANONYMOUS = "AnonymousUsers"
STATE: dict[str, Any] = {
    "recipients": [{"Name": "user1", "Alias": "user1"}],
    "scanners": [
        {"address": SCANNER, "recipients": [FOREIGN]},
        {"address": COPIER, "recipients": [LOCAL]},
        {"address": "192.168.1.60", "recipients": [LOCAL], "to": "192.168.1.2:25"},
        {"address": "10.8.0.7", "recipients": [LOCAL], "to": "192.168.1.2:25"},
    ],
    "receive_connectors": [
        {"Name": INTERNET, "Bindings": ["0.0.0.0:25", "[::]:25"], "RemoteIPRanges": [ALL, ALL_6]},
        {"Name": "Scanner", "RemoteIPRanges": [SCANNER]},
        {"Name": DEFAULT, "RemoteIPRanges": ["192.168.2.0/24"], "PermissionGroups": "ExchangeUsers"},
    ],
    "relay_rights": [{"connector": "Scanner", "user": "anonymous"}],
}
for _each in STATE["receive_connectors"]:
    _each |= {"PermissionGroups": ANONYMOUS, "AuthMechanism": "Tls", **_each}

OWN = [("127.0.0.1", "127.0.0.1:25"), ("192.168.1.2", "192.168.1.2:25"), ("::1", "[::1]:25")]
OUTSIDE = [("8.8.8.8", "192.168.1.2:25"), (BRANCH, "192.168.1.2:25"), ("2001:db8::9", "[2001:db8::2]:25")]

RANGES = st.lists(
    st.sampled_from(
        [ALL, ALL_6, "203.0.113.0/24", "192.168.1.0/24", "192.168.0.0-192.168.255.255", SCANNER, "10.0.0.0/8"]
    )
    | st.sampled_from(["192.168.1.40-192.168.1.70", "127.0.0.1", "::1", BRANCH]),
    min_size=1,
    max_size=3,
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "remote_ip_ranges": RANGES,
        "enabled": st.booleans(),
        "bindings": st.sampled_from([["0.0.0.0:25"], ["192.168.1.2:25"], ["127.0.0.1:25"], ["192.168.1.9:25"]]),
        "permission_groups": st.sampled_from([[ANONYMOUS], ["ExchangeUsers"], [ANONYMOUS, "ExchangeServers"]]),
        "auth_mechanism": st.sampled_from([["Tls"], ["None"], ["Tls", "ExternalAuthoritative"]]),
        "require_tls": st.booleans(),
    },
)
WHICH = st.sampled_from(
    [{"adopt": True}, {"name": "Scanner"}, {"name": DEFAULT}, {"name": "Neu"}, {"name": INTERNET}, {"name": "NEU"}]
)
ABSENT = st.sampled_from([{"name": name, "state": "absent"} for name in ("Scanner", INTERNET, "Neu")])
GIVEN_UP = st.sampled_from(
    [{}, {}, {"clients_given_up": []}, {"clients_given_up": [ALL]}, {"clients_given_up": [COPIER]}]
)
DECLARED = st.builds(
    lambda which, values, given_up, close: {**which, **values, **given_up, "close_relay": close},
    WHICH,
    SETTINGS,
    GIVEN_UP,
    st.booleans(),
)
REMOVED = st.builds(lambda which, given_up: {**which, **given_up}, ABSENT, GIVEN_UP)
CLOSING = st.just({"close_relay": True})
OPENED = st.sampled_from([INTERNET, "Neu"])
EVENTS = st.one_of(DECLARED, DECLARED, DECLARED, REMOVED, CLOSING, OPENED, st.just("back"))


class Site(Receiving):
    """The server, what is saved of it, and who hands in mail there."""

    saved: str | None = None

    def working(self) -> set[tuple[str, str]]:
        """Who can hand in mail now, by address and where: the LAN, and the server itself."""
        lan = {
            (each.address, each.to)
            for each, one in zip(self.machine.scanners, self.machine.scan(), strict=True)
            if one["taken"]
        }
        if self.machine.pop3.hand_over(LOCAL, b"From: a@b.example\r\n\r\nx\r\n") is None:
            lan.add(("the POP3 connector", "127.0.0.1:25"))
        return lan | {each for each in OWN if self.takes(each[0], LOCAL, each[1])}

    def open(self) -> list[tuple[str, str]]:
        """From where outside anything can be sent to anywhere."""
        return [each for each in OUTSIDE if self.takes(each[0], FOREIGN, each[1])]

    def give_right(self, name: str) -> None:
        """Somebody makes a relay of a connector by hand."""
        if self.connector(name):
            rights = [{"connector": each, "user": "anonymous"} for each in {*self.relays(), name}]
            self.machine.change({"relay_rights": rights})

    def act(self, declared: dict[str, Any] | str) -> dict[str, Any] | None:
        """One event; the result of a run."""
        if isinstance(declared, dict):
            result = self.receive(declared)
        elif declared != "back":
            return self.give_right(declared)
        elif self.saved is None:
            return None
        else:
            result = self.run("restore", {"backup_file": self.saved})
        self.saved = result.get("backup_file") or self.saved
        return result

    def writes(self) -> list[str]:
        """The commands of the last run that change something, in their order."""
        steps = [step["command"] for request in self.requests for step in request["steps"]]
        return [each for each in steps if each.split("-")[0] in ("Set", "New", "Remove", "Add", "Enable", "Disable")]


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_whatever_is_declared_in_whatever_order(events: list[dict[str, Any] | str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), **STATE)
        for each in events:
            before, was_open = site.working(), site.open()
            result = site.act(each)
            if result is None:
                continue
            declared: dict[str, Any] = each if isinstance(each, dict) else {}
            given_up = set(declared.get("clients_given_up") or ())
            lost = {one for one in before - site.working() if one[0] not in given_up}
            assert lost == set(), (each, result.get("msg"))
            now_open = site.open()
            assert set(now_open) <= set(was_open), each
            if declared.get("close_relay"):
                writes = site.writes()
                assert writes == sorted(writes, key=lambda command: command != "Remove-ADPermission")
                assert result.get("failed") or not now_open, each
            told = result.get("open_relays") or not (declared and site.requests)
            assert not now_open or told, each
            event(f"{'failed' if result.get('failed') else 'changed' if result.get('changed') else 'nothing'}")
