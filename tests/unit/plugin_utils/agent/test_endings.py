"""A PowerShell that does not start: its exit code, its own words, and what to do."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import endings
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.endings import Ending, not_started, without_reply
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import broken
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import Scrubber
from tests.unit.plugin_utils.reason_keys import keys_of

BLOCKED = b"This program is blocked by group policy. For more information, contact your system administrator.\r\n"
GEBLOCKT = b"Dieses Programm wurde durch eine Gruppenrichtlinie geblockt.\r\n"
CLIXML = (
    b'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><S S="Error">Cannot'
    b" invoke method. Method invocation is supported only on core types in this_x000D__x000A_</S></Objs>"
)
ROWS: list[tuple[str, int, bytes, str]] = [
    ("powershell_blocked", 1, BLOCKED, "AppLocker"),
    ("powershell_blocked", 1, GEBLOCKT, "AppLocker"),
    ("powershell_blocked", 1260, b"", "AppLocker"),
    ("powershell_blocked", -1073740959, b"", "AppLocker"),  # 0xC0000361
    ("powershell_blocked", 1, b"The command prompt has been disabled by your administrator.", "policy"),
    ("powershell_denied", 1, b"The system cannot execute the specified program.", "antivirus"),
    ("powershell_denied", 1, b"Loading managed Windows PowerShell failed with error 80070005.", "permissions"),
    ("powershell_no_room", 1, b"Loading managed Windows PowerShell failed with error 8007000e.", "free memory"),
    ("powershell_damaged", 1, b"Loading managed Windows PowerShell failed with error 80131700.", "sfc /scannow"),
    ("powershell_infected", 225, b"", "antivirus"),
    ("powershell_infected", 1, b"the file contains a virus or potentially unwanted software.", "antivirus"),
    ("powershell_denied", -1073741790, b"", "antivirus"),  # 0xC0000022
    ("powershell_denied", 5, b"", "permissions"),
    ("powershell_denied", 1, b"Access is denied.\r\n", "permissions"),
    ("powershell_denied", 1, b"Zugriff verweigert\r\n", "permissions"),
    ("powershell_denied", 1, b"Der Zugriff wurde verweigert.\r\n", "permissions"),
    ("powershell_denied", 5, "Sie haben nicht genügend Rechte.".encode(), "permissions"),
    ("powershell_infected", 1, b"wurde von Ihrer Antivirensoftware blockiert.", "antivirus"),
    ("powershell_no_room", 1, "nicht genügend Arbeitsspeicher".encode("cp850"), "free memory"),
    ("powershell_no_room", -1073741502, b"", "MaxMemoryPerShellMB"),  # 0xC0000142
    ("powershell_no_room", 3221225794, b"", "MaxMemoryPerShellMB"),  # the same without its sign
    ("powershell_no_room", -1073741801, b"", "page file"),  # 0xC0000017
    ("powershell_no_room", 1, b"Not enough storage is available to process this command.", "free memory"),
    ("powershell_no_room", 8, b"", "free memory"),
    ("powershell_damaged", -1073741515, b"", "sfc /scannow"),  # 0xC0000135
    ("powershell_damaged", -1073741819, b"", "sfc /scannow"),  # 0xC0000005
    ("powershell_missing", 9009, b"", "PATH"),
    ("powershell_missing", 1, b"'PowerShell' is not recognized as an internal or external command,", "PATH"),
    ("powershell_missing", 1, 'Der Befehl "PowerShell" ist entweder falsch geschrieben oder'.encode("cp850"), "PATH"),
    ("powershell_constrained", 1, CLIXML, "exempt"),
    ("powershell_ended", -1073741510, b"", "event log"),  # 0xC000013A
]
HIDE = Scrubber(["Kupferdach-4711"])


@pytest.mark.parametrize(("key", "code", "stderr", "word"), ROWS)
def test_an_ending_has_its_remedy(key: str, code: int, stderr: bytes, word: str) -> None:
    ending = Ending(code, b"", stderr)
    error = not_started(ending, "sbs", HIDE)
    assert keys_of(error.reasons) == [key] and word in error.remedy
    assert without_reply(ending, "sbs", HIDE) == error.reasons[0]


def test_every_row_has_an_ending_here() -> None:
    assert {each.key for each in endings.MEANINGS} == {row[0] for row in ROWS}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (1, "1"),
        (-9, "-9"),
        (1260, "1260"),
        (-1073741790, "0xC0000022"),
        (3221225506, "0xC0000022"),
        (-65536, "0xFFFF0000"),
    ],
)
def test_an_exit_code_is_told_as_it_is_looked_up(code: int, told: str) -> None:
    assert f"exit code {told};" in not_started(Ending(code), "sbs", HIDE).reasons[0].found


def test_an_ending_that_nobody_knows_is_told_plainly() -> None:
    ending = Ending(77, b"Hallo", b"Welt")
    error = not_started(ending, "sbs", HIDE)
    assert keys_of(error.reasons) == ["powershell_not_started"]
    assert "exit code 77; its output begins 'Hallo'; its errors begin 'Welt'" in str(error)
    assert without_reply(ending, "sbs", HIDE) is None


def test_its_own_words_are_kept_without_secrets_and_cut() -> None:
    said = f"\x1b[2J Kupferdach-4711 {'x' * 500}".encode()
    found = not_started(Ending(1, said, said), "sbs", HIDE).reasons[0].found
    assert "Kupferdach" not in found and "\x1b" not in found and found.count("********") == 2
    assert len(found) < 400


def test_of_errors_as_powershell_writes_them_the_words_are_told() -> None:
    found = not_started(Ending(1, b"", CLIXML), "sbs", HIDE).reasons[0].found
    assert "'Cannot invoke method." in found and "CLIXML" not in found and "_x000D_" not in found


def test_a_plan_that_did_not_start_is_no_broken_connection() -> None:
    error = broken(not_started(Ending(1, b"", BLOCKED), "sbs", HIDE), "sbs", "the plan", "None of it took effect.")
    assert keys_of(error.reasons) == ["process_ended"]
    assert "connection" not in str(error) and "blocked by group policy" in str(error)
    assert error.reasons[0].remedy.startswith("None of it took effect. AppLocker")


@pytest.mark.parametrize(("code", "known"), [(-1, False), (0, True), (-1073741790, True)])
def test_an_exit_code_that_was_never_heard_is_none(code: int, known: bool) -> None:
    assert Ending(code).is_known is known
