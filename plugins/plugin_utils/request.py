# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request to the agent and its reply, as values. How they travel is in wire.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

DONE, FAILED, NOT_TRIED = "done", "failed", "not_tried"


@dataclass(frozen=True)
class Step:
    """One command of the agent's list. ``always``: it runs after a failure too (to read back, or to go on). ``once``:
    it is left out where a reading is repeated, as a login that the provider counts."""

    id: str
    command: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    always: bool = False
    once: bool = False

    def as_data(self) -> dict[str, Any]:
        """The step as the wire writes it."""
        data: dict[str, Any] = {"id": self.id, "command": self.command, "parameters": dict(self.parameters)}
        if self.select:
            data["select"] = list(self.select)
        if self.always:
            data["always"] = True
        return data


@dataclass(frozen=True)
class ExchangeShell:
    """How the agent loads the Exchange cmdlets: the snap-in, the server's own endpoint, or not at all."""

    kind: str = "snapin"
    uri: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)


NO_EXCHANGE = ExchangeShell("none")
ENDPOINT_SECRET = "exchange_endpoint"


@dataclass(frozen=True)
class Request:
    """Steps in order, the Exchange shell they need, and the secrets that they refer to by name."""

    steps: tuple[Step, ...]
    shell: ExchangeShell = NO_EXCHANGE
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def as_data(self) -> dict[str, Any]:
        """The request as the wire writes it; holds the secrets."""
        data: dict[str, Any] = {
            "protocol": 1,
            "exchange": self.shell.kind,
            "steps": [step.as_data() for step in self.steps],
            "secrets": dict(self.secrets),
        }
        if self.shell.kind == "endpoint":
            credential = credential_parameter(self.shell.username or "", ENDPOINT_SECRET)
            data["endpoint"] = {"uri": self.shell.uri, "credential": credential}
            data["secrets"][ENDPOINT_SECRET] = self.shell.password or ""
        return data


def credential_parameter(username: str, secret: str) -> dict[str, Any]:
    """A parameter that the agent turns into a PSCredential; the password is named, not given."""
    return {"$credential": {"username": username, "password": {"$secret": secret}}}


@dataclass(frozen=True)
class StepError:
    """Why a step failed, in the host's words; ``code`` only where the agent itself said no."""

    message: str
    type: str = ""
    category: str = ""
    error_id: str = ""
    code: str | None = None


@dataclass(frozen=True)
class StepResult:
    """The outcome of one step: done, failed or not_tried."""

    id: str
    status: str
    output: tuple[Mapping[str, Any], ...] = ()
    error: StepError | None = None
    milliseconds: int = 0


@dataclass(frozen=True)
class Reply:
    """What the agent answered, one result per step of the request. ``domain``: the SID of the host's directory domain,
    empty where it is not told. ``cut``: how the reply ended before its last part, empty where it is whole."""

    agent: str
    powershell: str
    computer: str
    results: tuple[StepResult, ...]
    warnings: tuple[str, ...] = ()
    domain: str = ""
    cut: str = ""

    def result(self, step_id: str) -> StepResult:
        """The result of one step; a step that the agent did not mention was not tried."""
        return self._by_id.get(step_id) or StepResult(step_id, NOT_TRIED)

    @cached_property
    def _by_id(self) -> dict[str, StepResult]:
        """Large replies are looked through once, not once a step; of two results of one id the first counts."""
        return {result.id: result for result in reversed(self.results)}

    @property
    def failed(self) -> StepResult | None:
        """The first failed step, or None."""
        return next((result for result in self.results if result.status == FAILED), None)
