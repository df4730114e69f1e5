"""The certificates that Exchange knows of and Get-ExchangeCertificate; they are described, not made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lab.exchange import named_objects
from lab.exchange.directory_object import wire_time
from lab.exchange.host import ExchangeHost, Output

_SERVICES: Final = ("IMAP", "POP", "UM", "IIS", "SMTP")
_KEYS: Final = {"names", "services", "not_after", "self_signed"}
_USUAL: Final = timedelta(days=5 * 365)


@dataclass(frozen=True)
class ExchangeCertificate:
    """One: the names it is for, the services that use it, and until when it is valid (UTC)."""

    names: tuple[str, ...]
    services: tuple[str, ...]
    not_after: datetime
    self_signed: bool = True

    @property
    def thumbprint(self) -> str:
        """Forty digits that follow from what it says."""
        return hashlib.sha1(repr(self).encode(), usedforsecurity=False).hexdigest().upper()

    def is_for(self, name: str) -> bool:
        """Whether it has the name, or the domain's wildcard."""
        wanted = name.lower()
        return any(each.lower() in (wanted, f"*.{wanted.partition('.')[2]}") for each in self.names)


class ExchangeCertificates:
    """All of the local server; at first one that setup makes for the server's own names (assumed: for five years)."""

    def __init__(self, host: ExchangeHost, names: tuple[str, ...]) -> None:
        self._host = host
        self.all = [ExchangeCertificate(names, ("IMAP", "POP", "IIS", "SMTP"), host.now() + _USUAL)]

    def for_smtp(self, name: str) -> ExchangeCertificate | None:
        """The one that SMTP offers under that name, the longest valid first; it may have expired. None: no STARTTLS."""
        fitting = [each for each in self.all if "SMTP" in each.services and each.is_for(name)]
        return max(fitting, key=lambda each: each.not_after, default=None)

    def get(self, typed: dict[str, object]) -> Output:
        """Get-ExchangeCertificate."""
        command = "Get-ExchangeCertificate"
        named_objects.refuse_unknown(self._host, command, typed, {"Thumbprint", "DomainController"})
        wanted = typed.get("Thumbprint")
        chosen = [each for each in self.all if not wanted or each.thumbprint == str(wanted).upper()]
        if not chosen and wanted:
            raise self._host.not_found(command, str(wanted))
        return [self._shown(each) for each in chosen]

    def put(self, entries: object) -> None:
        """These, as a state says them, instead of all others. Raises ValueError, with nothing changed."""
        if not isinstance(entries, list):
            raise ValueError("certificates: a list is expected")
        self.all = [_read(entry) for entry in entries]

    def dump(self) -> list[dict[str, object]]:
        """As a state says it."""
        return [
            {
                "names": list(each.names),
                "services": list(each.services),
                "not_after": wire_time(each.not_after),
                "self_signed": each.self_signed,
            }
            for each in self.all
        ]

    def _shown(self, one: ExchangeCertificate) -> dict[str, object]:
        is_valid = one.not_after > self._host.now()
        subject = f"CN={one.names[0]}"
        return {
            "CertificateDomains": list(one.names),
            "HasPrivateKey": True,
            "Issuer": subject if one.self_signed else "CN=Lab CA",
            "IsSelfSigned": one.self_signed,
            "NotAfter": wire_time(one.not_after),
            "RootCAType": "None" if one.self_signed else "ThirdParty",
            "Services": ", ".join(name for name in _SERVICES if name in one.services) or "None",
            "Status": "Valid" if is_valid else "DateInvalid",
            "Subject": subject,
            "Thumbprint": one.thumbprint,
        }


def _read(entry: object) -> ExchangeCertificate:
    if not isinstance(entry, Mapping) or entry.keys() - _KEYS or not {"names", "not_after"} <= entry.keys():
        raise ValueError(f"certificates: each is a mapping with names and not_after, and maybe {sorted(_KEYS)}")
    names, services = (_texts(entry.get(key, ["SMTP"])) for key in ("names", "services"))
    if set(services) - set(_SERVICES) or not names:
        raise ValueError(f"certificates: names are some, services are of {list(_SERVICES)}")
    return ExchangeCertificate(names, services, _moment(entry["not_after"]), bool(entry.get("self_signed", True)))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value if isinstance(value, list) else [value]))


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
