"""Real handshakes over the loopback: the hosts' Exchange towards providers of every kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.exchange import delivery_texts
from lab.exchange.schannel import SUITES
from lab.host.machine import SimulatedMachine
from lab.host.tls import PROTOCOLS
from lab.provider import SimulatedProvider

BOX = {"address": "info@beispiel.de", "password": "lab-only-Zinkblech-0815", "created": date(2020, 1, 1)}
CONNECTOR = {
    "Name": "Provider",
    "AddressSpaces": ["*"],
    "DNSRoutingEnabled": False,
    "SmartHosts": ["localhost"],
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "AuthenticationCredential": {"username": BOX["address"], "password": BOX["password"]},
    "RequireTLS": True,
    "ProtocolLoggingLevel": "Verbose",
}
CLIENT, OLD = (rf"{PROTOCOLS}\TLS {version}\Client" for version in ("1.2", "1.0"))
# The hosts.
STOCK: dict[str, Any] = {"profile": "sbs2011_sp1", "registry": {}}
RU8 = {"exsetup_version": "14.3.224.2"}  # with the keys, which it does not follow
RU9: dict[str, Any] = {"exsetup_version": "14.3.235.1", "registry": {}}
PREPARED: dict[str, Any] = {}
ONLY_12 = {"registry": {CLIENT: {"Enabled": 1, "DisabledByDefault": 0}, OLD: {"Enabled": 0}}}
NONE = {"registry": {OLD: {"Enabled": 0}}}
# The providers.
TODAY: dict[str, Any] = {}
ANY = {"tls_versions": ["1.0", "1.1", "1.2", "1.3"]}
UP_TO_11 = {"tls_versions": ["1.1"]}
TLS13 = {"tls_versions": ["1.3"]}
RSA = {"certificate_keys": ["rsa"]}
GCM = {"tls_versions": ["1.2"], "suites": "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"}
GCM_AND_ECDSA = {"tls_versions": ["1.2"], "suites": "ECDHE+AESGCM", "certificate_keys": ["rsa", "ecdsa"]}
DHE = {"tls_versions": ["1.2"], "suites": "AES256-GCM-SHA384", **RSA}
X25519 = {"tls_versions": ["1.2"], "tls_groups": ["X25519"]}
ROWS = [
    # host, provider, what the log calls the version; None: the handshake fails
    (PREPARED, TODAY, "TLS1_2"),
    (PREPARED, ANY, "TLS1_2"),
    (PREPARED, RSA, "TLS1_2"),
    (PREPARED, {"tls_versions": ["1.0"]}, "TLS1_0"),
    (PREPARED, UP_TO_11, None),  # which is off, between two that are on
    (PREPARED, TLS13, None),
    (PREPARED, {**GCM, **RSA}, None),
    (PREPARED, GCM_AND_ECDSA, "TLS1_2"),
    (PREPARED, DHE, "TLS1_2"),
    (PREPARED, X25519, None),
    (STOCK, TODAY, None),
    (STOCK, ANY, "TLS1_0"),
    (STOCK, {**ANY, **RSA}, "TLS1_0"),
    (RU8, TODAY, None),
    (RU8, ANY, "TLS1_0"),
    (RU9, TODAY, None),
    (RU9, ANY, "TLS1_0"),
    (ONLY_12, TODAY, "TLS1_2"),
    (ONLY_12, {"tls_versions": ["1.0"]}, None),
    (NONE, ANY, None),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificates, Path]:
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    return Certificates(ca_file), ca_file


@pytest.mark.parametrize(("host", "settings", "spoken"), ROWS)
def test_exchange_shakes_hands_with_what_its_host_has(
    authority: tuple[Certificates, Path], host: dict[str, Any], settings: dict[str, Any], spoken: str | None
) -> None:
    certificates, ca_file = authority
    with SimulatedProvider({"mailboxes": [BOX], **settings}, certificates) as provider:
        machine = SimulatedMachine({**host, "send_connectors": [{**CONNECTOR, "Port": provider.port}]})
        (sent,) = machine.send("info@beispiel.de", ["kunde@example.com"], ca_file=ca_file)
        assert provider.errors == []
    log = machine.smtp_send_log()
    if spoken:
        assert (sent["status"], sent["last_error"]) == ("delivered", None)
        assert f"*,,TLS protocol SP_PROT_{spoken}_CLIENT negotiation succeeded" in log
    else:
        assert (sent["status"], provider.records.logins) == ("deferred", [])
        assert sent["last_error"] == delivery_texts.last_error(delivery_texts.TIMED_OUT)
        assert f"*,,{delivery_texts.TLS_FAILED}" in log and "SP_PROT" not in log


def test_the_suites_are_those_of_the_facts() -> None:
    """Windows Server 2008 R2, in its order; nothing that it lacks."""
    assert len(SUITES) == len(set(SUITES)) == 20
    assert not [suite for suite in SUITES if (suite.startswith("ECDHE-RSA") and "GCM" in suite) or "CHACHA" in suite]
