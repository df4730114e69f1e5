"""The simulated connector by itself, in every assumed form of its file: reading, the console, fetching, changes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.pop3 import places
from lab.pop3.document import Document
from lab.pop3.dpapi import DataProtection, DataProtectionError
from lab.pop3.profiles import FILE_PROFILES, mailbox_guid
from lab.pop3.program import program_bytes
from lab.pop3.records import accounts, read_records
from tests.unit.lab.pop3.pop3_server import Pop3Server

PASSWORD = "Zq7-lab-only-Kupferdach-ö-€-9134"
OTHER = "Zq8-lab-only-Zinkblech-0815"
ANNA = {
    "server": "localhost",
    "port": 995,
    "username": "info@beispiel.de",
    "password": PASSWORD,
    "mailbox": "anna@nt4admins.local",
    "ssl": True,
    "logon": "basic",
}
BERT = ANNA | {"username": "bürö@beispiel.de", "password": OTHER, "mailbox": "bert@nt4admins.local", "logon": "apop"}
PROFILES = sorted(FILE_PROFILES)
WITH_STATUS = [name for name in PROFILES if "status" in FILE_PROFILES[name].keys]
MAIL = b"From: kunde@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHallo\r\n.Punkt\r\n"


def machine_with(profile: str = "plain", entries: list[dict[str, Any]] | None = None, **more: Any) -> SimulatedMachine:
    given = [ANNA, BERT] if entries is None else entries
    return SimulatedMachine({"pop3_connector": {"profile": profile, "accounts": given, **more}})


def data_of(machine: SimulatedMachine) -> bytes:
    file = machine.pop3.files.find(places.ACCOUNTS)
    assert file is not None
    return file.data


def kinds_of(machine: SimulatedMachine) -> list[str | None]:
    return [record.kind for record in read_records(Document.read(data_of(machine)))]


def shown(machine: SimulatedMachine) -> list[dict[str, Any]]:
    """The accounts of the dump, targets as addresses."""
    guids = {mailbox_guid(one["mailbox"]): one["mailbox"] for one in (ANNA, BERT)}
    found = machine.dump()["pop3_connector"]["accounts"]
    return [one | {"mailbox": guids.get(one["mailbox"], one["mailbox"])} for one in found]


def as_shown(account: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in account.items() if key != "password"}
    digest = hashlib.sha256(account["password"].encode()).hexdigest()
    return rest | {"port": str(account["port"]), "password_sha256": digest}


# -- the file ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_written_is_read_again(profile: str) -> None:
    assert shown(machine_with(profile)) == [as_shown(ANNA), as_shown(BERT)]


@pytest.mark.parametrize("profile", PROFILES)
def test_reading_and_encoding_gives_the_same_bytes(profile: str) -> None:
    data = data_of(machine_with(profile))
    assert Document.read(data).encode() == data


@pytest.mark.parametrize("profile", PROFILES)
def test_the_bytes_are_as_the_profile_says(profile: str) -> None:
    form, data = FILE_PROFILES[profile], data_of(machine_with(profile))
    assert data.startswith(form.bom)
    assert form.bom or not data.startswith((b"\xef", b"\xff"))
    text = data[len(form.bom) :].decode(form.codec)
    assert text.endswith(form.line_end) == form.last_line_end
    assert text.count("\n") == text.count(form.line_end)
    assert ("\r" in text) == (form.line_end == "\r\n")
    assert PASSWORD not in text and OTHER not in text


def test_the_profiles_cover_what_nobody_knows() -> None:
    forms = list(FILE_PROFILES.values())
    assert {(form.codec, bool(form.bom)) for form in forms} == {("utf-8", False), ("utf-8", True), ("utf-16-le", True)}
    assert {form.line_end for form in forms} == {"\r\n", "\n"}
    assert {form.last_line_end for form in forms} == {True, False}
    assert {form.entropy_per_record for form in forms} == {True, False}
    assert {form.mailbox_form for form in forms} == {"address", "guid"}
    for option in ("mailbox", "ssl", "logon"):
        assert len({form.keys[option] for form in forms if option in form.keys}) == len(forms) - 1
    assert len({form.ssl[True] for form in forms}) > 3
    blocks = {form.name: kinds_of(machine_with(form.name)) for form in forms}
    assert blocks["plain"] == ["Pop3Account"] * 2
    assert blocks["utf8_bom"] == [None, "SmtpServer", "Pop3Account", "Pop3Account"]
    assert blocks["unended"] == ["Pop3Account", "SmtpServer"] * 2
    assert blocks["strange_blocks"] == [None, "Pop3Account", "Pop3Account", None]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_program_names_the_keys_in_utf16(profile: str) -> None:
    form = FILE_PROFILES[profile]
    program = program_bytes(form)
    assert form.runtime.encode() in program
    for key in ("Pop3Account", *form.keys.values()):
        assert key.encode("utf-16-le") in program, key
    offsets = {program.index(key.encode("utf-16-le")) % 2 for key in ("Pop3Account", *form.keys.values())}
    assert offsets == {0, 1}


@pytest.mark.parametrize("data", [b"", b"-", b"\xff\xfe", b"\xef\xbb\xbf\n\n-\r-", b"Pop3Account\xff:\n-\n", b"a" * 5])
def test_the_reader_is_lenient(data: bytes) -> None:
    assert accounts(data) == []


# -- data protection ---------------------------------------------------------------------------------------------------


def test_protection_is_random_and_bound_to_machine_and_entropy() -> None:
    here, there = DataProtection(), DataProtection()
    blob = here.protect(b"secret", b"entropy")
    assert blob != here.protect(b"secret", b"entropy")
    assert b"secret" not in blob
    assert here.unprotect(blob, b"entropy") == b"secret"
    for machine, sealed, entropy in (
        (there, blob, b"entropy"),
        (here, blob, b"other"),
        (here, blob[:-1] + bytes([blob[-1] ^ 1]), b"entropy"),
        (here, b"", b"entropy"),
        (here, blob[:12], b"entropy"),
    ):
        with pytest.raises(DataProtectionError):
            machine.unprotect(sealed, entropy)


def test_a_password_of_another_machine_is_not_readable() -> None:
    assert shown(machine_with(entries=[ANNA | {"foreign": True}]))[0]["password_sha256"] is None


# -- the console -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("option", "value"),
    [("ssl", False), ("logon", "spa"), ("mailbox", "bert@nt4admins.local"), ("port", 110), ("server", "pop.example")],
)
def test_the_console_changes_one_line(profile: str, option: str, value: Any) -> None:
    machine = machine_with(profile)
    before = Document.read(data_of(machine)).lines
    machine.console({"account": {"username": ANNA["username"]}, "change": {option: value}})
    after = Document.read(data_of(machine)).lines
    changed = [(old.key, new.key) for old, new in zip(before, after, strict=True) if old != new]
    key = FILE_PROFILES[profile].keys.get(option)
    assert changed == ([(key, key)] if key else [])
    assert shown(machine) == [as_shown(ANNA | {option: value}), as_shown(BERT)]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_console_changes_a_password(profile: str) -> None:
    machine = machine_with(profile)
    machine.console({"account": {"username": BERT["username"]}, "change": {"password": PASSWORD}})
    assert shown(machine) == [as_shown(ANNA), as_shown(BERT | {"password": PASSWORD})]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_console_removes_and_adds(profile: str) -> None:
    machine = machine_with(profile)
    kinds = kinds_of(machine)
    machine.console({"remove": {"username": ANNA["username"]}})
    assert shown(machine) == [as_shown(BERT)]
    machine.console({"add": ANNA})
    assert shown(machine) == [as_shown(BERT), as_shown(ANNA)]
    assert kinds_of(machine) == kinds


@pytest.mark.parametrize("profile", PROFILES)
def test_the_first_account_of_a_host(profile: str) -> None:
    machine = machine_with(profile, [])
    assert machine.pop3.files.find(places.ACCOUNTS) is None
    machine.console({"add": ANNA})
    assert shown(machine) == [as_shown(ANNA)]


@pytest.mark.parametrize(
    ("order", "piece"),
    [
        ({}, "is expected"),
        ({"add": {"server": "x"}}, "lacks"),
        ({"add": ANNA | {"logon": "kerberos"}}, "logon is one of"),
        ({"add": ANNA | {"username": "a\nb"}}, "a text of one line"),
        ({"remove": {"username": "nobody"}}, "0 accounts"),
        ({"remove": {"server": "localhost"}}, "2 accounts"),
        ({"remove": {"mailbox": "x"}}, "named by"),
        ({"account": {"username": ANNA["username"]}, "change": {"colour": 1}}, "no line for colour"),
    ],
)
def test_the_console_refuses(order: dict[str, Any], piece: str) -> None:
    machine = machine_with()
    before = data_of(machine)
    with pytest.raises(StateError, match=piece) as refused:
        machine.console(order)
    assert data_of(machine) == before
    assert PASSWORD not in str(refused.value)


# -- states and changes ------------------------------------------------------------------------------------------------


def test_an_untouched_sbs_has_a_running_connector_without_accounts() -> None:
    dump = SimulatedMachine.from_state("sbs2011").dump()["pop3_connector"]
    assert (dump["installed"], dump["accounts"], dump["file"]) == (True, [], None)
    assert (dump["service"]["Status"], dump["service"]["StartMode"]) == ("Running", "Auto")


def test_other_kinds_of_machine_have_none() -> None:
    machine = SimulatedMachine.from_state("exchange2010")
    assert machine.dump()["pop3_connector"]["installed"] is False
    assert machine.pop3.services.find("pop3connector") is None
    for act in (lambda: machine.console({"add": ANNA}), machine.fetch, lambda: machine.change({"pop3_connector": {}})):
        with pytest.raises(StateError, match="has none"):
            act()


@pytest.mark.parametrize(
    ("data", "piece"),
    [
        ({"colour": 1}, "unknown keys"),
        ({"profile": "real"}, "is none of"),
        ({"rewrites_at_stop": "always"}, "rewrites_at_stop"),
        ({"rewrites_at_stop": "status"}, "no value that changes by itself"),
        ({"trouble": {"smoke": True}}, "trouble has only"),
        ({"trouble": {"locked": "never"}}, "locked is one of"),
        ({"service": {"status": "Dancing"}}, "status is one of"),
        ({"service": {"colour": 1}}, "colour"),
    ],
)
def test_a_state_that_cannot_be(data: dict[str, Any], piece: str) -> None:
    with pytest.raises(StateError, match=piece):
        SimulatedMachine({"pop3_connector": data})


def test_a_dump_is_json_without_a_password() -> None:
    text = json.dumps(machine_with().dump())
    assert PASSWORD not in text and OTHER not in text
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() in text


def test_drift() -> None:
    machine = machine_with()
    machine.change(
        {
            "pop3_connector": {
                "accounts": [{key: BERT[key] for key in ("server", "port", "username")} | {"ssl": False}],
                "remove": [{"username": ANNA["username"]}],
                "service": {"status": "Stopped"},
                "mailboxes": ["carla@nt4admins.local"],
                "interrupted": "running",
            },
            "services": [{"name": "POPconSvc", "display_name": "POPcon PRO"}],
            "tasks": [{"name": "Fetch", "minutes": 20, "command": "x.exe"}],
        }
    )
    dump = machine.dump()
    assert shown(machine) == [as_shown(BERT | {"ssl": False})]
    assert dump["pop3_connector"]["service"]["Status"] == "Stopped"
    assert "carla@nt4admins.local" in dump["pop3_connector"]["mailboxes"]
    assert "pop3records.dat.sbs-mailflow" in dump["pop3_connector"]["data_folder"]
    named = {service["Name"] for service in dump["services"]}
    assert {"pop3connector", "POPconSvc"} <= named
    assert dump["tasks"][0]["minutes"] == 20
    machine.change({"services": [{"name": "popconsvc", "remove": True}], "tasks": [{"name": "fetch", "remove": True}]})
    machine.change({"pop3_connector": {"interrupted": None, "file": base64.b64encode(b"raw\xff").decode()}})
    dump = machine.dump()
    assert ({service["Name"] for service in dump["services"]}, dump["tasks"]) == (named - {"POPconSvc"}, [])
    assert list(dump["pop3_connector"]["data_folder"]) == ["pop3records.dat"]
    assert data_of(machine) == b"raw\xff"
    machine.change({"pop3_connector": {"file": None}})
    assert machine.dump()["pop3_connector"]["file"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"pop3_connector": {"remove": [{"username": ANNA["username"]}], "file": "not base64"}},
        {"pop3_connector": {"remove": [{"username": ANNA["username"]}], "trouble": {"smoke": 1}}},
        {"pop3_connector": {"remove": [{"username": ANNA["username"]}]}, "services": [{"name": ""}]},
        {"pop3_connector": {"remove": [{"username": ANNA["username"]}]}, "remove": ["no such connector"]},
        {"pop3_connector": {"colour": 1}},
    ],
)
def test_a_wrong_change_changes_nothing(wrong: dict[str, Any]) -> None:
    machine = machine_with()
    machine.change({"clock": "2026-11-24T12:00:00Z"})
    before = machine.dump()
    with pytest.raises(StateError):
        machine.change(wrong)
    assert machine.dump() == before


@pytest.mark.parametrize("profile", WITH_STATUS)
def test_a_service_that_rewrites_its_file_when_it_stops(profile: str) -> None:
    machine = machine_with(profile, rewrites_at_stop="status")
    before = data_of(machine)
    machine.pop3.stop_service("POP3Connector")
    assert data_of(machine) != before
    assert shown(machine) == [as_shown(ANNA), as_shown(BERT)]
    after = data_of(machine)
    machine.pop3.stop_service("pop3connector")
    assert data_of(machine) == after


def test_a_service_that_rewrites_the_same() -> None:
    machine = machine_with(rewrites_at_stop="same")
    before = machine.pop3.files.find(places.ACCOUNTS)
    machine.pop3.stop_service("pop3connector")
    after = machine.pop3.files.find(places.ACCOUNTS)
    assert before is not None and after is not None
    assert before.data == after.data
    assert before.written < after.written


# -- fetching ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificates(tmp_path: Path) -> Iterator[Certificates]:
    yield Certificates(tmp_path / "ca.pem")


def account(source: Pop3Server, **more: Any) -> dict[str, Any]:
    return ANNA | {"port": source.port, "ssl": source.tls is not None} | more


@pytest.mark.parametrize("profile", PROFILES)
def test_a_fetch_delivers_and_deletes_at_the_source(profile: str, certificates: Certificates, tmp_path: Path) -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL, MAIL], certificates.context) as server:
        machine = machine_with(profile, [account(server)])
        assert [(one["status"], one["messages"]) for one in machine.fetch(tmp_path / "ca.pem")] == [("fetched", 2)]
        assert server.messages == []
        assert machine.fetch(tmp_path / "ca.pem")[0]["messages"] == 0
    dump = machine.dump()["pop3_connector"]
    found = dump["mailboxes"]["anna@nt4admins.local"]
    assert (found["count"], found["subjects"], dump["undeliverable"]) == (2, ["Grüße", "Grüße"], [])
    log = machine.pop3.files.find(places.LOG)
    assert log is not None and b"2 messages" in log.data and PASSWORD.encode() not in log.data


def test_a_fetch_uses_the_file_as_it_stands() -> None:
    with Pop3Server((ANNA["username"], OTHER), [MAIL]) as server:
        machine = machine_with(entries=[account(server)])
        assert machine.fetch()[0]["status"] == "failed"
        machine.console({"account": {"username": ANNA["username"]}, "change": {"password": OTHER}})
        assert machine.fetch()[0]["status"] == "fetched"


def test_an_unknown_target_is_undeliverable() -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL]) as server:
        machine = machine_with(entries=[account(server)], mailboxes=["bert@nt4admins.local"])
        machine.fetch()
        assert server.messages == []
    found = machine.dump()["pop3_connector"]["undeliverable"]
    assert found == [{"mailbox": ANNA["mailbox"], "subject": "Grüße", "size": len(MAIL)}]


@pytest.mark.parametrize("cut_at", ["USER", "STAT", "RETR", "DELE", "QUIT"])
def test_without_a_quit_nothing_is_gone(cut_at: str) -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL, MAIL], cut_at=cut_at) as server:
        result = machine_with(entries=[account(server)]).fetch()[0]
        assert (result["status"], len(server.messages)) == ("failed", 2)


@pytest.mark.parametrize(
    ("change", "status", "piece"),
    [
        ({"server": "pop3.strato.de"}, "not_simulated", "loopback only"),
        ({"logon": "spa"}, "not_simulated", "SPA"),
        ({"foreign": True}, "failed", "cannot be decrypted"),
        ({"password": OTHER}, "failed", r"-ERR no login with \*{8}"),
        ({"logon": "apop"}, "failed", "-ERR unknown"),
    ],
)
def test_what_cannot_be_fetched_says_why(change: dict[str, Any], status: str, piece: str) -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL]) as server:
        machine = machine_with(entries=[account(server, **change), account(server, username="later@beispiel.de")])
        first, second = machine.fetch()
        assert len(server.messages) == 1
    assert first["status"] == status
    assert re.search(piece, first["error"])
    assert second["status"] == "failed"
    assert OTHER not in json.dumps([first, second])


def test_a_certificate_that_the_host_does_not_trust(certificates: Certificates, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    Certificates(tmp_path / "other" / "ca.pem")
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL], certificates.context) as server:
        machine = machine_with(entries=[account(server)])
        for authority in (None, tmp_path / "other" / "ca.pem"):
            assert "CERTIFICATE_VERIFY_FAILED" in machine.fetch(authority)[0]["error"]
        assert len(server.messages) == 1


@pytest.mark.parametrize("profile", WITH_STATUS)
def test_a_fetch_leaves_its_status_in_the_file(profile: str) -> None:
    with Pop3Server((ANNA["username"], PASSWORD), []) as server:
        machine = machine_with(profile, [account(server)])
        before = Document.read(data_of(machine)).lines
        machine.fetch()
    after = Document.read(data_of(machine)).lines
    changed = [old.key for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [FILE_PROFILES[profile].keys["status"]]


def test_what_is_fetched_comes_in_by_smtp_from_the_host_itself() -> None:
    with Pop3Server(
        (ANNA["username"], PASSWORD), [b"Message-ID: <eins@x>\r\nFrom: Kunde <k@example.com>\r\n" + MAIL]
    ) as server:
        machine = machine_with(entries=[account(server)])
        machine.fetch()
    event = machine.invoke("Get-MessageTrackingLog", {"MessageId": "<eins@x>", "EventId": "Receive"})[0]
    assert (event["Source"], event["ClientIp"], event["Sender"]) == ("SMTP", "127.0.0.1", "k@example.com")
    assert event["ConnectorId"] == "SBS\\Windows SBS Fax Sharepoint Receive SBS"
    assert machine.dump()["inboxes"] == {"anna@nt4admins.local": ["<eins@x>"]}


def test_a_target_that_only_exchange_knows_is_delivered_to() -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL]) as server:
        machine = machine_with(entries=[account(server)])
        machine.console({"account": {"username": ANNA["username"]}, "change": {"mailbox": "bernd@nt4admins.local"}})
        machine.fetch()
    assert machine.dump()["pop3_connector"]["mailboxes"]["bernd@nt4admins.local"]["count"] == 1


REFUSALS: list[dict[str, Any]] = [
    {"queue_disk": {"used_percent": 97}},
    {"receive_connectors": [{"Name": "Windows SBS Fax Sharepoint Receive SBS", "PermissionGroups": "ExchangeUsers"}]},
    {"pop3_connector": {"hands_over_to": "192.168.1.2:2525"}},
    {"services": [{"name": "MSExchangeTransport", "status": "Stopped"}]},
]


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("loses", [True, False])
def test_whether_refused_mail_is_lost_is_an_assumption(refusal: dict[str, Any], loses: bool) -> None:
    with Pop3Server((ANNA["username"], PASSWORD), [MAIL]) as server:
        machine = machine_with(entries=[account(server)], loses_refused=loses)
        machine.change(refusal)
        (result,) = machine.fetch()
        assert len(server.messages) == (0 if loses else 1)
    assert (result["status"], result["messages"], result["kept"]) == ("fetched", int(loses), int(not loses))
    dump = machine.dump()["pop3_connector"]
    assert (len(dump["undeliverable"]), dump["mailboxes"]["anna@nt4admins.local"]["count"]) == (int(loses), 0)


@pytest.mark.parametrize(
    "wrong",
    [{"loses_refused": "yes"}, {"hands_over_to": "localhost"}, {"hands_over_to": None}, {"loses_refused": None}],
)
def test_assumptions_about_the_hand_over_are_read_strictly(wrong: dict[str, Any]) -> None:
    machine = machine_with()
    for act in (lambda: machine_with(**wrong), lambda: machine.change({"pop3_connector": wrong})):
        with pytest.raises(StateError, match=next(iter(wrong))):
            act()
    assert machine.dump()["pop3_connector"]["loses_refused"] is True
