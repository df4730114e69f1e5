"""HTTP and sealed bodies, without a socket."""

from __future__ import annotations

import io

import pytest

from lab.endpoint.encryption import CONTENT_TYPE, UndecipherableError, is_encrypted, open_message
from lab.endpoint.http import BadRequestError, HttpAnswer, read_http, soap_charset

HEAD = b"POST /wsman HTTP/1.1\r\n"


def chunked(body: bytes, more: bytes = b"") -> io.BytesIO:
    return io.BytesIO(HEAD + b"Transfer-Encoding: Chunked\r\n" + more + b"\r\n" + body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"0\r\n\r\n", b""),
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3;note=1\r\nabc\r\n0A \r\n0123456789\r\n000\r\nDigest: x\r\n\r\n", b"abc0123456789"),
        (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
    ],
)
def test_chunks_are_joined_and_the_next_request_is_found(body: bytes, expected: bytes) -> None:
    stream = io.BytesIO(chunked(body).read() + HEAD + b"Content-Length: 1\r\n\r\nz")
    requests = [read_http(stream), read_http(stream), read_http(stream)]
    assert [request and request.body for request in requests] == [expected, b"z", None]


@pytest.mark.parametrize(
    "stream",
    [
        chunked(b""),
        chunked(b"abc"),
        chunked(b"-1\r\n"),
        chunked(b"0x3\r\nabc\r\n0\r\n\r\n"),
        chunked(b"3\r\nabcd\r\n0\r\n\r\n"),
        chunked(b"3\r\nab"),
        chunked(b"FFFFFFFF\r\nab"),
        chunked(b"0\r\n\r\n", b"Content-Length: 5\r\n"),
        io.BytesIO(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        io.BytesIO(HEAD + "Content-Length: ²\r\n\r\n".encode("latin-1")),
        io.BytesIO(HEAD + b"Content-Length: 5\r\n\r\nabc"),
        io.BytesIO(HEAD + b"Content-Length: 99999999999\r\n\r\nabc"),
        io.BytesIO(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nabc"),
        io.BytesIO(b"POST /wsman\r\n\r\n"),
    ],
)
def test_what_is_no_body_ends_the_connection(stream: io.BytesIO) -> None:
    with pytest.raises(BadRequestError):
        read_http(stream)


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("application/soap+xml;charset=UTF-8", "utf-8"),
        ('Application/SOAP+XML; charset="utf-16"; action="urn:a"', "utf-16"),
        ("application/soap+xml", ""),
        ("application/soap+xml;charset=iso-8859-1", None),
        ("text/xml;charset=UTF-8", None),
        ("application/xml", None),
        ("application/soap", None),
        ("multipart/related;type=application/soap+xml", None),
        ("", None),
        ("soap", None),
    ],
)
def test_soap_and_what_is_none(content_type: str, charset: str | None) -> None:
    assert soap_charset(content_type) == charset


def test_an_answer_says_what_is_allowed() -> None:
    text = HttpAnswer(405, headers=(("Allow", "POST"),)).as_bytes()
    assert text.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"\r\nAllow: POST\r\n" in text


class NoSecurity:
    """Opens what was not sealed."""

    def unwrap_winrm(self, header: bytes, data: bytes) -> bytes:
        return data


def sealed(original: bytes = b"type=application/soap+xml;charset=UTF-16;Length=3", end: bytes = b"--\r\n") -> bytes:
    boundary = b"--Encrypted Boundary"
    first = boundary + b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n\tOriginalContent: "
    second = b"\r\n" + boundary + b"\r\n\tContent-Type: application/octet-stream\r\n\x04\x00\x00\x00sign"
    return first + original + second + b"abc" + boundary + end


def test_a_sealed_message_tells_its_type() -> None:
    security: object = NoSecurity()
    opened = open_message(sealed(), security)  # type: ignore[arg-type]
    assert opened == ("application/soap+xml;charset=UTF-16", b"abc")


@pytest.mark.parametrize(
    ("content_type", "encrypted"),
    [
        (CONTENT_TYPE, True),
        (CONTENT_TYPE.lower().replace(";", " ; "), True),
        (CONTENT_TYPE.replace("SPNEGO", "Kerberos"), False),
        (CONTENT_TYPE.replace("encrypted;", "x-multi-encrypted;"), False),
        ("multipart/encrypted", False),
        ("", False),
    ],
)
def test_what_announces_an_encrypted_message(content_type: str, encrypted: bool) -> None:
    assert is_encrypted(content_type) == encrypted


@pytest.mark.parametrize(
    "body",
    [
        sealed(b"type=application/soap+xml;charset=UTF-8;Length=4"),
        sealed(b"type=application/soap+xml;charset=UTF-8"),
        sealed(b"Length=3"),
        sealed(end=b""),
        b"",
    ],
)
def test_what_was_not_sealed_as_windows_does(body: bytes) -> None:
    security: object = NoSecurity()
    with pytest.raises(UndecipherableError):
        open_message(body, security)  # type: ignore[arg-type]
