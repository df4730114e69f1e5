"""The access list of the accounts file."""

from __future__ import annotations

import base64

from lab.pop3 import places
from lab.pop3.files import INHERITED_SDDL, SDDL
from tests.unit.lab.twin.pop3_commands import (
    data_of,
    digest,
    machine_with,
    output,
)

INSERT = [{"Offset": 0, "Length": 0, "Data": base64.b64encode(b"x").decode()}]


def test_an_access_list_that_was_lost_is_set_again() -> None:
    machine = machine_with(trouble={"acl_lost": True})
    output(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT)
    file = machine.pop3.files.find(places.ACCOUNTS)
    assert file is not None
    # Whose the file is cannot be set by everybody, so that stays as it has become.
    assert file.sddl == INHERITED_SDDL.split("D:AI")[0] + SDDL[SDDL.index("D:") :]
