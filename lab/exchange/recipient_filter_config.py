"""The recipient filter: Get- and Set-RecipientFilterConfig, and whether it refuses unknown recipients at all.

The settings are kept whether or not the anti-spam agents are installed, and act with them alone. That a Hub Transport
server has the cmdlets without the agents is assumed.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lab.exchange.address_rewriting import TransportAgents
from lab.exchange.host import ExchangeHost, Output

ANTI_SPAM_AGENTS: Final = (
    "Connection Filtering Agent",
    "Content Filter Agent",
    "Sender Id Agent",
    "Sender Filter Agent",
    "Recipient Filter Agent",
    "Protocol Analysis Agent",
)
"""What Install-AntispamAgents.ps1 sets up on a Hub Transport server."""
_AGENT: Final = "Recipient Filter Agent"
_NAME: Final = "RecipientFilterConfig"
_STATE_KEYS: Final = {"validation": "RecipientValidationEnabled", "enabled": "Enabled"}


@dataclass
class RecipientFilterConfig:
    """The fields carry Exchange's own names; defaults are those of the 2010 reference."""

    BlockedRecipients: list[str] = field(default_factory=list)
    BlockListEnabled: bool = False
    Enabled: bool = True
    ExternalMailEnabled: bool = True
    InternalMailEnabled: bool = False
    RecipientValidationEnabled: bool = False


_PROPERTIES: Final = tuple(each.name for each in dataclasses.fields(RecipientFilterConfig))


class RecipientFilter:
    """The one object of its kind, and the agents that go by it. A restart of the transport service is not asked for."""

    def __init__(self, host: ExchangeHost, agents: TransportAgents) -> None:
        self._host = host
        self._agents = agents
        self.settings = RecipientFilterConfig()

    @property
    def installed(self) -> bool:
        """Whether the server has the agent."""
        return _AGENT in self._agents.enabled

    @property
    def validates(self) -> bool:
        """Whether a recipient that does not exist is refused at RCPT."""
        works = self._agents.enabled.get(_AGENT, False) and self.settings.Enabled
        return works and self.settings.RecipientValidationEnabled and self.settings.ExternalMailEnabled

    def get(self, typed: dict[str, object]) -> Output:
        """Get-RecipientFilterConfig."""
        shown: dict[str, object] = {name: getattr(self.settings, name) for name in _PROPERTIES}
        guid = self._host.directory.guid("recipient-filter", "", 0)
        return [{**shown, "Guid": guid, "Identity": _NAME, "IsValid": True, "Name": _NAME}]

    def set(self, typed: Mapping[str, object]) -> Output:
        """Set-RecipientFilterConfig."""
        changed = copy.copy(self.settings)
        for name in _PROPERTIES:
            if name in typed:
                setattr(changed, name, typed[name])
        if not typed.get("WhatIf"):
            self.settings = changed
        return []

    def edit(self, properties: Mapping[str, Any]) -> None:
        """What a state says: ``validation``, ``enabled``, ``agents_installed``. Raises ValueError."""
        known = {*_STATE_KEYS, "agents_installed"}
        if properties.keys() - known or not all(isinstance(value, bool) for value in properties.values()):
            raise ValueError(f"recipient_filter: {sorted(known)} are known, each true or false")
        if "agents_installed" in properties:
            self._install(properties["agents_installed"])
        named = {_STATE_KEYS[key]: value for key, value in properties.items() if key in _STATE_KEYS}
        self.settings = dataclasses.replace(self.settings, **named)

    def dump(self) -> dict[str, bool]:
        """As a state says it."""
        told = {key: bool(getattr(self.settings, name)) for key, name in _STATE_KEYS.items()}
        return {**told, "agents_installed": self.installed}

    def _install(self, wish: bool) -> None:
        """Agents that are there stay as they are, and where they are."""
        if wish == self.installed:
            return
        others = {name: on for name, on in self._agents.enabled.items() if name not in ANTI_SPAM_AGENTS}
        wanted = {name: self._agents.enabled.get(name, True) for name in ANTI_SPAM_AGENTS} if wish else {}
        self._agents.enabled = {**others, **wanted}
