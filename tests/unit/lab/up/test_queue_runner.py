"""Queues of a lab and its provider on one clock: over real SMTP, by the short cut, by the thread, by the verbs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab import cli
from lab.host.clock import Clock
from lab.host.state import StateError
from lab.up.lab import Lab

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
START = "2026-11-24T08:00:00Z"
OLD = {"address": "alt@beispiel.de", "password": PASSWORD, "created": "2020-01-01"}
YOUNG = {"address": "info@beispiel.de", "password": PASSWORD, "created": START}
STATE: dict[str, Any] = {
    "clock": {"factor": 0, "start": START},
    "provider": {"mailboxes": [OLD, YOUNG], "young_per_hour": 5, "per_hour": 100},
    "send_connectors": [
        {
            "Name": "Provider",
            "AddressSpaces": ["*"],
            "DNSRoutingEnabled": False,
            "SmartHosts": ["localhost"],
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "AuthenticationCredential": {"username": "info@beispiel.de", "password": PASSWORD},
            "RequireTLS": True,
        }
    ],
}


@contextmanager
def a_lab(directory: Path | None = None, **more: Any) -> Iterator[Lab]:
    with Lab(["sbs"], state={**STATE, **more}, directory=directory) as lab:
        assert lab.provider is not None
        change(lab, Port=lab.provider.port)
        yield lab


def change(lab: Lab, **connector: Any) -> None:
    lab.hosts["sbs"].machine.change({"send_connectors": [{"Name": "Provider", **connector}]})


def use(lab: Lab, address: str) -> None:
    change(lab, AuthenticationCredential={"username": address, "password": PASSWORD})


def submit(lab: Lab, count: int, **more: Any) -> dict[str, Any]:
    return lab.submit("sbs", "info@beispiel.de", ["kunde@example.com"], count, **more)


def told(lab: Lab) -> dict[str, int]:
    assert lab.provider is not None
    return lab.provider.records.counts()


def test_the_snowball_is_counted_by_the_provider() -> None:
    """Twenty mails at five an hour: every minute fifteen attempts, none of which is let through any more."""
    with a_lab() as lab:
        submit(lab, 20)
        found = lab.run("sbs", 0.5)
        assert found["counts"]["sent"] == 5
        assert found["counts"]["attempts"] == told(lab)["attempts"] == 5 + 15 * 30
        assert told(lab)["throttled"] == 15 * 30
        assert found["queues"][1]["by_status"] == {"Retry": 15}


@pytest.mark.parametrize("settings", [{}, {"attempts_count": False}, {"stages": {"rcpt": "451 4.3.0 Later"}}])
def test_the_short_cut_comes_to_the_same_end_as_real_smtp(settings: dict[str, Any]) -> None:
    found = []
    for direct in (False, True):
        with a_lab(provider={**STATE["provider"], **settings}) as lab:
            submit(lab, 8)
            submit(lab, 6, per_hour=12)
            lab.run("sbs", 1.2, direct)
            use(lab, "alt@beispiel.de")
            ended = lab.run("sbs", 1, direct)
            assert lab.provider is not None
            mails = [
                (mail.at, mail.login, mail.message_id, mail.size, mail.tls) for mail in lab.provider.records.accepted
            ]
            found.append((ended, told(lab), mails))
    assert found[0] == found[1]


@pytest.mark.parametrize("settings", [{"refuse_logins": ["info@beispiel.de"]}, {"starttls": False}])
def test_the_short_cut_fails_where_the_real_way_does(settings: dict[str, Any]) -> None:
    found = []
    for direct in (False, True):
        with a_lab(provider={**STATE["provider"], **settings}) as lab:
            submit(lab, 3)
            found.append(lab.run("sbs", 0.2, direct))
    assert found[0] == found[1]
    assert (found[0]["queues"][1]["status"], found[0]["counts"]["sent"]) == ("Retry", 0)


def test_a_mailbox_that_grows_old_meanwhile_may_send_more() -> None:
    with a_lab(provider={**STATE["provider"], "attempts_count": False}) as lab:
        lab.run("sbs", 14 * 24 - 1)
        submit(lab, 50)
        assert lab.run("sbs", 0.9)["counts"]["sent"] == 5
        assert lab.run("sbs", 0.3)["counts"]["sent"] == 50


def test_a_switch_of_the_login_shows_in_new_sessions() -> None:
    with a_lab() as lab:
        submit(lab, 10)
        lab.run("sbs", 0.1)
        use(lab, "alt@beispiel.de")
        assert lab.run("sbs", 0.1)["counts"]["sent"] == 10
        assert lab.provider is not None
        assert [mail.login for mail in lab.provider.records.accepted].count("alt@beispiel.de") == 5


def test_two_days_pass_in_seconds() -> None:
    with a_lab() as lab:
        submit(lab, 12)
        began = time.monotonic()
        found = lab.run("sbs", 49, direct=True)
        assert time.monotonic() - began < 30
        assert (found["counts"]["sent"], found["counts"]["expired"], len(found["bounces"])) == (5, 7, 7)
        assert found["clock"] == {"now": "2026-11-26T09:00:00+00:00", "factor": 0.0}


# -- the thread -----------------------


def until(true: Callable[[], bool]) -> None:
    horizon = time.monotonic() + 15
    while not true():
        assert time.monotonic() < horizon
        time.sleep(0.02)


def test_a_running_lab_delivers_where_its_state_says_so() -> None:
    with a_lab(clock={"factor": 600}, delivery=True) as lab:
        submit(lab, 8)
        until(lambda: told(lab)["attempts"] > 20)
        assert told(lab)["accepted"] == 5
        lab.hosts["sbs"].machine.change({"delivery": False})
        time.sleep(0.3)
        before = told(lab)
        time.sleep(0.3)
        assert told(lab) == before
        assert lab.hosts["sbs"].machine.queue_summary()["clock"]["factor"] == 600


def test_cmdlets_command_a_queue_that_is_being_delivered() -> None:
    """Suspended, nothing more leaves; resumed, the rest does; what was on its way is neither lost nor sent twice."""
    with a_lab(clock={"factor": 60}, delivery=True, provider={**STATE["provider"], "young_per_hour": 1000}) as lab:
        machine = lab.hosts["sbs"].machine
        machine.change({"transport_servers": [{"Name": "SBS", "MaxPerDomainOutboundConnections": 1}]})
        submit(lab, 200)
        until(lambda: told(lab)["accepted"] > 5)
        machine.invoke("Suspend-Queue", {"Identity": "SBS\\1", "Confirm": False})
        time.sleep(0.2)
        stopped = told(lab)["accepted"]
        time.sleep(0.3)
        assert told(lab)["accepted"] == stopped < 200
        assert machine.invoke("Get-Queue", {"Identity": "SBS\\1"})[0]["MessageCount"] == 200 - stopped
        machine.invoke("Resume-Queue", {"Identity": "SBS\\1", "Confirm": False})
        until(lambda: told(lab)["accepted"] == 200)
        assert lab.provider is not None
        assert len({mail.message_id for mail in lab.provider.records.accepted}) == 200


def test_nothing_is_sent_otherwise() -> None:
    with a_lab(clock=None) as lab:
        submit(lab, 3)
        time.sleep(0.3)
        assert told(lab)["attempts"] == 0


def test_a_smart_host_that_leaves_this_machine_is_not_simulated() -> None:
    with a_lab() as lab:
        change(lab, SmartHosts=["smtp.strato.de"])
        submit(lab, 1)
        found = lab.run("sbs", 0.1)
        assert "would leave this machine" in found["queues"][1]["last_error"]


# -- the clock ------------------------


def test_host_and_provider_share_the_clock_of_the_lab() -> None:
    with a_lab() as lab:
        assert lab.provider is not None
        lab.run("sbs", 5)
        assert (
            lab.provider.clock.now() == lab.hosts["sbs"].machine.clock.now() == datetime(2026, 11, 24, 13, tzinfo=UTC)
        )
        assert (lab.provider.dump()["clock_factor"], lab.hosts["sbs"].machine.dump()["clock"]) == (0, {"factor": 0})


def test_a_fixed_time_of_its_own_keeps_a_host_from_being_run() -> None:
    with a_lab(clock=START) as lab, pytest.raises(ValueError, match="fixed time of its own"):
        lab.run("sbs", 1)


def test_a_clock_runs_faster_stands_and_jumps() -> None:
    fast = Clock.of({"factor": 3600, "start": START})
    time.sleep(0.1)
    assert timedelta(seconds=300) < fast.now() - datetime.fromisoformat(START) < timedelta(hours=3)
    with fast.held():
        moment = fast.now()
        time.sleep(0.01)
        assert fast.now() == moment
        fast.advance_to(moment + timedelta(hours=1))
        fast.advance_to(moment)
        assert fast.now() == moment + timedelta(hours=1)
    assert fast.factor == 3600
    assert timedelta(hours=47) < datetime.now(UTC) - Clock.of({"hours_ago": 48}).now() < timedelta(hours=49)


@pytest.mark.parametrize(
    "desired", [5, {"factor": -1}, {"factor": True}, {"speed": 2}, {"start": "noon"}, {"hours_ago": "1"}]
)
def test_a_clock_that_cannot_be(desired: object) -> None:
    with pytest.raises(ValueError):
        Clock.of(desired)
    with pytest.raises(StateError):
        Lab(["sbs"], state={"clock": desired}).start()


@pytest.mark.parametrize("hours", [0, -1, 1e9, True, "1"])
def test_hours_that_cannot_be_run(hours: Any) -> None:
    with a_lab() as lab, pytest.raises(ValueError, match="hours"):
        lab.run("sbs", hours)


# -- the verbs ------------------------


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_verbs_tell_the_clock_and_what_became_of_the_mail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_lab(tmp_path / "lab"):
        here = ("--directory", str(tmp_path / "lab"))
        mail = ("--from", "info@beispiel.de", "--to", "kunde@example.com")
        taken = json.loads(said(capsys, "submit", "sbs", *mail, "--count", "7", "--size", "9000", *here))
        assert (taken["submitted"], taken["clock"]["factor"]) == (7, 0)
        planned = json.loads(said(capsys, "submit", "sbs", *mail, "--count", "3", "--rate", "60", *here))
        assert planned["planned"] == 3
        text = said(capsys, "run", "sbs", "--hours", "0.26", *here)
        assert "lab time 2026-11-24T08:15:36+00:00, 0 times as fast as the real one" in text
        assert "1 localhost Ready: 5 Retry; no error" in text
        assert "submitted 10, sent 5" in text
        assert said(capsys, "queue", "sbs", *here) == text
        found = json.loads(said(capsys, "queue", "sbs", "--json", *here))
        assert (found["counts"]["queued"], found["bounces"]) == (5, [])
        assert "0 times as fast" in said(capsys, "status", *here)


def test_what_cannot_be_submitted_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_lab(tmp_path / "lab"):
        words = ["submit", "sbs", "--from", "info", "--to", "x@y.de", "--directory", str(tmp_path / "lab")]
        assert cli.main(words) == 1
        assert "no address" in capsys.readouterr().err
        words[3:4] = ["info@beispiel.de"]
        assert cli.main([*words, "--rate", "0"]) == 1
        assert "above 0" in capsys.readouterr().err
