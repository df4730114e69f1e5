"""The proof of a login: what is asked of the host, and what each answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.candidates import Candidate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.login_proof import LoginProof, judge, proof_step

PASSWORD = "Zq7-proof-only-Kupferdach-9134"


def test_the_step_names_the_password_and_does_not_hold_it() -> None:
    box = Mailbox("info@beispiel.de", datetime(2020, 1, 31, tzinfo=UTC), username="m0815")
    step = proof_step("new", Candidate(box, PASSWORD), "smtp.strato.de", 587, "buero@beispiel.de", "secret_name")
    assert (step.id, step.command) == ("new", "Test-SmtpLogin")
    assert step.parameters == {
        "Server": "smtp.strato.de",
        "Port": 587,
        "Credential": {"$credential": {"username": "m0815", "password": {"$secret": "secret_name"}}},
        "Sender": "buero@beispiel.de",
        "Recipient": "info@beispiel.de",
        "TimeoutSeconds": 30,
    }
    assert {"Stage", "Problem", "Code", "Text"} <= set(step.select)
    assert PASSWORD not in json.dumps(step.as_data()) + repr(step)


JUDGED: list[tuple[str, str | None, Any, str, bool]] = [
    # stage, problem, code, the outcome, whether the login itself is refused for good
    ("done", None, 250, "proven", False),
    ("done", None, None, "proven", False),
    ("done", "reply", 550, "unproven", False),
    ("auth", "reply", 535, "refused", True),
    ("auth", "reply", 500, "refused", False),
    ("auth", "reply", 538, "refused", False),
    ("auth", "reply", 454, "unproven", False),
    ("auth", "reply", 421, "unproven", False),
    ("auth", "reply", 600, "unproven", False),
    ("auth", "reply", None, "unproven", False),
    ("auth", "reply", "535", "unproven", False),
    ("auth", "timeout", None, "unproven", False),
    ("auth", "mechanism", None, "unproven", False),
    ("mail", "reply", 550, "refused", False),
    ("mail", "reply", 451, "refused", False),
    ("rcpt", "reply", 550, "refused", False),
    ("rcpt", "reply", 450, "refused", False),
    ("rcpt", "timeout", None, "unproven", False),
    ("connect", "timeout", None, "unproven", False),
    ("greeting", "reply", 554, "unproven", False),
    ("ehlo", "reply", 550, "unproven", False),
    ("starttls", "reply", 502, "unproven", False),
    ("tls", "handshake", None, "unproven", False),
    ("tls", "certificate", None, "refused", False),
    ("None", "reply", 535, "unproven", False),
]


@pytest.mark.parametrize(("stage", "problem", "code", "outcome", "login_refused"), JUDGED)
def test_what_an_answer_means(stage: str, problem: str | None, code: Any, outcome: str, login_refused: bool) -> None:
    found = judge({"Stage": stage, "Problem": problem, "Code": code, "Text": "words"})
    assert found == LoginProof(outcome, stage, "words", login_refused)


def test_a_server_that_wants_a_newer_tls_is_no_want_of_this_host() -> None:
    found = judge({"Stage": "tls", "Problem": "tls_newer", "Code": None, "Text": "protocol version"})
    assert found == LoginProof("unproven", "tls", "protocol version", tls_newer=True)


def test_an_outage_of_the_logins_is_no_word_on_this_one() -> None:
    words = "535 5.7.8 Error: authentication failed: Connection lost to authentication server"
    assert judge({"Stage": "auth", "Problem": "reply", "Code": 535, "Text": words}) == LoginProof(
        "unproven", "auth", words
    )


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"Stage": "auth", "Problem": "reply", "Code": 535, "Text": " 535-a\r\n 535 b\t"}, "535-a 535 b"),
        ({"Stage": "connect", "Problem": "timeout"}, "timeout"),
        ({"Stage": "tls", "Problem": "certificate", "Text": None}, "the certificate is not valid"),
        ({"Stage": "done", "Problem": None}, ""),
        ({}, "None"),
    ],
)
def test_the_text_of_an_answer_is_one_line(output: dict[str, Any], text: str) -> None:
    assert judge(output).text == text
