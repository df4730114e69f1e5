"""Where the connector's things lie on a simulated host, and what Windows calls them."""

from __future__ import annotations

from typing import Final

PROGRAM_FILES: Final = r"C:\Program Files"
ROOT: Final = PROGRAM_FILES + r"\Windows Small Business Server"
DATA: Final = ROOT + r"\Data"
LOGS: Final = ROOT + r"\Logs\pop3connector"
BIN: Final = ROOT + r"\Bin"
BAD_MAIL: Final = DATA + r"\badmail"  # assumed
ACCOUNTS: Final = DATA + r"\pop3records.dat"
PROGRAM: Final = BIN + r"\Pop3Connector.exe"
# The name of the file is assumed.
LOG: Final = LOGS + r"\connector.log"
SERVICE: Final = "pop3connector"
REGISTRY: Final = r"HKLM\SOFTWARE\Microsoft\SmallBusinessServer"
SERVICE_KEY: Final = rf"HKLM\SYSTEM\CurrentControlSet\Services\{SERVICE}"


def split(path: str) -> tuple[str, str]:
    """Folder and bare name of a path."""
    folder, _, name = path.replace("/", "\\").rpartition("\\")
    return folder, name
