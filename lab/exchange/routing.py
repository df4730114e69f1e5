"""Which Send connector Exchange takes for a recipient."""

from __future__ import annotations

from collections.abc import Iterable

from lab.exchange.send_connector import SendConnector
from lab.exchange.values import AddressSpace


def connector_for(domain: str, connectors: Iterable[SendConnector]) -> SendConnector | None:
    """The enabled connector with the most specific address space, then the lowest cost, then the first name.

    Only SMTP address spaces are looked at; scopes, sites and message sizes are not simulated.
    """
    fitting = [
        (_specificity(space), -space.cost, connector)
        for connector in connectors
        if connector.Enabled
        for space in connector.AddressSpaces
        if space.type == "SMTP" and _covers(space, domain.lower())
    ]
    if not fitting:
        return None
    best = max((specificity, cost) for specificity, cost, _ in fitting)
    return min((found for *rank, found in fitting if tuple(rank) == best), key=lambda found: found.Name.lower())


def _covers(space: AddressSpace, domain: str) -> bool:
    """``*.x`` is ``x`` with all its subdomains, as the console's "Include all subdomains" makes it (assumed)."""
    wanted = space.space.lower()
    bare = wanted.removeprefix("*.")
    return wanted == "*" or domain == bare or (wanted != bare and domain.endswith(f".{bare}"))


def _specificity(space: AddressSpace) -> tuple[int, int]:
    """A whole domain before one with subdomains, a longer one before a shorter one, ``*`` last."""
    if space.space == "*":
        return (0, 0)
    return (1 if space.space.startswith("*.") else 2, len(space.space))
