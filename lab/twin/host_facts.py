"""``Get-HostFacts`` and ``Get-ShellLimits``."""

from __future__ import annotations

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given


def get_host_facts(agent: Agent, given: Given) -> Output:
    """``Get-HostFacts``. Raises CmdletError where a failure was ordered."""
    return [agent.machine.host_facts(agent.cancelled)]


def get_shell_limits(agent: Agent, given: Given) -> Output:
    """``Get-ShellLimits``."""
    return [dict(agent.machine.shell_limits)]
