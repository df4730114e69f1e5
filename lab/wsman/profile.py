"""The limits of one WinRM version, and what is assumed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

QuotaFault = Literal["wsman", "wmi"]


@dataclass(frozen=True)
class WinrmProfile:
    """What one simulated WinRM service allows; sizes in KB of 1,024 bytes, times in seconds.

    ``shell_quota_fault`` and ``command_quota_fault`` say where the fault carries its number: in ``WSManFault`` or in
    ``MSFT_WmiError``. Recordings of newer hosts show the second for shells. Which form WinRM 2.0 uses for commands is
    unknown; the default is the one that Ansible does not recover from, so that nothing passes here by luck.
    """

    name: str
    envelope_kb: int = 150
    shells_per_user: int = 5
    commands_per_shell: int = 15
    command_line_chars: int = 8191
    operation_timeout_cap: float = 60.0
    shell_idle: float = 180.0
    shell_quota_fault: QuotaFault = "wmi"
    command_quota_fault: QuotaFault = "wsman"
    config_readable: bool = False
    create_tells_shell: bool = False
    os_version: str = "6.1.7601"
    service_pack: str = "1.0"
    stack: str = "2.0"

    @property
    def envelope_bytes(self) -> int:
        """Largest request envelope, in bytes of plaintext."""
        return self.envelope_kb * 1024


STOCK: Final = WinrmProfile("winrm2-stock")
TUNED: Final = WinrmProfile("winrm2-tuned", envelope_kb=500)
PROFILES: Final = {profile.name: profile for profile in (STOCK, TUNED)}


def profile_named(name: str) -> WinrmProfile:
    """Return the profile of that name; raises ValueError that lists the known ones."""
    if name not in PROFILES:
        raise ValueError(f"no WinRM profile {name!r}; there are: {', '.join(sorted(PROFILES))}")
    return PROFILES[name]
