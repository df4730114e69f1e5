"""Reads a request envelope, in UTF-8 or UTF-16. Elements are matched by namespace, never by prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree

from lab.wsman import faults, names
from lab.wsman.faults import SoapFault

DEFAULT_TIMEOUT: Final = 60.0
DEFAULT_MAX_ENVELOPE: Final = 153_600
# xs:duration, which is ISO 8601 without weeks and without a comma; one that is negative is no time to wait for.
_DURATION: Final = re.compile(
    r"P(?=.)(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?"
    r"(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?"
)
_SECONDS: Final = (365 * 86400, 30 * 86400, 86400, 3600, 60, 1)
# How a document begins in UTF-16: with its mark, or with a "<" of two bytes.
_UTF16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}


class UnreadableEnvelopeError(ValueError):
    """The request is no SOAP envelope."""


@dataclass(frozen=True)
class Request:
    """One request: ``action`` is a short name (``Create``), or the whole URI where the lab knows none.

    ``operation_timeout`` in seconds, ``max_envelope`` in bytes: what the client accepts back. ``fault``: what refuses
    its headers, whatever it asks for.
    """

    action: str
    message_id: str = ""
    resource: str = ""
    shell_id: str | None = None
    command_id: str | None = None
    operation_timeout: float = DEFAULT_TIMEOUT
    max_envelope: int = DEFAULT_MAX_ENVELOPE
    options: dict[str, str] = field(default_factory=dict)
    body: ElementTree.Element | None = None
    charset: str = "utf-8"
    fault: SoapFault | None = None


def charset_of(envelope: bytes) -> str:
    """``utf-8`` or ``utf-16``, by how the document begins."""
    return "utf-16" if envelope[:2] in _UTF16 else "utf-8"


def read_duration(text: str) -> float | None:
    """Seconds of an xs:duration; None for what is none."""
    match = _DURATION.fullmatch(text)
    return match and sum(float(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True))


def read_request(envelope: bytes) -> Request:
    """Read one envelope; raises UnreadableEnvelopeError."""
    root = _parse(envelope)
    body = root.find(_q(names.SOAP, "Body"))
    content = body[0] if body is not None and len(body) else None
    header = root.find(_q(names.SOAP, "Header"))
    charset = charset_of(envelope)
    if content is not None and content.tag == _q(names.IDENTITY, "Identify"):
        return Request(action=names.IDENTIFY, charset=charset, fault=_not_understood(header))
    if header is None:
        raise UnreadableEnvelopeError("no SOAP header")
    action = _text(header, names.ADDRESSING, "Action")
    timeout = _text(header, names.WSMAN, "OperationTimeout")
    seconds = read_duration(timeout) if timeout else DEFAULT_TIMEOUT
    return Request(
        action=names.SHORT_NAMES.get(action, action),
        message_id=_text(header, names.ADDRESSING, "MessageID"),
        resource=_text(header, names.WSMAN, "ResourceURI"),
        shell_id=_named(header, "SelectorSet", "Selector").get("ShellId"),
        command_id=_command_id(content),
        operation_timeout=DEFAULT_TIMEOUT if seconds is None else seconds,
        max_envelope=int(_text(header, names.WSMAN, "MaxEnvelopeSize") or DEFAULT_MAX_ENVELOPE),
        options=_named(header, "OptionSet", "Option"),
        body=content,
        charset=charset,
        fault=_not_understood(header) or (faults.invalid_timeout(timeout) if seconds is None else None),
    )


def _parse(envelope: bytes) -> ElementTree.Element:
    try:
        text = envelope.decode(_UTF16.get(envelope[:2], "utf-8-sig"))
        # SOAP forbids document types, and entity expansion could eat the machine.
        if "<!DOCTYPE" in text:
            raise UnreadableEnvelopeError("a document type is not allowed in SOAP")
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise UnreadableEnvelopeError(str(error)) from None
    if root.tag != _q(names.SOAP, "Envelope"):
        raise UnreadableEnvelopeError("not a SOAP 1.2 envelope")
    return root


def _q(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


_UNDERSTOOD: Final = frozenset(
    _q(namespace, name) for namespace, known in names.HEADERS.items() for name in known.split()
)


def _text(parent: ElementTree.Element, namespace: str, name: str) -> str:
    return (parent.findtext(_q(namespace, name)) or "").strip()


def _named(header: ElementTree.Element, group: str, name: str) -> dict[str, str]:
    path = f"{_q(names.WSMAN, group)}/{_q(names.WSMAN, name)}"
    return {item.get("Name", ""): (item.text or "").strip() for item in header.iterfind(path)}


def _not_understood(header: ElementTree.Element | None) -> SoapFault | None:
    """What refuses a header block that must be understood and is not."""
    for block in () if header is None else header:
        if block.get(_q(names.SOAP, "mustUnderstand"), "").strip() not in ("true", "1"):
            continue
        if block.tag == _q(names.WSMAN, "Locale"):
            return faults.locale_not_guaranteed()
        if block.tag not in _UNDERSTOOD:
            return faults.not_understood(block.tag)
    return None


def _command_id(content: ElementTree.Element | None) -> str | None:
    """Send and Receive carry it on their stream, Signal on itself, Command may propose one."""
    if content is None:
        return None
    for element in (content, *content):
        found: str | None = element.get("CommandId")
        if found:
            return found
    return None
