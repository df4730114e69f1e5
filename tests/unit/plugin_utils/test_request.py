"""Requests and replies as values."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import (
    NO_EXCHANGE,
    ExchangeShell,
    Reply,
    Request,
    StepResult,
    credential_parameter,
)
from tests.unit.plugin_utils.run.examples import PASSWORD

REPLY = Reply("0.1.0", "2.0", "SBS", (StepResult("a", "done"), StepResult("b", "failed"), StepResult("c", "failed")))


def test_a_result_is_found_by_its_step() -> None:
    assert REPLY.result("b") == StepResult("b", "failed")


def test_a_step_without_a_result_was_not_tried() -> None:
    assert REPLY.result("x") == StepResult("x", "not_tried")


def test_the_first_failed_result() -> None:
    assert REPLY.failed == StepResult("b", "failed")
    assert Reply("", "", "", (StepResult("a", "done"), StepResult("b", "not_tried"))).failed is None


def test_a_credential_names_its_password() -> None:
    assert credential_parameter("a", "b") == {"$credential": {"username": "a", "password": {"$secret": "b"}}}


@pytest.mark.parametrize("shell", [NO_EXCHANGE, ExchangeShell()])
def test_only_an_endpoint_has_a_credential(shell: ExchangeShell) -> None:
    data = Request((), shell).as_data()
    assert "endpoint" not in data
    assert data["secrets"] == {}


def test_no_representation_holds_a_secret() -> None:
    shell = ExchangeShell("endpoint", "http://localhost/PowerShell/", "admin", PASSWORD)
    assert PASSWORD not in repr(shell) + repr(Request((), shell, {"login": PASSWORD}))


def test_the_endpoints_secret_does_not_stay_in_the_request() -> None:
    secrets: dict[str, str] = {}
    Request((), ExchangeShell("endpoint", "x", "admin", PASSWORD), secrets).as_data()
    assert secrets == {}
