"""The Exchange shell of one request, loaded once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.exchange.texts import text
from lab.exchange.values import Credential
from lab.twin.agent import Agent, Refusal
from lab.twin.parameters import SecretResolver

_TOO_NEW = 15  # the major version of Exchange 2013
_NEW_RUNTIME = 4  # of .NET, on which PowerShell 3.0 and later run


class ProcessDied(Exception):
    """The agent's process ended without a word."""


class ExchangeShell:
    """What the request asks for, as far as this host has it."""

    def __init__(self, agent: Agent, request: Mapping[str, Any], resolver: SecretResolver) -> None:
        self._machine = agent.machine
        self._request = request
        self._resolver = resolver
        self._loaded: Refusal | bool = False

    def load(self) -> None:
        """Load it once; a failure is remembered for every later step that needs it. Raises Refusal, ProcessDied."""
        if self._loaded is False:
            try:
                self._check()
                self._loaded = True
            except Refusal as refusal:
                self._loaded = refusal
        if isinstance(self._loaded, Refusal):
            raise self._loaded

    def _check(self) -> None:
        edition, way = self._machine.profile.exchange, self._request.get("exchange")
        if edition is not None and edition.major >= _TOO_NEW:
            raise Refusal("exchange_too_new", f"Exchange {edition.version} is installed: its snap-in must not load.")
        if edition is None or edition.major < 14:
            raise Refusal("exchange_missing", "No Exchange 2010 server is installed here.")
        if way == "endpoint":
            self._check_endpoint()
        elif way != "snapin":
            raise Refusal("exchange_not_loaded", "The request does not ask for the Exchange shell.")
        elif not edition.snapin:
            raise Refusal("exchange_missing", "The snap-in of Exchange 2010 is not registered here.")
        elif int(self._machine.profile.clr.split(".")[0]) >= _NEW_RUNTIME:
            words = f"PowerShell runs on the CLR {self._machine.profile.clr}, Exchange 2010's snap-in on 2.0."
            raise Refusal("snapin_needs_old_runtime", words)
        elif edition.dies:
            raise ProcessDied
        elif fails := self._machine.snapin_fails:
            raise Refusal("exchange_not_loaded", f"The snap-in could not be loaded: {fails}")

    def _check_endpoint(self) -> None:
        endpoint = self._request.get("endpoint") or {}
        credential = self._resolver.resolve(endpoint.get("credential"))
        if not isinstance(credential, Credential) or not self._machine.lets_in(credential):
            denied = text("endpoint_denied", host=self._machine.fqdn).render(self._machine.language)
            raise Refusal("exchange_not_loaded", denied)
