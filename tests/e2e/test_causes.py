"""Why a connection fails, as Ansible's own plugin meets it on real sockets: the action ping in this process.

What ``tests/unit/plugin_utils/action/test_causes.py`` holds of texts is held here of those that can be brought about.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab.up.lab import Lab
from tests.unit.plugin_utils.action.shell_host import Shell, twin

from .running import CONNECTION_PASSWORD

Variables = dict[str, Any]
HTML = b"<!DOCTYPE html><html><head><title>IIS7</title></head></html>"
STUBS = ("_connect", "exec_command", "reset", "close")


class Wired(Shell):
    """A task whose connection is the real one."""

    def _connection(self, answer: Any) -> Any:
        plugin = super()._connection(answer)
        for name in STUBS:
            delattr(plugin, name)
        if self.variables["ansible_password"] is None:
            plugin.set_option("remote_password", None)  # as Ansible has it where nobody gives one
        return plugin


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(["sbs"], password=CONNECTION_PASSWORD) as one:
        yield one


@pytest.fixture
def ping(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs ping with these variables besides the lab's; no proxy but the test's."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    host = lab.hosts["sbs"]

    def run(**variables: Any) -> dict[str, Any]:
        return Wired(twin("sbs2011"), {**ways(lab), **variables}).run("ping", {})

    yield run
    host.faults.clear()


def ways(lab: Lab) -> Variables:
    """The lab's variables, as its inventory has them; nobody says which proxy to take."""
    return {
        "ansible_host": "127.0.0.1",
        "ansible_port": lab.hosts["sbs"].ports.http,
        "ansible_user": "Administrator",
        "ansible_password": CONNECTION_PASSWORD,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_operation_timeout_sec": 1,
        "ansible_winrm_read_timeout_sec": 2,
    }


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Answers every connection in the same way (None: not at all), over TLS where it is given; the port."""
    with ExitStack() as stack:

        def start(answer: bytes | None, tls: ssl.SSLContext | None = None) -> int:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=_serve, args=(listening, answer, tls), daemon=True).start()
            port: int = listening.getsockname()[1]
            return port

        yield start


def _serve(listening: socket.socket, answer: bytes | None, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while True:
            peer, _ = listening.accept()
            with suppress(OSError), peer if tls is None else tls.wrap_socket(peer, server_side=True) as stream:
                stream.recv(65536)
                stream.sendall(answer or b"")


def http(status: str, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Server: Microsoft-IIS/7.5", "Content-Type: text/html", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(HTML)}", "", ""]).encode() + HTML


def assert_told(result: Mapping[str, Any], *words: str) -> None:
    """The host is unreachable, and this is said of it; the password is nowhere."""
    assert (result["unreachable"], result["failed"], result["changed"]) == (True, False, False)
    assert [word for word in words if word not in result["msg"]] == [], result["msg"]
    assert "Nachtigall" not in str(result)


WRONG: dict[str, tuple[Variables, tuple[str, ...]]] = {
    "password": ({"ansible_password": "falsch"}, ("credentials were rejected", "ansible_user and the password")),
    "no user": ({"ansible_user": None}, ("Set ansible_user",)),
    "no password": ({"ansible_password": None}, ("Set ansible_password",)),
    "kerberos": ({"ansible_winrm_transport": "kerberos"}, ("pywinrm[kerberos]", "ntlm")),
    "an @": (
        {"ansible_winrm_transport": None, "ansible_user": "a@firma.local"},
        ("without an ansible_winrm_transport", "for a user with an @"),
    ),
    "credssp": ({"ansible_winrm_transport": "credssp"}, ("pywinrm[credssp]",)),
    "a misspelled transport": ({"ansible_winrm_transport": ["ntlm", "nltm"]}, ("in clear text",)),
    "timeouts": ({"ansible_winrm_read_timeout_sec": 1}, ("must exceed", "ansible_winrm_operation_timeout_sec")),
    "a timeout in words": ({"ansible_winrm_read_timeout_sec": "lang"}, ("failed to parse", "Correct")),
    "path": ({"ansible_winrm_path": "/wsmann"}, ("Code 404", "/wsmann", "Leave ansible_winrm_path out")),
    "port": ({"ansible_port": 1}, ("Connection refused", "port 1 is closed", "winrm quickconfig")),
    "name": ({"ansible_host": "no-such-host.invalid"}, ("does not resolve", "no-such-host.invalid", "DNS")),
    "https on http's port": ({"ansible_winrm_scheme": "https"}, ("ansible_winrm_scheme: http",)),
}


@pytest.mark.parametrize(("variables", "words"), WRONG.values(), ids=WRONG)
def test_what_is_declared_wrongly(
    ping: Callable[..., dict[str, Any]], variables: Variables, words: tuple[str, ...]
) -> None:
    result = ping(**variables)
    if "in clear text" in words:
        assert result["failed"] and words[0] in result["msg"]
    else:
        assert_told(result, *words)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"code": 5, "message": "Access is denied. "}, ("Access is denied", "Domain Admins")),
        ({"code": 2150859173, "message": "Zu viele Shells."}, ("2150859173", "Wait three minutes", "password is fine")),
        ({"code": 2150859174, "message": "Zu viele Befehle."}, ("MaxConcurrentOperationsPerUser",)),
        ({"code": 1909, "message": "Konto gesperrt."}, ("Unlock",)),
        ({"code": 1907, "message": "Kennwort."}, ("change the password",)),
        ({"code": 14, "message": "Speicher."}, ("MaxMemoryPerShellMB",)),
        ({"code": 170, "message": "Verwendet."}, ("Wait a minute",)),
        ({"code": 2150858793, "message": "Zeit."}, ("one of the account's five",)),
        ({"code": 4711, "message": "Unbekannt."}, ("Unbekannt", "event log")),
    ],
    ids=lambda each: str(each.get("code")) if isinstance(each, dict) else "",
)
def test_what_the_service_answers(
    lab: Lab, ping: Callable[..., dict[str, Any]], order: dict[str, Any], words: tuple[str, ...]
) -> None:
    lab.hosts["sbs"].faults.order(kind="soap_fault", action="Create", **order)
    assert_told(ping(), *words)


def test_five_open_shells_are_told_as_that(lab: Lab, ping: Callable[..., dict[str, Any]]) -> None:
    others = [Wired(twin("sbs2011"), ways(lab)).connection for _other in range(5)]
    for other in others:
        other._connect()
    try:
        assert_told(ping(), "concurrent shells", "Wait three minutes", "MaxShellsPerUser", "The password is fine")
    finally:
        for other in others:
            other.close()
    assert ping()["ping"] == "pong"


@pytest.mark.parametrize("in_time", [True, False])
def test_a_create_that_timed_out_names_the_shell_that_it_may_have_left(
    lab: Lab, ping: Callable[..., dict[str, Any]], in_time: bool
) -> None:
    """Be it by the connection's own timeout, or by that of the action."""
    host = lab.hosts["sbs"]
    words = ("one of the account's five", "three minutes (about ", " UTC)")
    host.faults.order(kind="delay", action="Create", seconds=2.5 if in_time else 6)
    if in_time:
        assert_told(ping(), "Read timed out", *words)
    else:
        impatient = Wired(twin("sbs2011"), {**ways(lab), "ansible_winrm_read_timeout_sec": 9}).run(
            "ping", {"timeout": 5}
        )
        missing = [each for each in (*words, "after 5 seconds") if each not in impatient["msg"]]
        assert impatient["failed"] and not missing, impatient["msg"]
    ended = time.monotonic() + 10
    while not host.open_shells and time.monotonic() < ended:
        time.sleep(0.05)
    assert host.open_shells == 1
    host.service.close()


STATUSES = {
    "404 Not Found": "ansible_winrm_path",
    "405 Method Not Allowed": "IIS",
    "403 Forbidden": "IPv4Filter",
    "500 Internal Server Error": "ansible_winrm_message_encryption",
    "503 Service Unavailable": "service WinRM",
    "413 Request Entity Too Large": "MaxEnvelopeSizekb",
    "200 OK": "web server",
    "400 Bad Request": "web server",
}


@pytest.mark.parametrize("status", STATUSES)
def test_another_server_on_the_port(
    ping: Callable[..., dict[str, Any]], serve: Callable[..., int], status: str
) -> None:
    assert_told(ping(ansible_port=serve(http(status))), STATUSES[status])


def test_a_port_of_another_service(ping: Callable[..., dict[str, Any]], serve: Callable[..., int]) -> None:
    assert_told(ping(ansible_port=serve(b"SSH-2.0-OpenSSH_9.6\r\n")), "another service")
    assert_told(ping(ansible_port=serve(None)), "closed without an answer", "about ")


def test_the_controllers_proxy(
    ping: Callable[..., dict[str, Any]], serve: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's stands between, with whatever it answers; an empty ansible_winrm_proxy disables it."""
    for answer in (None, http("407 Proxy Authentication Required"), http("503 Service Unavailable")):
        port = 1 if answer is None else serve(answer)
        monkeypatch.setenv("http_proxy", f"http://otto:Geheim-4711@127.0.0.1:{port}")
        result = ping()
        assert_told(result, f"A proxy (127.0.0.1:{port})", "Set ansible_winrm_proxy: with nothing behind it")
        assert "Geheim" not in str(result)
    assert ping(ansible_winrm_proxy=None)["ping"] == "pong"
    assert ping(ansible_winrm_proxy="")["ping"] == "pong"


def test_certificates_and_versions_of_tls(
    lab: Lab, ping: Callable[..., dict[str, Any]], serve: Callable[..., int], tmp_path: Path
) -> None:
    https = {"ansible_winrm_scheme": "https"}
    assert_told(ping(**https, ansible_port=lab.hosts["sbs"].ports.https), "ansible_winrm_ca_trust_path")
    missing = {"ansible_winrm_ca_trust_path": str(tmp_path / "none.pem")}
    assert_told(
        ping(**https, **missing, ansible_port=lab.hosts["sbs"].ports.https), "Correct ansible_winrm_ca_trust_path"
    )
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    trusted = {**https, "ansible_winrm_ca_trust_path": str(tmp_path / "ca.pem")}
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("anders.local").configure_cert(other)
    assert_told(ping(**trusted, ansible_port=serve(b"", other)), "subjectAltName", "127.0.0.1")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(old)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1
    assert_told(ping(**trusted, ansible_port=serve(b"", old)), "TLS 1.0 only")
    left_out = {"ansible_winrm_transport": None, "ansible_winrm_server_cert_validation": "ignore"}
    wrong = {"ansible_password": "falsch", "ansible_port": lab.hosts["sbs"].ports.https}
    assert_told(ping(**https, **left_out, **wrong), "Without it Ansible has chosen ssl", "need not be wrong")


BLOCKED = "This program is blocked by group policy. For more information, contact your system administrator.\r\n"


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (1, BLOCKED, ("exit code 1;", "blocked by group policy", "AppLocker")),
        (-1073741790, "", ("exit code 0xC0000022", "antivirus")),
        (-1073741502, "", ("exit code 0xC0000142", "free memory")),
        (77, "Nachtigall, ick hör dir trapsen", ("exit code 77", "********", "trapsen")),
    ],
    ids=["policy", "denied", "memory", "unknown"],
)
def test_a_powershell_that_never_starts(
    lab: Lab, ping: Callable[..., dict[str, Any]], code: int, said: str, words: tuple[str, ...]
) -> None:
    """Whether its end or our input comes first is up to chance; the same is told of it."""
    host = lab.hosts["sbs"]
    said = said.replace("Nachtigall", CONNECTION_PASSWORD)
    host.faults.order(kind="stderr", text=said, count=0)
    host.faults.order(kind="exit", code=code, count=0)
    result = ping()
    assert result["failed"] and "connection broke" not in result["msg"]
    assert [word for word in words if word not in result["msg"]] == [], result["msg"]
    assert "Postkutsche" not in str(result) and host.open_shells == 0


def test_ping_repeats_a_reading_that_broke(lab: Lab, ping: Callable[..., dict[str, Any]]) -> None:
    host = lab.hosts["sbs"]
    for order in ({"kind": "drop", "action": "Receive"}, {"kind": "kill_shell"}, {"kind": "cut_reply"}):
        host.faults.order(order)
        result = ping()
        assert result["ping"] == "pong" and "was repeated" in result["warnings"][0]
        assert host.open_shells == 0
