"""Reads a request envelope. Elements are matched by namespace, never by prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree

from lab.wsman import names

DEFAULT_TIMEOUT: Final = 60.0
DEFAULT_MAX_ENVELOPE: Final = 153_600
_DURATION: Final = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


class UnreadableEnvelopeError(ValueError):
    """The request is no SOAP envelope."""


@dataclass(frozen=True)
class Request:
    """One request: ``action`` is a short name (``Create``), or the whole URI where the lab knows none.

    ``operation_timeout`` in seconds, ``max_envelope`` in bytes: what the client accepts back.
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


def read_request(envelope: bytes) -> Request:
    """Read one envelope; raises UnreadableEnvelopeError."""
    root = _parse(envelope)
    body = root.find(_q(names.SOAP, "Body"))
    content = body[0] if body is not None and len(body) else None
    if content is not None and content.tag == _q(names.IDENTITY, "Identify"):
        return Request(action=names.IDENTIFY)
    header = root.find(_q(names.SOAP, "Header"))
    if header is None:
        raise UnreadableEnvelopeError("no SOAP header")
    action = _text(header, names.ADDRESSING, "Action")
    return Request(
        action=names.SHORT_NAMES.get(action, action),
        message_id=_text(header, names.ADDRESSING, "MessageID"),
        resource=_text(header, names.WSMAN, "ResourceURI"),
        shell_id=_named(header, "SelectorSet", "Selector").get("ShellId"),
        command_id=_command_id(content),
        operation_timeout=_seconds(_text(header, names.WSMAN, "OperationTimeout")),
        max_envelope=int(_text(header, names.WSMAN, "MaxEnvelopeSize") or DEFAULT_MAX_ENVELOPE),
        options=_named(header, "OptionSet", "Option"),
        body=content,
    )


def _parse(envelope: bytes) -> ElementTree.Element:
    # SOAP forbids document types, and entity expansion could eat the machine.
    if b"<!DOCTYPE" in envelope:
        raise UnreadableEnvelopeError("a document type is not allowed in SOAP")
    try:
        root = ElementTree.fromstring(envelope)
    except ElementTree.ParseError as error:
        raise UnreadableEnvelopeError(str(error)) from None
    if root.tag != _q(names.SOAP, "Envelope"):
        raise UnreadableEnvelopeError("not a SOAP 1.2 envelope")
    return root


def _q(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _text(parent: ElementTree.Element, namespace: str, name: str) -> str:
    return (parent.findtext(_q(namespace, name)) or "").strip()


def _named(header: ElementTree.Element, group: str, name: str) -> dict[str, str]:
    path = f"{_q(names.WSMAN, group)}/{_q(names.WSMAN, name)}"
    return {item.get("Name", ""): (item.text or "").strip() for item in header.iterfind(path)}


def _seconds(duration: str) -> float:
    match = _DURATION.fullmatch(duration)
    if not match or duration == "PT":
        return DEFAULT_TIMEOUT
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _command_id(content: ElementTree.Element | None) -> str | None:
    """Send and Receive carry it on their stream, Signal on itself, Command may propose one."""
    if content is None:
        return None
    for element in (content, *content):
        found: str | None = element.get("CommandId")
        if found:
            return found
    return None
