"""The servers of these tests: what does not start says why, and what was started ends, whatever becomes of the test."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from lab.provider import texts
from lab.provider.texts import said
from tests.conftest import ROOT

from .dovecot import Dovecot, User
from .postfix import Postfix
from .processes import ServerFailed, answers, free_port, open_folder, wait_for
from .provider import leaf_files, leaves, real_provider

pytestmark = pytest.mark.servers

LEFT_ALONE = """
import sys, time
from pathlib import Path
from tests.real.postfix import Postfix
postfix = Postfix(Path(sys.argv[1]), {}, {"smtp": ()})
postfix.start()
print(postfix.ports["smtp"], flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder("sbs-real-") as made:
        yield made


def test_a_port_that_is_taken_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(ServerFailed, match=f"Postfix cannot start: port {port} of 127.0.0.1 is taken"):
            Postfix(folder, {}, {"smtp": ()}, ports={"smtp": port}).start()


@pytest.mark.parametrize(
    ("settings", "further", "told"),
    [
        ({"inet_interfaces": "no-such-interface.invalid"}, "", "host not found: no-such-interface.invalid"),
        ({}, "nonsense unix n", "/master.cf: .*bad"),
    ],
)
def test_a_postfix_that_does_not_start_says_why(
    folder: Path, settings: dict[str, str], further: str, told: str
) -> None:
    port = free_port()
    with pytest.raises(ServerFailed, match=f"(?s)Postfix did not start:.*{told}"):
        Postfix(folder, settings, {"smtp": ()}, further, {"smtp": port}).start()
    assert not answers(port)


def test_a_dovecot_that_does_not_start_says_why(folder: Path) -> None:
    nowhere = folder / "nowhere.pem"
    with pytest.raises(ServerFailed, match=r"(?s)Dovecot did not start:.*nowhere\.pem"):
        Dovecot(folder / "dovecot", {}, nowhere, nowhere).start()


def listening(group: int) -> set[str]:
    """The addresses, as in /proc/net/tcp, at which the processes of a group listen."""
    sockets = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                sockets |= {os.readlink(each) for each in (stat.parent / "fd").iterdir()}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


def test_nothing_listens_off_the_loopback(folder: Path) -> None:
    issued = leaf_files(folder, "good", trustme.CA().issue_cert("localhost"))
    with (
        Postfix(folder / "postfix", {}, {"smtp": ()}) as postfix,
        Dovecot(folder / "dovecot", {}, issued["good"], issued["good.key"]) as dovecot,
    ):
        assert postfix.process and dovecot.process
        assert listening(postfix.process.pid) == {"0100007F"}
        assert listening(dovecot.process.pid) == {"0100007F", "0200007F"}


def test_what_no_proof_hears_is_as_the_labs_profile_says() -> None:
    """An answer that only who sends mail gets; the rest of the profile is compared where logins are proven."""
    authority, name = trustme.CA(), "info@beispiel.de"
    with (
        real_provider(leaves(authority.issue_cert), {name: User("Zq7-lab-only-Dachrinne")}) as real,
        smtplib.SMTP("127.0.0.1", real.port(), timeout=30) as client,
    ):
        context = ssl.create_default_context()
        authority.configure_trust(context)
        client.starttls(context=context)
        client.login(name, "Zq7-lab-only-Dachrinne")
        assert client.mail(name)[0] == 250
        nested = client.mail(name)
        assert client.rcpt("kunde@kunde.example")[0] == 250
        accepted = client.data(b"Subject: eins\r\n\r\n")
    own, queue_id = said("postfix", texts.ACCEPTED).rpartition(" ")[::2]
    assert _words(nested) == said("postfix", texts.NESTED_MAIL)
    assert re.fullmatch(rf"{re.escape(own)} [0-9A-F]{{{len(queue_id)}}}", _words(accepted))


def _words(answer: tuple[int, bytes]) -> str:
    return f"{answer[0]} {answer[1].decode()}"


def test_no_two_servers_are_given_one_port() -> None:
    given = [free_port() for _ in range(500)]
    assert len(set(given)) == len(given)


def test_one_that_is_killed_starts_again_with_what_it_has(folder: Path) -> None:
    with Postfix(folder, {}, {"smtp": ()}) as postfix:
        postfix.kill()
        assert not answers(postfix.ports["smtp"])
        postfix.start()
        assert answers(postfix.ports["smtp"])
    assert not answers(postfix.ports["smtp"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_test_that_dies_leaves_no_server_behind(folder: Path, number: signal.Signals) -> None:
    test = subprocess.Popen(
        [sys.executable, "-c", LEFT_ALONE, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert test.stdout
    with test.stdout:
        port = int(test.stdout.readline())
    assert answers(port)
    test.send_signal(number)
    test.wait()
    wait_for("the server is gone", lambda: not answers(port))
