"""Spellings of one mailbox are one, and two mailboxes stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailbox_names import mailbox_key

SAME = {
    "capitals": "Info@Beispiel.DE",
    "a blank behind": "info@beispiel.de ",
    "a blank before": " info@beispiel.de",
    "a blank inside": "info @beispiel.de",
    "a tab": "info@beispiel.de\t",
    "a line break": "info@beispiel.de\r\n",
    "a no-break space": "info@beispiel.de\u00a0",
    "a zero-width space": "in\u200bfo@beispiel.de",
    "a soft hyphen": "info@bei\u00adspiel.de",
    "a byte order mark": "\ufeffinfo@beispiel.de",
    "a direction": "\u202einfo@beispiel.de",
    "a Cyrillic o": "inf\u043e@beispiel.de",
    "a Greek o": "inf\u03bf@beispiel.de",
    "a full width letter": "\uff49nfo@beispiel.de",
    "a dot at the end": "info@beispiel.de.",
    "a full stop of another script": "info@beispiel\u3002de",
}


@pytest.mark.parametrize("spelling", SAME.values(), ids=SAME)
def test_a_spelling_is_the_same_mailbox(spelling: str) -> None:
    assert mailbox_key(spelling) == mailbox_key("info@beispiel.de") == "info@beispiel.de"


def test_an_international_domain_has_two_forms() -> None:
    assert mailbox_key("info@bücher.de") == mailbox_key("info@XN--BCHER-KVA.de") == mailbox_key("info@bu\u0308cher.de")


@pytest.mark.parametrize(
    "other", ["inf0@beispiel.de", "info@beispiel.com", "info", "büro@beispiel.de", "in.fo@beispiel.de"]
)
def test_another_mailbox_is_another(other: str) -> None:
    assert mailbox_key(other) not in (mailbox_key("info@beispiel.de"), mailbox_key("buro@beispiel.de"))


@given(st.text())
def test_a_key_is_its_own_key_and_capitals_and_blanks_make_no_other(name: str) -> None:
    key = mailbox_key(name)
    assert mailbox_key(key) == key
    assert mailbox_key(f" {name}\u200b\n") == key
