"""Who may do what with the accounts file."""

from __future__ import annotations

import re


def split_access(sddl: str) -> tuple[str, str]:
    """Owner and group, and the access list, of a text that holds both."""
    found = re.search("D:.*", sddl)
    return (sddl[: found.start()], found[0]) if found else (sddl, "")
