"""Names and domains of NTLM, and what is sealed: a client that may take its domain from the lab's challenge."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import spnego
from pypsrp.encryption import WinRMEncryption
from spnego._context import GSSMech
from spnego._ntlm_raw.messages import AvId, Challenge, NegotiateFlags
from spnego._spnego import NegTokenInit

from lab.endpoint.host import Host
from lab.up.lab import Lab
from tests.real.foreign_winrm import SOAP, create, plain_session, url
from tests.unit.lab.endpoint.endpoint_backend import PASSWORD


class Sealing:
    """A client of NTLM that may take its domain from the challenge; it seals with pypsrp's code."""

    def __init__(self, lab: Lab, host: Host, name: str, spnego_too: bool = False) -> None:
        self.session = plain_session(lab)
        self.url = url(host, "http")
        known = spnego.NegotiateOptions
        protocol, use = ("negotiate", known.use_negotiate) if spnego_too else ("ntlm", known.use_ntlm)
        options = use | known.wrapping_winrm
        self.context: Any = spnego.client(name, PASSWORD, "127.0.0.1", "http", protocol=protocol, options=options)
        self.challenge: Challenge | None = None
        self.original = ""

    def login(self, domain_of: AvId | str | None) -> int:
        """Log in with the domain that the challenge has under that name (None: with what the caller gave)."""
        answer = self._post_token(self.context.step())
        token = base64.b64decode(answer.headers["WWW-Authenticate"].partition(" ")[2])
        self.challenge = Challenge.unpack(token[token.index(b"NTLMSSP\x00") :])
        if domain_of:
            ntlm = getattr(self.context, "_context_list", {}).get(GSSMech.ntlm, (self.context,))[0]
            info = self.challenge.target_info
            assert info
            ntlm._credential.domain = self.challenge.target_name if isinstance(domain_of, str) else info[domain_of]
        answer = self._post_token(self.context.step(token))
        last = answer.headers.get("WWW-Authenticate", "").partition(" ")[2]
        if answer.status_code == 200 and last:
            self.context.step(base64.b64decode(last))
        return answer.status_code

    def send(self, text: bytes, original: str = SOAP) -> requests.Response:
        encryption = WinRMEncryption(self.context, WinRMEncryption.SPNEGO)
        kind, body = encryption.wrap_message(text)
        content_type = f'{kind};protocol="{encryption.protocol}";boundary="Encrypted Boundary"'
        body = body.replace(b"type=" + SOAP.encode(), b"type=" + original.encode(), 1)
        answer = self.session.post(self.url, data=body, headers={"Content-Type": content_type})
        if answer.headers.get("Content-Type", "").startswith("multipart/encrypted;"):
            self.original = answer.content.partition(b"type=")[2].partition(b";Length")[0].decode()
            answer._content = encryption.unwrap_message(answer.content, "Encrypted Boundary")
        return answer

    def _post_token(self, token: bytes | None) -> requests.Response:
        header = {"Authorization": "Negotiate " + base64.b64encode(token or b"").decode()}
        return self.session.post(self.url, headers=header, data=b"")


@pytest.fixture
def sealing(lab: Lab, host: Host) -> Iterator[Any]:
    made: list[Sealing] = []

    def make(name: str, spnego_too: bool = False) -> Sealing:
        made.append(Sealing(lab, host, name, spnego_too))
        return made[-1]

    yield make
    for each in made:
        each.session.close()


@pytest.mark.parametrize("spnego_too", [False, True])
@pytest.mark.parametrize("name", ["Administrator", "NT4ADMINS\\Administrator", "Administrator@nt4admins.local"])
@pytest.mark.parametrize("domain_of", [None, "TargetName", AvId.nb_domain_name, AvId.dns_domain_name])
def test_a_name_with_the_challenges_domain(
    host: Host, sealing: Any, name: str, domain_of: AvId | str | None, spnego_too: bool
) -> None:
    client = sealing(name, spnego_too)
    assert client.login(domain_of) == 200
    assert client.send(create().encode()).status_code == 200
    assert [entry.user for entry in host.log.entries("Create")] == ["Administrator"]


@pytest.mark.parametrize("name", ["OTHER\\Administrator", "Administrator@other.local", "nobody", "NT4ADMINS\\nobody"])
def test_a_name_that_nobody_has(host: Host, sealing: Any, name: str) -> None:
    client = sealing(name)
    assert client.login(None) == 401
    assert client.session.post(client.url, data=create(), headers={"Content-Type": SOAP}).status_code == 401


KERBEROS_ALONE = NegTokenInit(mech_types=[GSSMech.kerberos.value], mech_token=b"`ticket").pack()


@pytest.mark.parametrize(
    "token",
    [
        KERBEROS_ALONE,
        b"`\x82\x01\x00 a ticket of Kerberos",
        b"NTLMSSP\x00",
        b"NTLMSSP\x00\x01\x00\x00\x00",
        b"NTLMSSP\x00\x03\x00\x00\x00" + bytes(80),
        b"NTLMSSP\x00\x09\x00\x00\x00" + bytes(80),
        b"no token",
    ],
)
def test_a_token_that_is_none_of_ntlm(host: Host, sealing: Any, token: bytes) -> None:
    client = sealing("Administrator")
    answer = client._post_token(token)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Negotiate")
    assert client.login(None) == 200, "the same connection may try anew"
    assert {entry.connection for entry in host.log.entries()} == {host.log.entries()[0].connection}


def test_the_challenge_is_that_of_a_member_of_the_domain(host: Host, sealing: Any) -> None:
    client = sealing("Administrator")
    client.login(None)
    info = client.challenge.target_info
    assert client.challenge.target_name == info[AvId.nb_domain_name] == "NT4ADMINS"
    assert client.challenge.flags & NegotiateFlags.target_type_domain
    assert not client.challenge.flags & NegotiateFlags.target_type_server
    assert (info[AvId.nb_computer_name], info[AvId.dns_computer_name]) == ("SBS", "sbs.nt4admins.local")
    assert info[AvId.dns_domain_name] == info[AvId.dns_tree_name] == "nt4admins.local"


def test_a_sealed_message_has_a_type_and_a_charset_as_well(host: Host, sealing: Any) -> None:
    client = sealing("Administrator")
    client.login(None)
    answer = client.send(create().encode("utf-16"), "application/soap+xml;charset=UTF-16")
    assert (answer.status_code, client.original) == (200, "application/soap+xml;charset=UTF-16")
    assert "ResourceCreated" in answer.content.decode("utf-16")
    assert client.send(create().encode(), "text/xml;charset=UTF-8").status_code == 415
    assert client.send(create().encode(), "application/soap+xml;charset=UTF-16").status_code == 400
    assert client.send(create().encode()).status_code == 200, "sealing goes on where it was"
    assert client.original == SOAP
    assert host.open_shells == 2
