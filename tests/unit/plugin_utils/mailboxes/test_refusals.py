"""Replies of servers in, their class out; and what the table itself has to keep."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes import refusals
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.refusals import (
    CLASSES,
    Meaning,
    classify,
    table,
    take_apart,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.last_error import read_last_error
from lab.exchange import delivery_texts
from lab.provider import texts

GROUPS = ["texts", "exchange", "status", "words", "rest"]
ROWS = [(group, row) for group, rows in table()["rows"].items() for row in rows]
REPLIES = [
    (kind, words.replace("\\n", "\n"))
    for line in (Path(__file__).parent / "refusal_replies.txt").read_text(encoding="ascii").splitlines()[1:]
    for kind, words in [line.split("\t")]
]


def kind_of(text: str) -> str:
    found = read_last_error(text)
    assert found is not None
    return found.kind


def test_the_classes_are_those_of_the_code_with_a_meaning_and_a_scope() -> None:
    assert [each["class"] for each in table()["classes"]] == list(CLASSES)
    assert {each["scope"] for each in table()["classes"]} == {"ours", "recipient", "message", "none"}
    assert all(each["meaning"] for each in table()["classes"])


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_a_remedy_of_its_own_and_a_row(kind: str) -> None:
    others = [refusals.remedy(each) for each in CLASSES if each != kind]
    assert refusals.remedy(kind) not in others
    assert kind in {row["class"] for _, row in ROWS}


def test_the_groups_stand_in_their_order() -> None:
    assert list(table()["rows"]) == GROUPS


@pytest.mark.parametrize(("group", "row"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_row_is_whole(group: str, row: dict[str, str]) -> None:
    asks = set(row) - {"class", "source", "confidence"}
    assert asks and asks <= {"code", "status", "text"}
    assert row["class"] in CLASSES and row["source"]
    assert row["confidence"] in ("high", "medium", "low", "general")
    assert [re.compile(row[key]) for key in asks]
    assert group != "words" or "status" not in row


def test_each_reply_is_what_it_is() -> None:
    assert [(kind, kind_of(words), words) for kind, words in REPLIES if kind_of(words) != kind] == []


UMLAUTS = {"ae": "\u00e4", "oe": "\u00f6", "ue": "\u00fc"}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "Latin-1": lambda umlaut: umlaut,
    "UTF-8 read as Latin-1": lambda umlaut: umlaut.encode().decode("latin-1"),
    "what is no ASCII replaced": lambda umlaut: "?",
    "two of that": lambda umlaut: "??",
}


@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
def test_an_umlaut_may_be_spelt_in_any_way(spelt: Callable[[str], str]) -> None:
    german = [each for each in REPLIES if re.search(r"[a-z]{3}", each[1]) and _in_german(each[1])]
    assert len(german) > 10
    for kind, words in german:
        other = re.sub(r"(?<![aeqQ])(ae|oe|ue)(?!ll\b)", lambda found: spelt(UMLAUTS[found[0]]), words)
        assert kind_of(other) == kind, other


def _in_german(words: str) -> bool:
    return re.search(r"\b(Sie|ist|nicht|zu viele|empfaenger|postfach|ueber\w+|ungueltig\w*)\b", words, re.I) is not None


def test_every_row_decides_a_reply_or_names_a_status() -> None:
    """A row that an earlier one shadows is noticed; ranges of codes need no reply for each."""
    used = Counter(id(_deciding(read.words)) for _, words in REPLIES if (read := read_last_error(words)))
    idle = [
        row
        for (_, row), compiled in zip(ROWS, refusals._rows(), strict=True)
        if "text" in row and not used[id(compiled)]
    ]
    assert idle == []


def _deciding(words: str) -> object:
    reply = take_apart(words)
    plain = " ".join(refusals._NAMES.sub(" ", reply.text).split())
    return next((row for row in refusals._rows() if row.fits(reply, plain)), None)


CONCLUSIVE = [
    f"{kind}.{subject}.{detail}"
    for kind in "45"
    for subject, details in {1: range(100), 2: range(100), 3: range(100), 5: [3], 6: range(100)}.items()
    for detail in details
]


def test_no_general_word_contradicts_a_code_that_says_enough() -> None:
    """Of addresses, mailboxes, systems, recipients in one message and content: one row without a text takes each."""
    deciding = [row for group, row in ROWS if group == "status" and "text" not in row and "code" not in row]
    open_codes = [each for each in CONCLUSIVE if not any(re.fullmatch(row["status"], each) for row in deciding)]
    assert open_codes == []


@pytest.mark.parametrize("code", ["4.2.2", "5.1.1", "4.3.1", "4.5.3"])
def test_words_of_the_rate_do_not_change_what_a_code_says(code: str) -> None:
    bare = classify(f"{code[0]}52 {code}").kind
    assert bare in ("recipient", "other", "per_message_limit")
    for words in ("quota exceeded", "too many messages per hour", "rate limit", "SPF", "TLS", "authentication", "spam"):
        assert classify(f"{code[0]}52 {code} {words}").kind == bare


APART = {
    "450 4.7.0 Transmit rate": ("450", "4.7.0", "Transmit rate"),
    "421 too many": ("421", "", "too many"),
    "550": ("550", "", ""),
    "550-5.1.1 The account\n550-5.1.1 does not\n550 5.1.1 exist": ("550", "5.1.1", "The account does not exist"),
    "450-Requested action: mailbox\n450 Mail send limit": ("450", "", "Requested action: mailbox Mail send limit"),
    "553 sorry (#5.7.1)": ("553", "5.7.1", "sorry (#5.7.1)"),
    "550 #5.1.0 Address rejected.": ("550", "5.1.0", "Address rejected."),
    "554 4.4.8.8 is listed": ("554", "", "4.4.8.8 is listed"),
    "5504 things": ("", "", "5504 things"),
    "-ERR [AUTH] no": ("-ERR", "", "[AUTH] no"),
    "-err no": ("-ERR", "", "no"),
    "no code": ("", "", "no code"),
    "": ("", "", ""),
}


@pytest.mark.parametrize(("words", "parts"), APART.items())
def test_a_reply_is_taken_apart(words: str, parts: tuple[str, str, str]) -> None:
    found = take_apart(words)
    assert (found.code, found.status, found.text) == parts


@pytest.mark.parametrize(
    "name", ["spam@beispiel.de", "<relay@tls.example>", "https://rbl.example/blocklist", "auth.example"]
)
def test_names_are_no_words(name: str) -> None:
    assert classify(f"450 {name} later") == Meaning("other")


def test_a_long_reply_takes_no_time() -> None:
    begun = time.process_time()
    for piece in ("a.", "a@", "message sender limit ", "recipient exceeded ", "550-5.1.1 ", "<"):
        classify("450 " + piece * 20_000)
    assert time.process_time() - begun < 5


LAB = {
    "THROTTLED": "throttled", "NESTED_MAIL": "other", "SENDER_REFUSED": "sender", "NO_SUCH_RECIPIENT": "recipient",
    "LOGIN_REFUSED": "login", "LOGIN_NEEDED": "login", "TROUBLE": "other", "IN_USE": "other", "TOO_OFTEN": "throttled",
    "POP3_LOGIN_REFUSED": "login", "TLS_NEEDED": "login", "UNKNOWN_COMMAND": "other", "WRONG_STATE": "other",
    "NO_SUCH_MESSAGE": "other", "NO_ARGUMENT": "other", "UNABLE_TO_CONNECT": "connection", "TIMED_OUT": "connection",
    "DROPPED": "connection", "BASIC_AUTHENTICATION": "login", "EXCHANGE_AUTHENTICATION": "login",
    "STARTTLS_REQUIRED": "connection", "CERTIFICATE_REFUSED": "connection", "UNREACHABLE": "notice",
    "EXPIRED": "notice", "UNKNOWN": "recipient", "REMOVED": "notice", "DELAYED": "notice", "BACK_PRESSURE": "other",
    "FULL": "recipient", "NOT_OWNED": "sender", "DNS_DELIVERY": "connection", "OTHER_SMART_HOST": "other",
}  # fmt: skip
"""What each text of the lab is; the last two say what is not simulated."""
NO_ANSWERS = {"ACCEPTED", "LOGIN_CHALLENGES", "PROFILES", "UNDELIVERABLE", "DELAY_NOTICE", "TLS_FAILED"}
SAID = {
    name: value
    for module in (texts, delivery_texts)
    for name, value in vars(module).items()
    if name.isupper() and not name.startswith("_") and name not in NO_ANSWERS
}


def test_every_text_of_the_lab_is_looked_at() -> None:
    assert set(SAID) == set(LAB)


@pytest.mark.parametrize("software", texts.PROFILES)
def test_software_says_the_same_in_its_own_words(software: str) -> None:
    told = {said: own for said, own in texts.PROFILES[software].items() if said.strip()}
    assert {said: kind_of(own) for said, own in told.items()} == {said: kind_of(said) for said in told}


@pytest.mark.parametrize(("name", "kind"), LAB.items())
def test_a_text_of_the_lab_is_what_it_is(name: str, kind: str) -> None:
    assert kind_of(SAID[name]) == kind
    if not SAID[name].startswith(("-ERR", "#", "not simulated")):
        assert kind_of(delivery_texts.last_error(SAID[name])) == kind


@pytest.mark.parametrize("software", texts.PROFILES)
def test_what_a_software_says_instead_is_of_the_same_kind(software: str) -> None:
    said = texts.PROFILES[software]
    wrong = [
        (text, words) for text, words in said.items() if text != texts.ACCEPTED and kind_of(text) != kind_of(words)
    ]
    assert wrong == []


def test_the_collected_replies_are_what_they_are(facts: Path) -> None:
    rows = json.loads((facts / "refusal-texts.json").read_text(encoding="utf-8"))["rows"]
    wrong = [(row["means"], kind_of(row["text"]), row["text"]) for row in rows if kind_of(row["text"]) != row["means"]]
    assert len(rows) >= 256 and wrong == []
