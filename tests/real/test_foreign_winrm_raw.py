"""The lab's endpoint met by envelopes that are written by hand, over plain requests and sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import requests

from lab.endpoint.host import Host
from lab.up.lab import Lab
from lab.wsman import names
from lab.wsman.profile import STOCK
from tests.real.foreign_winrm import SOAP, create, plain_session, url
from tests.unit.lab.endpoint.endpoint_backend import PASSWORD, make_lab

IDENTIFY = (
    f'<s:Envelope xmlns:s="{names.SOAP}" xmlns:i="{names.IDENTITY}"><s:Header/><s:Body><i:Identify/></s:Body>'
    "</s:Envelope>"
)


@pytest.fixture
def session(lab: Lab) -> Iterator[requests.Session]:
    """Verified https with Basic, the least that gets an envelope in."""
    with plain_session(lab) as made:
        made.auth = ("Administrator", PASSWORD)
        made.headers["Content-Type"] = SOAP
        yield made


def number_of(answer: requests.Response) -> str | None:
    """The number of a fault, in whichever element."""
    root = ElementTree.fromstring(answer.content)
    fault = root.find(f".//{{{names.WSMAN_FAULT}}}WSManFault")
    return root.findtext(f".//{{{names.WMI_ERROR}}}error_Code") if fault is None else fault.get("Code")


# ---- envelopes


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ('<x:Reliable xmlns:x="urn:x" s:mustUnderstand="true"/>', "2150858768"),
        ('<x:Reliable xmlns:x="urn:x" s:mustUnderstand="false"/>', None),
        ('<w:OptionSet s:mustUnderstand="true"><w:Option Name="WINRS_NOPROFILE">TRUE</w:Option></w:OptionSet>', None),
    ],
)
def test_a_header_that_must_be_understood(
    host: Host, session: requests.Session, headers: str, number: str | None
) -> None:
    answer = session.post(url(host), data=create(headers))
    assert (answer.status_code, number_of(answer), host.open_shells) == (
        (200, None, 1) if number is None else (500, number, 0)
    )
    assert ElementTree.fromstring(answer.content).findtext(f".//{{{names.ADDRESSING}}}RelatesTo") == "uuid:Raw-1"
    assert answer.headers["Content-Type"] == SOAP


@pytest.mark.parametrize(
    ("timeout", "number"),
    [("P0DT0H0M5.250S", None), ("P1Y2M3D", None), ("PT", "2150858881"), ("5", "2150858881"), ("P1W", "2150858881")],
)
def test_durations(host: Host, session: requests.Session, timeout: str, number: str | None) -> None:
    assert number_of(session.post(url(host), data=create(timeout=timeout))) == number
    assert host.open_shells == (number is None)


@pytest.mark.parametrize("form", ["wsman", "wmi"])
def test_both_quotas_tell_their_number(form: str) -> None:
    profile = replace(STOCK, shells_per_user=1, commands_per_shell=0, shell_quota_fault=form, command_quota_fault=form)
    with make_lab(profile=profile) as lab, plain_session(lab) as session:
        host = lab.hosts["sbs"]
        session.auth, session.headers["Content-Type"] = ("Administrator", PASSWORD), SOAP
        assert session.post(url(host), data=create()).status_code == 200
        assert number_of(session.post(url(host), data=create())) == "2150859173"
        shell = (
            f'<w:SelectorSet><w:Selector Name="ShellId">{host.service.open_shells()[0]}</w:Selector></w:SelectorSet>'
        )
        command = create(shell).replace(names.ACTIONS["Create"], names.ACTIONS["Command"])
        assert number_of(session.post(url(host), data=command)) == "2150859174"


@pytest.mark.parametrize(
    "content_type",
    ["text/xml;charset=UTF-8", "application/xml", "application/soap+xml;charset=iso-8859-1", "application/json", None],
)
def test_other_content_types(host: Host, session: requests.Session, content_type: str | None) -> None:
    answer = session.post(url(host), data=create().encode(), headers={"Content-Type": content_type})
    assert (answer.status_code, answer.content, host.open_shells) == (415, b"", 0)
    assert session.post(url(host), data=create()).status_code == 200, "the connection goes on"


# ---- charsets


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("charset", [";charset=UTF-16", '; charset="utf-16"', ""])
def test_utf_16_is_answered_alike(host: Host, session: requests.Session, codec: str, charset: str) -> None:
    headers = {"Content-Type": "application/soap+xml" + charset}
    for timeout, status in (("PT5S", 200), ("never", 500)):
        answer = session.post(url(host), data=create(timeout=timeout).encode(codec), headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/soap+xml;charset=UTF-16")
        assert "uuid:Raw-1" in answer.content.decode("utf-16")
    assert host.open_shells == 1


@pytest.mark.parametrize(("charset", "codec"), [("UTF-8", "utf-16"), ("UTF-16", "utf-8"), ("UTF-8", "latin-1")])
def test_a_charset_that_the_body_does_not_have(host: Host, session: requests.Session, charset: str, codec: str) -> None:
    headers = {"Content-Type": f"application/soap+xml;charset={charset}"}
    text = create('<x:Note xmlns:x="urn:x">ü</x:Note>')
    answer = session.post(url(host), data=text.encode(codec), headers=headers)
    assert (answer.status_code, answer.content, host.open_shells) == (400, b"", 0)


# ---- HTTP


def test_a_body_in_chunks(host: Host, session: requests.Session) -> None:
    text = create().encode()
    pieces = (text[at : at + 100] for at in range(0, len(text), 100))
    assert session.post(url(host), data=pieces).status_code == 200
    assert host.open_shells == 1


@pytest.mark.parametrize(
    "body",
    [
        b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
    ],
)
def test_a_body_without_an_end_closes_the_connection(lab: Lab, host: Host, body: bytes) -> None:
    context = ssl.create_default_context(cafile=str(lab.directory.ca_file))
    with (
        socket.create_connection(("127.0.0.1", host.ports.https), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        secured.sendall(b"POST /wsman HTTP/1.1\r\nHost: sbs\r\nContent-Type: application/soap+xml\r\n" + body)
        assert secured.recv(1000) == b""
    assert host.log.entries() == []


def test_get_is_no_method_of_it(host: Host, session: requests.Session) -> None:
    answer = session.get(url(host))
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "POST", b"")
    assert session.put(url(host, path="/wsman?PSVersion=2.0"), data=create()).status_code == 405
    assert session.get(url(host, path="/")).status_code == 404
    assert session.post(url(host, path="/wsman/"), data=create()).status_code == 404
    assert host.open_shells == 0


# ---- Identify


UNAUTHENTICATED = {"WSMANIDENTIFY": "unauthenticated", "Content-Type": SOAP}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("path", ["/wsman", "/wsman-anon/identify", "/wsman-anon/identify?x"])
def test_identify_without_a_login(lab: Lab, host: Host, scheme: str, path: str) -> None:
    with plain_session(lab) as session:
        answer = session.post(url(host, scheme, path), data=IDENTIFY, headers=UNAUTHENTICATED)
    assert answer.status_code == 200
    assert b"OS: 0.0.0 SP: 0.0 Stack: 2.0" in answer.content


@pytest.mark.parametrize("path", ["/wsman", "/wsman-anon/identify"])
@pytest.mark.parametrize("body", [create(), "", "no xml", "<a/>", IDENTIFY.replace("Identify", "Identity")])
def test_what_is_no_identify_is_not_answered_without_a_login(
    lab: Lab, host: Host, session: requests.Session, path: str, body: str
) -> None:
    with plain_session(lab) as nobody:
        refused = nobody.post(url(host, "http", path), data=body, headers=UNAUTHENTICATED)
        assert (refused.status_code, refused.content) == (400, b"")
        assert (
            nobody.post(
                url(host, "http", path), data=body, headers=UNAUTHENTICATED | {"Content-Type": "a/b"}
            ).status_code
            == 415
        )
    # Nor with one: whoever leaves the header in all that he sends shall notice.
    assert session.post(url(host, path=path), data=body, headers=UNAUTHENTICATED).status_code == 400
    assert host.open_shells == 0


def test_identify_with_a_login_and_without_either(lab: Lab, host: Host, session: requests.Session) -> None:
    assert b"OS: 6.1.7601 SP: 1.0 Stack: 2.0" in session.post(url(host), data=IDENTIFY).content
    with plain_session(lab) as nobody:
        answer = nobody.post(url(host, "http"), data=IDENTIFY, headers={"Content-Type": SOAP})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Negotiate")
