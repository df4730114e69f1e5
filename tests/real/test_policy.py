"""The provider's policy, without a Postfix: what it counts against whom, and from when on a mailbox is old."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from lab.host.clock import Clock

from .policy import DUNNO, REFUSAL, Policy, PolicyServer

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NEW, OLD = "smarthost@beispiel.de", "info@beispiel.de"


def attributes(login: str = NEW, recipient: str = "kunde@kunde.example", state: str = "RCPT") -> dict[str, str]:
    return {"sasl_username": login, "sender": login, "recipient": recipient, "protocol_state": state}


@pytest.fixture
def policy() -> Policy:
    created = {NEW: NOW - timedelta(days=13, hours=23), OLD: NOW - timedelta(days=300)}
    return Policy(Clock(factor=0, start=NOW), created, young_per_hour=2, per_hour=3)


def test_refused_attempts_keep_the_hour_exceeded(policy: Policy) -> None:
    for minutes, action in ((0, DUNNO), (10, DUNNO), (20, REFUSAL), (59, REFUSAL), (65, REFUSAL)):
        policy.clock.advance_to(NOW + timedelta(minutes=minutes))
        assert policy.judge(attributes()) == action, minutes
    assert policy.busiest_hour(NEW, NOW) == 4
    assert policy.busiest_hour(NEW, NOW + timedelta(minutes=30)) == 2


def test_an_hour_without_any_frees_it_and_the_age_is_that_of_the_labs_clock(policy: Policy) -> None:
    assert [policy.judge(attributes()) for _ in range(3)] == [DUNNO, DUNNO, REFUSAL]
    policy.clock.advance_to(NOW + timedelta(hours=1))  # fourteen days old
    assert [policy.judge(attributes()) for _ in range(4)] == [DUNNO, DUNNO, DUNNO, REFUSAL]


def test_each_login_has_its_own_and_the_rest_is_not_counted(policy: Policy) -> None:
    policy.orders["voll@voll.example"] = "452 4.2.2 full"
    assert policy.judge(attributes(recipient="voll@voll.example")) == "452 4.2.2 full"
    assert policy.judge(attributes("niemand@beispiel.de")) == DUNNO
    assert policy.judge(attributes(state="END-OF-MESSAGE")) == DUNNO
    assert [policy.judge(attributes(OLD)) for _ in range(4)] == [DUNNO, DUNNO, DUNNO, REFUSAL]
    assert policy.judge(attributes()) == DUNNO


def test_it_answers_as_postfix_asks(policy: Policy) -> None:
    server = PolicyServer(policy)
    try:
        with socket.create_connection(("127.0.0.1", server.port), 10) as asked, asked.makefile("rb") as answers:
            for action in (DUNNO, DUNNO, REFUSAL):
                asked.sendall("".join(f"{name}={value}\n" for name, value in attributes().items()).encode() + b"\n")
                assert answers.readline() + answers.readline() == f"action={action}\n\n".encode()
    finally:
        server.close()
