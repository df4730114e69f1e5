"""The servers of the organisation and Get-ExchangeServer."""

from __future__ import annotations

from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.host import ExchangeHost, Output


class ExchangeServers:
    """At least one server; the first is the local one."""

    def __init__(self, host: ExchangeHost, servers: list[ExchangeServer]) -> None:
        self._host = host
        self.all = servers

    @property
    def local(self) -> ExchangeServer:
        """The server that the cmdlets run on."""
        return self.all[0]

    def hub(self, identity: str) -> ExchangeServer | None:
        """The Hub Transport server of that name, if there is one."""
        return next((s for s in self.all if s.is_named(identity) and "HubTransport" in s.roles), None)

    def get(self, typed: dict[str, object]) -> Output:
        """Get-ExchangeServer."""
        chosen = self.all
        if isinstance(domain := typed.get("Domain"), str):
            chosen = [server for server in chosen if server.domain.lower() == domain.lower()]
        if isinstance(identity := typed.get("Identity"), str):
            chosen = [server for server in chosen if server.is_named(identity)]
            if not chosen:
                raise self._host.not_found("Get-ExchangeServer", identity)
        site = f"{self._host.directory.domain}/Configuration/Sites/Default-First-Site-Name"
        return [server.read_back(site) for server in chosen]
