"""The kinds of machine that the lab simulates: Windows, PowerShell and Exchange as each of them tells.

Versions and numbers are those of the real products; where a number only has to be plausible (a build, a
patch level of the CLR) it is a fixed one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Windows:
    """What ``Win32_OperatingSystem`` tells: ``sku`` is OperatingSystemSKU, ``suite_mask`` OSProductSuite."""

    version: str
    caption: str
    service_pack: int
    sku: int
    suite_mask: int


@dataclass(frozen=True)
class ExchangeEdition:
    """An installed Exchange: ``version`` is ``14.3.123.4``; ``snapin``: is the E2010 snap-in registered?

    ``fails``: what is said where it does not load all the same; ``dies``: whoever loads it ends without a word.
    """

    version: str
    roles: tuple[str, ...]
    snapin: bool
    fails: str = ""
    dies: bool = False

    @property
    def major(self) -> int:
        """8 for Exchange 2007, 14 for 2010, 15 for 2013 and later."""
        return int(self.version.split(".")[0])

    @property
    def minor(self) -> int:
        """The service pack in 2010."""
        return int(self.version.split(".")[1])


@dataclass(frozen=True)
class Profile:
    """One kind of machine."""

    windows: Windows
    powershell: str
    clr: str
    exchange: ExchangeEdition | None


_SBS_2011 = Windows("6.1.7601", "Microsoft Windows Small Business Server 2011 Standard ", 1, 9, 305)
_SERVER_2008 = Windows("6.0.6002", "Microsoft® Windows Server® 2008 Standard ", 2, 7, 272)
_SERVER_2008_R2 = Windows("6.1.7601", "Microsoft Windows Server 2008 R2 Standard ", 1, 7, 272)
_SERVER_2012_R2 = Windows("6.3.9600", "Microsoft Windows Server 2012 R2 Standard", 0, 7, 272)
_CLR_2 = "2.0.50727.5420"
_ROLES = ("Mailbox", "ClientAccess", "HubTransport")
LITTLE_MEMORY = 150
"""MB a shell, which WinRM allows at first: too little to load Exchange's snap-in."""
OUT_OF_MEMORY = (
    "Cannot load Windows PowerShell snap-in Microsoft.Exchange.Management.PowerShell.E2010 because of the following"
    " error: Exception of type 'System.OutOfMemoryException' was thrown."
)
_EXCHANGE_2010 = ExchangeEdition("14.3.123.4", _ROLES, snapin=True)

PROFILES = {
    "sbs2011": Profile(_SBS_2011, "2.0", _CLR_2, _EXCHANGE_2010),
    "sbs2011_sp1": Profile(_SBS_2011, "2.0", _CLR_2, ExchangeEdition("14.1.218.15", _ROLES, snapin=True)),
    "sbs2011_wmf3": Profile(_SBS_2011, "3.0", "4.0.30319.18408", _EXCHANGE_2010),
    "exchange2010": Profile(_SERVER_2008_R2, "2.0", _CLR_2, _EXCHANGE_2010),
    "edge2010": Profile(_SERVER_2008_R2, "2.0", _CLR_2, ExchangeEdition("14.3.123.4", ("EdgeTransport",), snapin=True)),
    "exchange2007": Profile(_SERVER_2008, "2.0", "2.0.50727.4253", ExchangeEdition("8.3.83.6", _ROLES, snapin=False)),
    "exchange2013": Profile(
        _SERVER_2012_R2,
        "4.0",
        "4.0.30319.34014",
        ExchangeEdition("15.0.1497.2", ("Mailbox", "ClientAccess"), snapin=True),
    ),
    "no_exchange": Profile(_SERVER_2008_R2, "2.0", _CLR_2, None),
    "no_snapin": Profile(_SBS_2011, "2.0", _CLR_2, ExchangeEdition("14.3.123.4", _ROLES, snapin=False)),
    "snapin_fails": Profile(
        _SBS_2011, "2.0", _CLR_2, ExchangeEdition("14.3.123.4", _ROLES, snapin=True, fails=OUT_OF_MEMORY)
    ),
    "snapin_dies": Profile(_SBS_2011, "2.0", _CLR_2, ExchangeEdition("14.3.123.4", _ROLES, snapin=True, dies=True)),
}
