"""The whole of a host as JSON."""

from __future__ import annotations

import hashlib
import json

from lab.exchange.values import Credential
from lab.host.machine import SimulatedMachine
from tests.unit.lab.host.hosts import PASSWORD


def test_the_dump_has_a_digest_instead_of_the_password() -> None:
    login = {"username": "info@beispiel.de", "password": PASSWORD}
    connector = {"Name": "x", "AddressSpaces": ["*"], "AuthenticationCredential": login}
    machine = SimulatedMachine.from_state({"send_connectors": [connector]})
    machine.invoke("Set-SendConnector", {"Identity": "x", "AuthenticationCredential": Credential("a@b.de", PASSWORD)})
    dump = machine.dump()
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    assert dump["send_connectors"][0]["AuthenticationCredential"] == {"UserName": "a@b.de", "password_sha256": digest}
    assert PASSWORD not in json.dumps(dump)
    assert machine.password_of("x") == PASSWORD
