"""Every encoding with every break in it, and what is no secret stays as it is."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import HIDDEN, Scrubber, scrub

Coder = Callable[[str], str]


def each(form: str, coding: str = "utf-8") -> Coder:
    return lambda said: "".join(form.format(byte) for byte in said.encode(coding))


def in_base64(coding: str, before: str = "") -> Coder:
    return lambda said: base64.b64encode((before + said + before).encode(coding, "replace")).decode()


ENCODINGS: dict[str, Coder] = {
    "plain": str,
    "percent": each("%{:02X}"),
    "percent twice": each("%25{:02x}"),
    "%u": each("%u00{:02X}", "latin-1"),
    "\\x": each("\\x{:02x}"),
    "\\u": each("\\u{:04x}", "latin-1"),
    "octal": each("\\{:03o}"),
    "decimal entity": each("&#{};", "latin-1"),
    "hexadecimal entity": each("&#x{:x};", "latin-1"),
    "entity in an entity": each("&amp;#{};", "latin-1"),
    "quoted-printable": each("={:02X}"),
    "small quoted-printable": each("={:02x}"),
    "CLIXML": each("_x{:04X}_", "latin-1"),
    "hexadecimal": each("{:02x}"),
    "with dashes": each("{:02X}-"),
    "with colons": each("{:02x}:"),
    "with blanks": each("{:02X} "),
    "as C": each("0x{:02x},"),
    "decimals": each("{} "),
    "base64": in_base64("utf-8"),
    "base64, one on": in_base64("utf-8", "a"),
    "base64, two on": in_base64("utf-8", "ab"),
    "base64 of UTF-16": in_base64("utf-16-le", "a"),
    "base64 of turned UTF-16": in_base64("utf-16-be"),
    "base64 of cp850": in_base64("cp850"),
    "base64 of cp1252": in_base64("cp1252"),
    "base64 twice": lambda said: in_base64("utf-8")(in_base64("utf-8", "x")(said)),
    "composed": lambda said: unicodedata.normalize("NFC", said),
    "decomposed": lambda said: unicodedata.normalize("NFD", said),
    "an encoded word": lambda said: f"=?utf-8?q?{each('={:02X}')(said)}?=",
    "an encoded word of base64": lambda said: f"=?UTF-8?B?{in_base64('utf-8')(said)}?=",
}
BREAKS = [
    "",
    "\r\n",
    "\n",
    "=\n",
    "\\r\\n",
    "_x000D__x000A_",
    "&#xA;",
    "&#13;",
    "&#13;&#10;",
    "<br>",
    "<br />",
    "\x1b[0m",
]
BREAKS += ["\x1b[1;31m", "\u200b", "\xad", "\ufeff", "\u2060", "\\u200b", "&shy;", "&#8203;", "%0D%0A", "\r\n  "]
SECRETS = ["Zq7r-Kupferdach", "Öl-Tank4471ß", "Haus 47/Zinn", "a1-B2+c=%"]


UNITS = re.compile(r"%25..|%u....|%..|\\x..|\\u....|\\[0-3]..|&amp;#\d+;|&#\w+;|=..|_x...._|.")
"""Where a text may be broken: an escape that stands for a break stands in no other escape."""


@pytest.mark.parametrize("form", ENCODINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_every_encoding_with_every_break(form: str, secret: str) -> None:
    said = ENCODINGS[form](secret)
    hide = Scrubber([secret])
    whole = UNITS.findall(said) if said[0] in "%\\&=_" else [said]
    for sign in BREAKS if form not in ("decimals", "an encoded word of base64") else BREAKS[:3]:
        middle = len(said) // 2 if len(whole) == 1 else len("".join(whole[: len(whole) // 2]))
        told = hide(f"530 wrong {said[:middle]}{sign}{said[middle:]} was it")
        assert HIDDEN in told and said[:middle][-8:] not in told and said[middle:][2:10] not in told, (sign, told)


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), min_size=4, max_size=20),
    st.sampled_from(sorted(ENCODINGS)),
)
def test_any_secret_in_any_encoding(secret: str, form: str) -> None:
    # Of four characters that are encoded twice, or behind another one, no more than three are left whole: they are not
    # told from a word.
    assume(len(secret) > 4 or form not in ("base64 twice", "base64, one on"))
    said = ENCODINGS[form](secret)
    assert said == HIDDEN or said not in scrub(f"mno {said} mno", [secret])


@pytest.mark.parametrize("at", range(1, 14))
def test_a_secret_in_two_items_of_a_list(at: int) -> None:
    secret = "Zq7r-Kupferdach"
    for said in (secret, in_base64("utf-8")(secret)):
        assert "".join(scrub(["a", said[:at], said[at:], "b"], [secret])).strip("ab*") == ""


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("535 refused Zq7r-Kupf", "535 refused ********"),
        ("refused 'Zq7r-Kupferd...' by us", "refused '********...' by us"),
        ("refused Zq7r-Kupf\u2026", "refused ********\u2026"),
        ("...upferdach was wrong", "...******** was wrong"),
        ("\u2026upferdach was wrong", "\u2026******** was wrong"),
        ("upferdach was wrong", "upferdach was wrong"),
        ("535 refused Zq7r-Ku", "535 refused Zq7r-Ku"),
        ("Zq7r-Kupfer is a metal", "Zq7r-Kupfer is a metal"),
        ("Zq7r-Ku\r\npferdach", HIDDEN),
    ],
)
def test_what_a_cut_has_left(text: str, clean: str) -> None:
    assert scrub(text, ["Zq7r-Kupferdach"]) == clean


def test_a_name_is_never_cut() -> None:
    assert scrub({"Zq7r-Kupf": "Zq7r-Kupfe", "is Zq7r-Kupferdach": 1}, ["Zq7r-Kupferdach"]) == {
        "Zq7r-Kupf": HIDDEN,
        f"is {HIDDEN}": 1,
    }


def test_a_short_secret_over_a_broken_line() -> None:
    assert scrub("wrong: Kupfer\r\n7 it was", ["Kupfer7"]) == f"wrong: {HIDDEN} it was"


ORDINARY = [
    "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
    "Der Server hat die Anmeldung abgelehnt. Pr\u00fcfen Sie Benutzername und Passwort.",
    "Smarthost smtp.strato.de:587, connector 'Strato', 2024-12-31T08:15:42, 52-65-67, C:\\new\\table\\x41",
    "Enter the password",
    "password",
    "an anna",
    "https://beispiel.de/?a=b%20c&d=e&auml;",
    "a1 b2 c3",
    "tion",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text, ["Password2024!", "Zq7r-Kupferdach", "anan", "Sommer-Strato", "Öl-Tank4471"]) == text


def test_the_ends_of_two_words_are_no_short_secret() -> None:
    assert scrub(["an", "na1"], ["anna1"]) == ["an", "na1"]
