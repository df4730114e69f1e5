"""The TLS of hosts: what a login proof from each gets at providers of every kind, of the twin and of the agent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.host.tls import PROTOCOLS
from lab.provider import SimulatedProvider
from lab.twin.tls import OLD_DOTNET
from lab.up.backends import BACKENDS, make_backend

from .asking import ask

pytestmark = pytest.mark.pwsh
PASSWORD = "lab-only-Zinkblech-0815"
BOX = {"address": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-01"}
LOGIN = {"$credential": {"username": BOX["address"], "password": {"$secret": "login"}}}
OLD, GCM_ONLY = {"tls_versions": ["1.0"]}, {"tls_versions": ["1.2"], "suites": "ECDHE-RSA-AES128-GCM-SHA256"}
PROVIDERS: dict[str, dict[str, Any]] = {
    "today": {},
    "any": {"tls_versions": ["1.0", "1.1", "1.2", "1.3"]},
    "old": OLD,
    "1.1": {"tls_versions": ["1.1"]},
    "1.3": {"tls_versions": ["1.3"]},
    "no suite": {**GCM_ONLY, "certificate_keys": ["rsa"]},
    "an ecdsa certificate beside": {**GCM_ONLY, "suites": "ECDHE+AESGCM", "certificate_keys": ["rsa", "ecdsa"]},
    "no curve": {"tls_versions": ["1.2"], "tls_groups": ["X25519"]},
}
REFUSED, DONE = ("tls", "tls", None), ("done", None)
CLIENT = {version: rf"{PROTOCOLS}\TLS {version}\Client" for version in ("1.0", "1.2")}
OFF = {"Enabled": 0}
WARNED = "localhost was reached with {}, not with TLS 1.2, which this host can speak."
HOSTS: dict[str, tuple[dict[str, Any], list[Any], list[str]]] = {
    # what the host is, how each proof ends, the warnings
    "taught": (
        {"registry": {}},
        [
            *((*DONE, "Tls12"), (*DONE, "Tls12"), (*DONE, "Tls"), (*DONE, "Tls11"), ("tls", "tls_newer", None)),
            *(REFUSED, (*DONE, "Tls12"), REFUSED),
        ],
        [WARNED.format("Tls"), WARNED.format("Tls11")],
    ),
    "untaught": (
        {"dotnet_tls12": False},
        [REFUSED, (*DONE, "Tls"), (*DONE, "Tls"), REFUSED, ("tls", "tls_newer", None), REFUSED, REFUSED, REFUSED],
        [OLD_DOTNET],
    ),
    "without TLS 1.2": (
        {"registry": {CLIENT["1.2"]: OFF}},
        [
            *(REFUSED, (*DONE, "Tls11"), (*DONE, "Tls"), (*DONE, "Tls11"), ("tls", "tls_newer", None)),
            *(REFUSED, REFUSED, REFUSED),
        ],
        [OLD_DOTNET],
    ),
    "with nothing": (
        {"dotnet_tls12": False, "registry": {CLIENT["1.0"]: OFF}},
        [*[REFUSED] * 4, ("tls", "tls_newer", None), *[REFUSED] * 3],
        [OLD_DOTNET],
    ),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """By backend and host: how each proof ended, the ability that is told, the warnings."""
    ca_file = tmp_path_factory.mktemp("tls") / "ca.pem"
    certificates = Certificates(ca_file)
    with ExitStack() as stack:
        made = [SimulatedProvider({"mailboxes": [BOX], **settings}, certificates) for settings in PROVIDERS.values()]
        ports = [stack.enter_context(provider).port for provider in made]
        wanted = [(name, host) for name in BACKENDS for host in HOSTS]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda each: _ask(*each, ports, ca_file), wanted))
        yield dict(zip(wanted, found, strict=True))
        assert [provider.errors for provider in made if provider.errors] == []


def _ask(name: str, host: str, ports: list[int], ca_file: Path) -> Any:
    given = {"Server": "localhost", "Credential": LOGIN, "TimeoutSeconds": 20}
    sent = {**given, "Sender": BOX["address"], "Recipient": BOX["address"]}
    asked = [("Test-SmtpLogin", {**sent, "Port": port}, ["Stage", "Problem", "Tls"]) for port in ports]
    steps = [
        {"id": str(number), "command": command, "parameters": parameters, "select": select, "always": True}
        for number, (command, parameters, select) in enumerate([*asked, ("Get-TlsAbility", {}, ["Tls12"])])
    ]
    backend = make_backend(name, SimulatedMachine({"profile": "sbs2011", **HOSTS[host][0]}), ca_file)
    request = {"protocol": 1, "exchange": "none", "steps": steps, "secrets": {"login": PASSWORD}}
    try:
        reply = ask(backend, request).reply
    finally:
        backend.close()
    *proofs, ability = [result["output"][0] for result in reply["results"]]
    ends = [(proof["Stage"], proof["Problem"], proof["Tls"]) for proof in proofs]
    return ends, ability["Tls12"], reply["warnings"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", BACKENDS)
def test_what_a_proof_gets(told: Any, name: str, host: str) -> None:
    ends, ability, warnings = told[name, host]
    _, expected, warned = HOSTS[host]
    assert dict(zip(PROVIDERS, ends, strict=True)) == dict(zip(PROVIDERS, expected, strict=True))
    assert (ability, warnings) == (OLD_DOTNET not in warned, warned)
