"""What the host's .NET can speak, and what the agent says where that is too little."""

from __future__ import annotations

from typing import Final

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.mail_talk import MailServer

OLD_DOTNET: Final = (
    "The .NET of this host cannot speak TLS 1.2 (update KB3154518): a login cannot be proven from here at a server that"
    " wants it. Exchange itself may do better, or worse."
)
"""What the agent warns of then."""


def get_tls_ability(agent: Agent, given: Given) -> Output:
    """``Get-TlsAbility``."""
    return [{"Tls12": agent.machine.dotnet_tls12}]


def warned(agent: Agent, server: MailServer, report: dict[str, object]) -> dict[str, object]:
    """A proof's report, once the agent has said why it was none in TLS 1.2."""
    spoken, warning = report["Tls"], ""
    if not agent.machine.dotnet_tls12 and (spoken or report["Stage"] == "tls"):
        warning = OLD_DOTNET
    elif spoken in ("Tls", "Tls11"):
        warning = f"{server.name} was reached with {spoken}, not with TLS 1.2, which this host can speak."
    if warning and warning not in agent.warnings:
        agent.warnings.append(warning)
    return report
