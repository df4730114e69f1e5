"""A host's SMTP port on the loopback: real sockets, real TLS, and a client that may be somebody else."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.up.lab import Lab

ANNA = "anna@nt4admins.local"
PASSWORD = "Wd8-lab-only-Schneefang-2260"
EVERYBODY = {
    "Name": "Internet",
    "PermissionGroups": "AnonymousUsers, ExchangeUsers",
    "AuthMechanism": "Tls, BasicAuth, BasicAuthRequireTLS",
    "ProtocolLoggingLevel": "Verbose",
}
STATE: dict[str, Any] = {
    "receive_connectors": [EVERYBODY],
    "endpoint_account": {"username": "Administrator", "password": PASSWORD},
}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(state=STATE) as running:
        yield running


def client_of(lab: Lab, **told: str) -> smtplib.SMTP:
    """A client that is greeted; ``told`` is what XCLIENT says of it."""
    client = smtplib.SMTP("127.0.0.1", lab.receivers["sbs"].port, local_hostname="mail.example.org", timeout=10)
    if told:
        client.docmd("XCLIENT", " ".join(f"{name}={value}" for name, value in told.items()))
    return client


def wait_until(there: Callable[[], bool]) -> None:
    horizon = time.monotonic() + 10
    while not there():
        assert time.monotonic() < horizon
        time.sleep(0.02)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_mail_over_tls_with_a_login_from_another_address(lab: Lab) -> None:
    machine = lab.hosts["sbs"].machine
    with client_of(lab, ADDR="203.0.113.77") as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client._host = "sbs.nt4admins.local"  # whom its certificate is for
        client.starttls(context=ssl.create_default_context(cafile=str(lab.directory.ca_file)))
        client.ehlo()
        client.login("Administrator", PASSWORD)
        message = f"From: <a@example.com>\r\nTo: <{ANNA}>\r\nMessage-ID: <zwei@example.com>\r\n\r\n.\r\n..x\r\n"
        assert client.sendmail("a@example.com", [ANNA, "jemand@beispiel.org"], message) == {}
    dump = machine.dump()
    (received,) = dump["received"]
    assert (received["client"], received["login"], received["tls"]) == ("203.0.113.77", "Administrator", True)
    assert (received["size"], dump["inboxes"]) == (len(message), {ANNA: ["<zwei@example.com>"]})
    log = machine.smtp_receive_log()
    assert PASSWORD not in log and "203.0.113.77:" in log and "SP_PROT_TLS1_" in log and "STARTTLS" in log


def test_the_inventory_names_the_port(lab: Lab) -> None:
    inventory = yaml.safe_load(Path(lab.directory.inventory_file).read_text(encoding="utf-8"))
    host = inventory["all"]["children"]["lab"]["hosts"]["sbs"]
    assert host["lab_receive_port"] == lab.receivers["sbs"].port == lab.hosts["sbs"].machine.receive_port


def test_a_stopped_transport_service_refuses_and_comes_back_at_the_same_port(lab: Lab) -> None:
    machine, port = lab.hosts["sbs"].machine, lab.receivers["sbs"].port
    machine.stop_service("MSExchangeTransport")
    wait_until(lambda: refuses(port))
    with pytest.raises(ConnectionRefusedError):
        machine.receive("a@example.com", [ANNA])
    machine.start_service("MSExchangeTransport")
    wait_until(lambda: not refuses(port))
    with client_of(lab) as client:
        assert client.noop()[0] == 250


@pytest.mark.parametrize(
    ("client", "address", "answer"),
    [("10.1.2.3", "192.168.1.2", b"220 "), ("203.0.113.5", "192.168.1.2", b"421 "), ("10.1.2.3", "127.0.0.1", b"")],
)
def test_a_connector_of_one_address_is_reached_there_alone(lab: Lab, client: str, address: str, answer: bytes) -> None:
    connector = {**EVERYBODY, "Bindings": ["192.168.1.2:25"], "RemoteIPRanges": ["10.0.0.0/8"]}
    lab.hosts["sbs"].machine.change({"receive_connectors": [connector]})
    with socket.create_connection(("127.0.0.1", lab.receivers["sbs"].port), 10) as plain, plain.makefile("rwb") as file:
        assert file.readline().startswith(b"421 ")
        file.write(f"XCLIENT ADDR={client} DESTADDR={address}\r\n".encode())
        file.flush()
        try:
            assert file.readline()[:4] == answer
        except ConnectionResetError:
            assert not answer


def test_a_client_that_goes_in_the_middle_of_a_message_leaves_nothing(lab: Lab) -> None:
    machine = lab.hosts["sbs"].machine
    with client_of(lab) as client:
        client.ehlo()
        client.mail("a@example.com")
        client.rcpt(ANNA)
        client.docmd("DATA")
        client.send("Subject: x\r\n")
        client.close()
    wait_until(lambda: ",-,,Remote" in machine.smtp_receive_log())
    assert machine.dump()["received"] == []
