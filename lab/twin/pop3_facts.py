"""``Get-Pop3Facts``: all that can be looked at of a connector, masked, and comparable before and after one change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lab.exchange.host import Output
from lab.pop3 import Pop3Host, places
from lab.pop3.files import HostFile
from lab.twin.agent import Agent, Given
from lab.twin.files import open_file, utc
from lab.twin.pop3_fetch import read_log
from lab.twin.pop3_file import RecordsText, TextLine, path_of
from lab.twin.pop3_service import service_of, service_shown

_FAR: Final = 4000
_STRING: Final = re.compile(rb"(?:[\x20-\x7e]\x00){3,120}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
_SHORTEST: Final = 16  # characters of what is called base64 rather than text
_ADDRESS: Final = re.compile(r"[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\]]+")
_RUNTIMES: Final = ("v4.0.30319", "v2.0.50727")
_SHOWN: Final = ("true", "false")


def get_pop3_facts(agent: Agent, given: Given) -> Output:
    """``Get-Pop3Facts``; see docs/wire.md."""
    pop3, salt = agent.machine.pop3, given.get("Salt")
    with pop3.lock:
        path, service = path_of(given), service_of(given)
        file = pop3.files.find(path)
        text = RecordsText(open_file(pop3, path)) if file else None
        return [
            {
                "Bytes": _bytes(text),
                "Lines": [_line(text, line, salt) for line in text.lines] if text else [],
                "Service": _service(pop3, service),
                "Acl": file.sddl if file else None,
                "Folders": list(_folders(pop3, places.split(path)[0])),
                "Program": _program(pop3),
                "Registry": [_masked_value(value) for value in pop3.registry()],
                "Log": _masked_log(read_log(pop3, places.LOGS, 50)),
            }
        ]


def _folders(pop3: Pop3Host, folder: str) -> Iterator[dict[str, object]]:
    yield _folder(folder, pop3.files.in_folder(folder))
    yield _folder(places.LOGS, pop3.files.in_folder(places.LOGS))
    yield _folder(places.BIN, _programs(pop3))


def _masked_log(log: dict[str, Any]) -> dict[str, Any]:
    """The same without the addresses of people."""
    return {**log, "Lines": [_ADDRESS.sub("********", line) for line in log["Lines"]]}


def _bytes(text: RecordsText | None) -> dict[str, object]:
    if text is None:
        return {"Length": None, "FirstBytes": None, "Crlf": None, "Lf": None, "Cr": None}
    ends = [line.end for line in text.lines]
    counts = {"Crlf": ends.count("\r\n"), "Lf": ends.count("\n"), "Cr": ends.count("\r")}
    return {"Length": len(text.data), "FirstBytes": text.data[:4].hex(), **counts}


def _line(text: RecordsText, line: TextLine, salt: str | None) -> dict[str, object]:
    """Of a line without a colon only a hyphen is shown."""
    value = line.text if line.key is None else line.value
    length = text.length(value)
    shown: dict[str, object] = {"Key": None, "Value": "-" if value == "-" else None, "Digest": None}
    if line.key is not None:
        shown |= {"Key": text.words(line.key), "Value": None}
        if line.key not in ("Password", "Entropy"):
            may_be_shown = line.key == "Port" or length <= 3 or value.lower() in _SHOWN
            shown["Value"] = text.words(value) if may_be_shown else None
            shown["Digest"] = _digest(text.encode(value), salt) if salt else None
    return {**shown, "ValueLength": length, "Class": _class(value), "Account": line.block}


def _digest(value: bytes, salt: str) -> str:
    return hashlib.sha256(value + salt.encode()).hexdigest()[:12]


def _class(value: str) -> str:
    if not value:
        return "empty"
    if value.isascii() and value.isdecimal():
        return "digits"
    is_base64 = len(value) >= _SHORTEST and len(value) % 4 == 0 and _BASE64.fullmatch(value)
    return "base64" if is_base64 else "text"


def _service(pop3: Pop3Host, name: str) -> dict[str, object]:
    service = pop3.services.find(name)
    more = ("Description", "Account", "Program", "DependsOn")
    shown: Mapping[str, object] = service.shown() if service else dict.fromkeys(more)
    return {**service_shown(pop3, name), **{key: shown[key] for key in more}}


def _folder(path: str, files: list[HostFile]) -> dict[str, object]:
    shown = [{"Name": file.name, "Length": len(file.data), "LastWriteTime": utc(file.written)} for file in files]
    return {"Path": path, "Files": shown}


def _programs(pop3: Pop3Host) -> list[HostFile]:
    return [file for file in pop3.files.in_folder(places.BIN) if "pop3" in file.name.lower()]


def _program(pop3: Pop3Host) -> dict[str, object]:
    """The fake program has no version resource."""
    file = pop3.files.find(places.PROGRAM)
    data = file.data if file else b""
    readable = [found.data for found in _programs(pop3) if found.name.lower().endswith((".exe", ".dll"))]
    return {
        "Path": places.PROGRAM,
        "Exists": file is not None,
        "FileVersion": None,
        "Runtime": next((runtime for runtime in _RUNTIMES if runtime.encode() in data), None),
        "Config": pop3.files.find(f"{places.PROGRAM}.config") is not None,
        "Strings": list(dict.fromkeys(text for data in readable for text in _strings(data))),
    }


def _strings(data: bytes) -> Iterator[str]:
    """The UTF-16LE texts near each ``Pop3Account``, whatever offset they begin at."""
    for found in re.finditer(re.escape("Pop3Account".encode("utf-16-le")), data):
        near = data[max(0, found.start() - _FAR) : found.end() + _FAR]
        yield from (match[0].decode("utf-16-le") for match in _STRING.finditer(near))


def _masked_value(value: Mapping[str, Any]) -> dict[str, object]:
    """Numbers and True/False as they are, of any other text its length."""
    written = value["Value"]
    plain = not isinstance(written, str) or written.lower() in _SHOWN or written.isdecimal()
    return {**value, "Value": written if plain else len(written)}
