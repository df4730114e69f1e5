"""A host in memory that answers as the agent's POP3 commands do: reads with its secrets masked, and edits bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.subject import Pop3ConnectorSubject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.run.examples import HOST, NOW, Break, done, failed, packed, reply_data, request_in

PATH = "C:\\Program Files\\Windows Small Business Server\\Data\\pop3records.dat"
PASSWORD = "Gv5-pop3-engine-only-Dachrinne-7720"
OTHER_PASSWORD = "Hb2-pop3-engine-only-Wetterhahn-4416"
MAP: dict[str, Any] = {
    "mailbox": {"key": "Mailbox"},
    "ssl": {"key": "UseSsl", "values": {"true": "True", "false": "False"}},
    "logon": {"key": "LogonType", "values": {"basic": "0", "apop": "2"}},
}
_CODECS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"))
PROVEN = {"Stage": "done", "Problem": None, "Reply": "+OK", "Tls": "Tls12", "Certificate": None, "Messages": 3}


def declared(n: int = 1, **values: Any) -> dict[str, Any]:
    """One account as an inventory declares it, the same as pop3_file.account makes it."""
    plain = {
        "server": "pop3.strato.de",
        "port": 995,
        "username": f"user{n}@beispiel.de",
        "password": PASSWORD,
        "mailbox": f"user{n}@nt4admins.local",
        "ssl": True,
        "logon": "basic",
    }
    return {key: value for key, value in {**plain, **values}.items() if value is not None}


def options(*accounts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The arguments of the action."""
    return {"accounts": list(accounts), "key_map": MAP, **more}


def recipient(address: str, kind: str = "UserMailbox", **properties: Any) -> dict[str, Any]:
    """A recipient as Exchange prints it; what is not said follows from its address."""
    name = address.partition("@")[0]
    plain = {"Identity": f"nt4admins.local/Users/{name}", "Name": name, "Alias": name, "RecipientType": kind}
    return {**plain, "EmailAddresses": [f"SMTP:{address}"], "ExternalEmailAddress": None, **properties}


RECIPIENTS = {"Get-Recipient": None, "Get-Mailbox": "UserMailbox", "Get-MailPublicFolder": "PublicFolder"}
"""What is asked of recipients, and of which kind."""


def _named(request: dict[str, Any]) -> list[str]:
    return [step["command"] for step in request["steps"]]


class Pop3Host:
    """A file and a service. ``stored``: blob -> password; what is missing there cannot be read by this machine."""

    def __init__(self, data: bytes | None, stored: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.stored = dict(stored or {})
        self.status = "Running"
        self.service_exists = True
        self.interrupted: str | None = None
        self.backups: dict[str, bytes] = {}
        self.services: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.task: dict[str, Any] = {"Exists": False}
        self.logins: dict[str, dict[str, Any]] = {}
        self.recipients = [recipient(f"user{n}@nt4admins.local") for n in range(9)]
        self.tried: list[dict[str, Any]] = []
        self.silent_logins = False
        self.warnings: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.failures: dict[str, dict[str, Any]] = {}
        self.breaks: dict[int, Break] = {}
        self.facts: dict[str, Any] = {"Get-BadMail": {"Folder": "C:\\b", "Messages": 0}}
        self.waiting: list[dict[str, Any]] = []
        self.counted: list[str] = []

    # ---- the wire

    def session(self) -> Session:
        """A session to this host."""
        return Session(self.execute, HOST, lambda: None)

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call of the agent."""
        request = request_in(stdin)
        self.requests.append(request)
        assert (request["exchange"] != "none") is any(each in RECIPIENTS for each in _named(request))
        fault = self.breaks.get(len(self.requests))
        results: list[dict[str, Any]] = []
        for step in request["steps"] if fault is None else request["steps"][: fault.after]:
            if any(each["status"] == "failed" for each in results) and not step.get("always"):
                results.append({"id": step["id"], "status": "not_tried", "output": [], "error": None, "ms": 0})
            elif step["command"] in self.failures:
                results.append({**self.failures[step["command"]], "id": step["id"]})
            else:
                output = self.run(step["command"], step["parameters"], request["secrets"])
                results.append(done(step["id"], *output) if "select" in step else done(step["id"]))
        if fault:
            raise fault.error
        return 0, packed(reply_data(*results, warnings=self.warnings)), b""

    def fail(self, command: str, code: str | None, message: str = "Kein Zugriff.") -> None:
        """Let a command fail."""
        self.failures[command] = failed("", message, code)

    @property
    def commands(self) -> list[list[str]]:
        """The commands of each remote process."""
        return [[step["command"] for step in request["steps"]] for request in self.requests]

    # ---- the commands

    def run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        """One command's output."""
        if command == "Get-ServiceList":
            return self.services
        if command == "Get-TaskList":
            return self.tasks
        if command in RECIPIENTS:
            return [each for each in self.recipients if RECIPIENTS[command] in (None, each["RecipientType"])]
        if command == "Get-FetchTask":
            return [{"Name": given["Name"], **self.task}]
        if command == "Set-FetchTask":
            self.task = {"Exists": True, "IntervalMinutes": given["IntervalMinutes"], "Enabled": True}
            self.task |= {"Command": '"C:\\x\\Pop3Connector.exe"', "Arguments": "-downloadNow"}
            return [self.task]
        if command == "Remove-FetchTask":
            self.task = {"Exists": False}
            return []
        if command == "Read-Pop3Records":
            return [self.read(given, secrets)]
        if command == "Test-Pop3Login":
            login = given["Credential"]["$credential"]
            assert login["password"]["$secret"] in secrets
            self.tried.append(given)
            return (
                []
                if self.silent_logins
                else [{"Certificate": None, "Octets": None, **self.logins.get(login["username"], PROVEN)}]
            )
        if command == "Measure-Pop3Waiting":
            assert given["Sha256"] == self.sha256
            self.counted += [each["Username"] for each in given["Logins"]]
            now = self.waiting.pop(0)
            return [{**PROVEN, "Messages": 3, **now.get(each["Username"], {})} for each in given["Logins"]]
        if command == "Set-Pop3Service":
            self.status, self.interrupted = given["Status"], None
            return []
        if command == "Write-Pop3Records":
            return self.write(given, secrets)
        if command == "Restore-Pop3Records":
            assert given["Sha256"] == self.sha256
            self._backup()
            self.data = self.backups[given["Backup"]]
            return []
        return [self.facts[command]]

    @property
    def sha256(self) -> str | None:
        """The hash of the file."""
        return None if self.data is None else hashlib.sha256(self.data).hexdigest()

    @property
    def codec(self) -> tuple[bytes, str]:
        """Byte order mark and codec of the file."""
        data = self.data or b""
        return next((each for each in _CODECS if data.startswith(each[0])), (b"", "latin-1"))

    def secrets_of(self) -> list[dict[str, Any]]:
        """Every secret value with its place and text, and the user name of its block."""
        bom, codec = self.codec
        text = (self.data or b"")[len(bom) :].decode(codec)
        found: list[dict[str, Any]] = []
        entropy, block = None, 0
        for match in re.finditer(r"([^\r\n]*)(\r\n|\n|\r|$)", text):
            if match[1] == "-":
                block += 1
            key, colon, value = match[1].partition(":")
            if colon and key in ("Password", "Entropy"):
                start = len(bom) + len(text[: match.start() + len(key) + 1].encode(codec))
                entry = {"Key": key, "Offset": start, "Length": len(value.encode(codec)), "text": value, "block": block}
                entry["Entropy"] = entropy if key == "Password" else None
                found.append(entry)
                entropy = len(found) - 1 if key == "Entropy" else entropy
        names = self._usernames(text)
        return [{**each, "Username": names.get(each["block"], "")} for each in found]

    @staticmethod
    def _usernames(text: str) -> dict[int, str]:
        lines = re.split(r"\r\n|\n|\r", text)
        blocks = [lines[:at].count("-") for at in range(len(lines))] if len(lines) < 400 else _counted(lines)
        return {block: line[9:] for block, line in zip(blocks, lines, strict=True) if line.startswith("Username:")}

    def read(self, given: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
        """What Read-Pop3Records gives."""
        status = self.status if self.service_exists else None
        service = {"Name": given.get("Service", "pop3connector"), "Exists": self.service_exists, "Status": status}
        backups = [{"Name": name, "Length": len(data), "LastWriteTime": ""} for name, data in self.backups.items()]
        head = {
            "Path": given.get("Path", PATH),
            "Service": service,
            "Interrupted": self.interrupted,
            "Backups": backups,
        }
        backup = self.backups.get(given.get("Path", "").rpartition("\\")[2])
        if backup is not None:
            return {**head, "Sha256": hashlib.sha256(backup).hexdigest()}
        if self.data is None:
            return {**head, "Exists": False, "Length": None, "Sha256": None, "Masked": None, "Secrets": []}
        sizes = {"Exists": True, "Length": len(self.data), "Sha256": self.sha256}
        if not given.get("Content", True):
            return {**head, **sizes, "Masked": None, "Secrets": []}
        masked = bytearray(self.data)
        wanted = [
            (each["Username"].lower(), secrets[each["Password"]["$secret"]]) for each in given.get("Candidates", [])
        ]
        by_name: dict[str, list[tuple[int, str]]] = {}
        for at, (name, password) in enumerate(wanted):
            by_name.setdefault(name, []).append((at, password))
        told = []
        for each in self.secrets_of():
            value = "x" * len(each["text"])
            value = "\0" + value[1:] if "\0" in each["text"] else value
            masked[each["Offset"] : each["Offset"] + each["Length"]] = value.encode(self.codec[1])
            entry = {key: each[key] for key in ("Key", "Offset", "Length")}
            if each["Key"] == "Password":
                plain = self.stored.get(each["text"].strip())
                known = each["Entropy"] is not None and each["text"] != ""
                near = by_name.get(each["Username"].lower(), [])
                entry |= {"Entropy": each["Entropy"], "Readable": plain is not None if known else None}
                entry["Equal"] = [at for at, password in near if known and plain == password]
            told.append(entry)
        return {**head, **sizes, "Masked": base64.b64encode(bytes(masked)).decode(), "Secrets": told}

    def write(self, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        """What Write-Pop3Records does."""
        assert self.data is not None and given["Sha256"] == self.sha256
        pieces, at = [], 0
        for edit in given["Edits"]:
            assert edit["Offset"] >= at and set(edit) - {"Offset", "Length", "Entropy"} <= {"Data", "Copy", "Password"}
            pieces += [self.data[at : edit["Offset"]], self._content(edit, secrets)]
            at = edit["Offset"] + edit["Length"]
        new = b"".join([*pieces, self.data[at:]])
        self._backup()
        self.data = new
        before = self.interrupted or self.status.lower()
        after = given.get("ServiceAfter", before)
        self.status, self.interrupted = "Running" if after == "running" else "Stopped", None
        return []

    def _content(self, edit: dict[str, Any], secrets: dict[str, str]) -> bytes:
        data = self.data or b""
        if "Data" in edit:
            return base64.b64decode(edit["Data"])
        if "Copy" in edit:
            return data[edit["Copy"]["Offset"] : edit["Copy"]["Offset"] + edit["Copy"]["Length"]]
        places = [(each["Offset"], each["Length"]) for each in self.secrets_of() if each["Key"] == "Entropy"]
        assert (edit["Entropy"]["Offset"], edit["Entropy"]["Length"]) in places
        blob = f"AQAAANCM+new{len(self.stored):06}"
        self.stored[blob] = secrets[edit["Password"]["$secret"]]
        return blob.encode(self.codec[1])

    def _backup(self) -> None:
        if self.data is not None:
            self.backups[f"pop3records.dat.20260302T12000{len(self.backups)}Z.bak"] = self.data


def _counted(lines: list[str]) -> list[int]:
    counts, count = [], 0
    for line in lines:
        counts.append(count)
        count += line == "-"
    return counts


def subject(arguments: dict[str, Any], folder: Path, now: datetime = NOW) -> Pop3ConnectorSubject:
    """The subject of these arguments, with a ledger in a folder."""
    return Pop3ConnectorSubject(
        parse_desired(arguments), Ledger(folder / "ledger.sqlite"), HOST, lambda: now, ExchangeShell()
    )
