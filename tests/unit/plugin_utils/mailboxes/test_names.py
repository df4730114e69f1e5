"""Spellings of one mailbox are one, and two mailboxes stay two."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes import characters
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.characters import is_unseen
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.logins import NAME, PASSWORD
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.names import mailbox_key

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


ADDRESS = "quelle.xyz-0368@jkw-bad-hof-t5.de"
"""With every letter but those of which nobody has a look-alike."""
IGNORABLE = st.characters().filter(is_unseen) | st.sampled_from(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u180f\u200b\u200f\u202a\u2060\u2065\u206f\u2800\u3164"
    "\ufe00\ufe0f\ufeff\uffa0\ufff0\ufff8\U0001bca0\U0001d173\U000e0001\U000e0100\U000e01ef\U000e0fff"
)
ALIKE = {
    "\u026a": "i",  # small capital I
    "\u0585": "o",  # Armenian
    "\u0555": "o",
    "\u0570": "h",
    "\u0578": "n",
    "\u057d": "u",
    "\u0251": "a",  # Latin alpha
    "\u0131": "i",
    "\u0397": "h",  # Greek capitals, and their small letters, which look like others
    "\u03b7": "n",
    "\u03a5": "y",
    "\u03c5": "u",
    "\u039d": "n",
    "\u03bd": "v",
    "\u03f2": "c",
    "\u0417": "3",  # Cyrillic
    "\u0435": "e",
    "\u04cf": "l",
    "\u13a2": None,
    "\u13cf": "b",  # Cherokee
    "\ua4d0": "b",  # Lisu
    "\u2c9f": "o",  # Coptic
    "\uff41": "a",  # other forms of the letter
    "\U0001d68a": "a",
    "\U0001d7d8": "0",
    "\u24d0": "a",
    "\u2170": "i",
    "\u00aa": "a",
    "\u0665": "5",
}


def test_the_table_of_look_alikes() -> None:
    for other, letter in ALIKE.items():
        assert letter is None or mailbox_key(f"x{other}y@a{other}.de") == f"x{letter}y@a{letter}.de", (other, letter)
    for other, code in characters._LATIN.items():
        assert mailbox_key(chr(other)) == code.lower()
        assert mailbox_key(f"INFO{chr(other)}@beispiel.de") == f"info{code.lower()}@beispiel.de"
    listed = [
        each for table in (characters._CAPITALS, characters._SMALL) for others in table.values() for each in others
    ]
    assert len(set(listed)) == len(listed) and not any(each.isascii() for each in listed)


@given(IGNORABLE, st.integers(0, len(ADDRESS)), st.integers(1, 3))
def test_what_nobody_sees_makes_no_other_mailbox_and_no_login(unseen: str, at: int, times: int) -> None:
    spelling = ADDRESS[:at] + unseen * times + ADDRESS[at:]
    assert mailbox_key(spelling) == ADDRESS
    for kind in (NAME, PASSWORD):
        with pytest.raises(ValueError, match="invisible"):
            kind.parse(spelling)


@given(
    st.sampled_from([(each, code) for each, code in characters._LATIN.items() if code.lower() in ADDRESS]), st.data()
)
def test_a_letter_that_looks_like_another_makes_no_other_mailbox_and_no_user_name(
    pair: tuple[int, str], data: st.DataObject
) -> None:
    other, letter = chr(pair[0]), pair[1].lower()
    places = [at for at, each in enumerate(ADDRESS) if each == letter]
    at = data.draw(st.sampled_from(places))
    spelling = ADDRESS[:at] + other + ADDRESS[at + 1 :]
    assert mailbox_key(spelling) == ADDRESS
    assert PASSWORD.parse(spelling) == spelling
    if other != "\u0131" and any(other in word and re.search("[a-z]", word) for word in re.split("[-.@]", spelling)):
        with pytest.raises(ValueError, match="only looks like the Latin one"):
            NAME.parse(spelling)


@pytest.mark.parametrize(
    "name",
    [
        "büro@bücher.de",
        "иван@почта.рф",
        "сахар@beispiel.de",
        "bıçak",
        "sıla",
        "зона1",
        "straße",
        "m0123-4",
        "Max Muster",
    ],
)
def test_other_alphabets_are_no_look_alikes(name: str) -> None:
    assert NAME.parse(name) == name


@given(st.text())
def test_a_key_is_its_own_key_and_capitals_and_blanks_make_no_other(name: str) -> None:
    key = mailbox_key(name)
    assert mailbox_key(key) == key
    assert mailbox_key(f" {name}\u200b\n") == key
