"""The table of settings against Microsoft's contract and against the simulated Exchange, which knows nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.settings import UNKNOWN, Setting
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Unreadable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.ranges import bindings_of, ranges_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.settings import NEW, SETTINGS
from lab.exchange import contract
from tests.unit.plugin_utils.receive_connector.receiving_host import Receiving

SET = contract.load()["Set-ReceiveConnector"].parameters
DECLARATIONS: dict[str, Any] = {
    "enabled": False,
    "bindings": ["0.0.0.0:2525", "[::]:2525"],
    "remote_ip_ranges": ["203.0.113.7", "198.51.100.0/24", "192.0.2.10-192.0.2.20", "2001:db8::/32"],
    "permission_groups": ["AnonymousUsers", "Partners"],
    "auth_mechanism": ["Tls", "BasicAuth", "BasicAuthRequireTLS"],
    "require_tls": True,
    "fqdn": "sbs.nt4admins.local",
    "banner": "220 mail.beispiel.de",
    "max_message_size": "35MB",
    "max_recipients_per_message": 500,
    "tarpit_interval": "00:00:10",
    "protocol_logging_level": "Verbose",
    "comment": "Für die Hauspost",
}
every_setting = pytest.mark.parametrize("row", [*SETTINGS], ids=lambda row: row.name)


def test_all_have_a_declaration() -> None:
    assert [row.name for row in SETTINGS] == list(DECLARATIONS)


@every_setting
def test_exchange_2010_knows_the_parameter(row: Setting) -> None:
    assert row.prop in SET


@every_setting
def test_what_is_written_is_read_again(row: Setting, tmp_path: Path) -> None:
    sbs = Receiving(tmp_path)
    wanted = {"bindings": ["0.0.0.0:2526"], "remote_ip_ranges": ["203.0.113.9"], row.name: DECLARATIONS[row.name]}
    first = sbs.receive({"name": "Neu", **wanted})
    assert (first["changed"], first.get("msg")) == (True, None)
    assert not sbs.receive({"name": "Neu", **wanted})["changed"]


@every_setting
def test_a_new_connector_has_what_the_table_says(row: Setting, tmp_path: Path) -> None:
    sbs = Receiving(tmp_path)
    sbs.receive({"name": "Neu", "bindings": ["0.0.0.0:2526"], "remote_ip_ranges": ["203.0.113.9"]})
    found = sbs.machine.organisation
    assert found is not None
    (shown,) = found.invoke("Get-ReceiveConnector", {"Identity": "Neu"})
    expected = NEW.get(row.name, row.new_value)
    value = row.on_host(shown[row.prop])
    assert not isinstance(value, Unreadable)
    if expected is not UNKNOWN:
        assert value == expected or (expected is None and value in (None, ""))


def test_values_that_are_none_of_the_kind() -> None:
    for value in (None, 17, frozenset({"x"})):
        assert (ranges_of(value), bindings_of(value)) == ((), ())
