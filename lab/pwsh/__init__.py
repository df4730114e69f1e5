"""The backend in which a real PowerShell runs the command lines that arrive, on a simulated host.

The agent finds there what a host would have and PowerShell 7 on any system has not: the snap-in commands, WMI,
the registry, the server's own Exchange endpoint, and Exchange's cmdlets, generated from Microsoft's contract.
All of them act on the same simulated machine as the twin.
"""

from lab.pwsh.backend import PwshBackend

__all__ = ["PwshBackend"]
