"""Codes that a receive connector refuses with, in; their classes, and how bad that is for whom, out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail.refusals import (
    CLASSES,
    Refused,
    class_of,
    parse_receive_log,
    state_of,
)

PAGE = Path(__file__).resolve().parents[4] / "docs" / "check_inbound.md"
CODES = {
    "550 5.7.1": "relay", "554 5.7.1": "relay", "550 5.1.1": "unknown", "550 5.1.10": "unknown",
    "452 4.3.1": "pressure", "421 4.3.2": "stopped", "451 4.3.2": "stopped",
    "530 5.7.1": "auth", "530": "auth", "530 5.7.0": "tls",
    "535 5.7.3": "login", "454 4.7.0": "login", "552 5.3.4": "size", "552": "size", "550 5.3.4": "size",
    "554 5.4.6": "loop", "452 4.5.3": "many", "550 5.7.54": "filter", "421": "dropped", "421 4.4.2": "dropped",
    "500 5.3.3": "protocol", "501 5.5.4": "protocol", "503 5.5.2": "protocol", "555 5.5.4": "protocol",
    "451 4.7.0": "other", "": "other", "abc": "other", "550": "other", "٥50 5.1.1": "other",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_its_class(code: str) -> None:
    assert class_of(code) == CODES[code]


def test_every_class_has_a_code_and_a_row_of_the_page() -> None:
    rows = re.findall(
        r"^\| (\w+) \| ", PAGE.read_text(encoding="utf-8").partition("## What was refused")[2], re.MULTILINE
    )
    assert set(CODES.values()) == set(CLASSES) == set(rows) - {"class"}


@pytest.mark.parametrize("code", CODES)
def test_what_the_server_itself_is_refused_for_good_may_be_lost_where_mail_is_fetched(code: str) -> None:
    refused = Refused("SBS\\Default SBS", "127.0.0.1", "own", code, 1)
    lost = state_of(refused, fetches=True, recent=True) == "losing"
    assert lost is (code.startswith("5") or code == "452 4.3.1")
    assert state_of(refused, fetches=False, recent=True) != "losing"


def test_the_newest_words_stand_beside_their_own_code() -> None:
    told = {"Connector": "SBS\\A", "Address": "203.0.113.9", "Refused": {"550 5.7.1": 2, "421": 5, "500": 0, "x": "?"}}
    log = parse_receive_log([{**told, "Text": "550 5.7.1 Unable\r\n to relay"}, {"Connector": None, "Files": 2}])
    assert [(each.code, each.count, each.words) for each in log.refused] == [
        ("421", 5, ""),
        ("550 5.7.1", 2, "550 5.7.1 Unable to relay"),
    ]
    assert (log.files, log.cut) == (2, False)
