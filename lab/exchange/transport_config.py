"""The organisation's transport settings with a documented default, Get-TransportConfig and Set-TransportConfig."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from lab.exchange import errors
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.values import Limit, Size, display_time_span

_SET: Final = "Set-TransportConfig"
_OF_THE_CALL: Final = {"Identity", "DomainController", "WhatIf"}
_MB: Final = 1024**2


@dataclass
class TransportConfig:
    """The fields carry Exchange's own names; defaults are those of the 2010 reference of Set-TransportConfig.

    What the reference gives no one default of the lab does not keep. None of it governs the simulated queues.
    """

    ClearCategories: bool = True
    ConvertDisclaimerWrapperToEml: bool = False
    ExternalDelayDsnEnabled: bool = True
    ExternalDsnLanguageDetectionEnabled: bool = True
    ExternalDsnMaxMessageAttachSize: Size = Size(10 * _MB)
    ExternalDsnSendHtml: bool = True
    ExternalPostmasterAddress: str | None = None
    GenerateCopyOfDSNFor: list[str] = field(default_factory=list)
    InternalDelayDsnEnabled: bool = True
    InternalDsnLanguageDetectionEnabled: bool = True
    InternalDsnMaxMessageAttachSize: Size = Size(10 * _MB)
    InternalDsnSendHtml: bool = True
    LegacyJournalingMigrationEnabled: bool = False
    MaxDumpsterSizePerDatabase: Size = Size(18 * _MB)
    MaxDumpsterTime: timedelta = timedelta(days=7)
    MaxReceiveSize: Size = Size(10 * _MB)
    MaxRecipientEnvelopeLimit: Limit = Limit(5000)
    MaxSendSize: Size = Size(10 * _MB)
    ShadowMessageAutoDiscardInterval: timedelta = timedelta(days=2)
    VerifySecureSubmitEnabled: bool = False
    VoicemailJournalingEnabled: bool = True
    Xexch50Enabled: bool = True


PROPERTIES: Final = tuple(each.name for each in dataclasses.fields(TransportConfig))
"""What Set-TransportConfig sets in the lab; its other parameters are refused aloud."""


class TransportConfigs:
    """The one object of its kind. The cmdlets take typed parameters, as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost) -> None:
        self._host = host
        self.settings = TransportConfig()

    def get(self, typed: dict[str, object]) -> Output:
        """Get-TransportConfig."""
        shown = {name: self._plain(getattr(self.settings, name)) for name in PROPERTIES}
        own = {"Guid": self._host.directory.guid("transport-config", "", 0), "IsValid": True}
        return [{**shown, **own, "Identity": "Transport Settings", "Name": "Transport Settings"}]

    def set(self, typed: Mapping[str, object]) -> Output:
        """Set-TransportConfig."""
        for name in sorted(typed.keys() - _OF_THE_CALL - set(PROPERTIES)):
            raise self._host.error(_SET, "parameter_not_simulated", errors.LOCALIZED, parameter=name)
        changed = copy.copy(self.settings)
        for name in PROPERTIES:
            if name in typed:
                setattr(changed, name, typed[name])
        if not typed.get("WhatIf"):
            self.settings = changed
        return []

    def _plain(self, value: object) -> object:
        if isinstance(value, timedelta):
            return display_time_span(value)
        if isinstance(value, Size):
            return value.display(self._host.language)
        return value.display() if isinstance(value, Limit) else value
