"""No secret leaves, in whatever form it stands."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
import shlex
import textwrap
import urllib.parse
import xml.sax.saxutils
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.visible import visible
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import HIDDEN, Scrubber, scrub
from tests.unit.plugin_utils.run.examples import OTHER_PASSWORD, PASSWORD

ODD = "Zq7\"quer\\'strich\n-Ö€-Kupferdach"

SCRUBBED: list[tuple[Any, Any]] = [
    (PASSWORD, HIDDEN),
    (f"login {PASSWORD} failed, {PASSWORD}", f"login {HIDDEN} failed, {HIDDEN}"),
    ([PASSWORD, [PASSWORD, 1]], [HIDDEN, [HIDDEN, 1]]),
    ((PASSWORD,), [HIDDEN]),
    ({PASSWORD}, [HIDDEN]),
    (frozenset({PASSWORD}), [HIDDEN]),
    ({"a": {"b": [{"c": PASSWORD}]}}, {"a": {"b": [{"c": HIDDEN}]}}),
    ({PASSWORD: 1, f"x{PASSWORD}": 2}, {HIDDEN: 1, f"x{HIDDEN}": 2}),
    ({1: PASSWORD, None: 2}, {"1": HIDDEN, "None": 2}),
    (None, None),
    (True, True),
    (5, 5),
    (0.5, 0.5),
    ("nothing secret", "nothing secret"),
    ({}, {}),
    ("", ""),
]


@pytest.mark.parametrize(("value", "clean"), SCRUBBED, ids=repr)
def test_the_secret_is_hidden(value: Any, clean: Any) -> None:
    assert scrub(value, [PASSWORD]) == clean


def test_a_boolean_stays_one() -> None:
    assert scrub({"changed": True}, ["1"])["changed"] is True


@pytest.mark.parametrize(
    "form",
    [
        ODD,
        json.dumps(ODD),
        json.dumps(ODD, ensure_ascii=False),
        repr(ODD),
        json.dumps({"a": [ODD]}),
        str({"a": [ODD]}),
        f"{ValueError(ODD)!r}",
    ],
)
def test_escaped_forms_are_hidden(form: str) -> None:
    clean = scrub(f"it was {form}!", [ODD])
    assert HIDDEN in clean
    assert "Kupferdach" not in clean


@pytest.mark.parametrize("ascii_only", [True, False])
def test_of_an_escaped_secret_no_character_is_left(ascii_only: bool) -> None:
    assert scrub(json.dumps({"a": ODD}, ensure_ascii=ascii_only), [ODD]) == f'{{"a": "{HIDDEN}"}}'
    assert scrub(repr([ODD]), [ODD]) == f"['{HIDDEN}']"


def test_several_secrets_are_hidden() -> None:
    assert scrub(f"{PASSWORD}/{OTHER_PASSWORD}", [OTHER_PASSWORD, PASSWORD]) == f"{HIDDEN}/{HIDDEN}"


@pytest.mark.parametrize("order", [1, -1])
def test_a_secret_that_holds_another_is_hidden_as_a_whole(order: int) -> None:
    secrets = ["Kupferdach", "Zq7-Kupferdach-9134"][::order]
    assert scrub("a Zq7-Kupferdach-9134 b Kupferdach c", secrets) == f"a {HIDDEN} b {HIDDEN} c"


@pytest.mark.parametrize("order", [1, -1])
def test_of_secrets_that_overlap_nothing_is_left(order: int) -> None:
    secrets = ["Regen-Kupferdach", "Kupferdach-Rinne"][::order]
    clean = scrub("a Regen-Kupferdach-Rinne b", secrets)
    assert not [piece for piece in ("Regen", "Kupfer", "Rinne") if piece in clean]
    assert (clean[:2], clean[-2:]) == ("a ", " b")


@pytest.mark.parametrize(
    ("value", "clean"),
    [("abc", HIDDEN), ("abcd", "abcd"), (["abc", "x abc"], [HIDDEN, "x abc"]), ({"abc": "abc"}, {HIDDEN: HIDDEN})],
)
def test_a_short_secret_is_hidden_where_it_is_the_whole_text(value: Any, clean: Any) -> None:
    assert scrub(value, ["abc"]) == clean


def test_the_shortest_secret_that_is_hidden_everywhere() -> None:
    assert scrub("x abcd y", ["abcd"]) == f"x {HIDDEN} y"


@pytest.mark.parametrize("secrets", [[], [""], iter([""])])
def test_no_secret_hides_nothing(secrets: Any) -> None:
    assert scrub({"a": ["b", ""]}, secrets) == {"a": ["b", ""]}


def test_the_secrets_may_come_from_an_iterator() -> None:
    assert scrub(["x " + PASSWORD, PASSWORD], iter([PASSWORD])) == ["x " + HIDDEN, HIDDEN]


def test_a_text_of_a_subclass_becomes_a_plain_one() -> None:
    class Tagged(str):
        pass

    assert type(scrub([Tagged("x")], [])[0]) is str


@settings(deadline=None)
@given(st.text(min_size=4).filter(lambda text: not set(text) & set("*")), st.text(), st.text())
def test_wherever_a_secret_stands_it_is_gone(secret: str, before: str, after: str) -> None:
    for text in (before + secret + after, json.dumps({before: secret + after}), repr([before, secret])):
        assert secret not in scrub(text, [secret])


REPEATED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON of a German": lambda said: json.dumps(said, ensure_ascii=False),
    "JSON in JSON": lambda said: json.dumps(json.dumps(said)),
    "JSON for the web": lambda said: json.dumps(said).replace("'", "\\u0027").replace("&", "\\u0026"),
    "JSON with its slashes escaped": lambda said: json.dumps(said).replace("/", "\\/"),
    "repr": repr,
    "ascii": ascii,
    "repr in a repr": lambda said: repr([repr(said)]),
    "repr beside both quotes": lambda said: repr("'\"" + said),
    "an exception": lambda said: repr(ValueError(said))[11:-1],
    "bytes": lambda said: repr(said.encode()),
    "bytes beside both quotes": lambda said: repr(b"'\"" + said.encode()),
    "bytes of UTF-16": lambda said: repr(said.encode("utf-16-le")),
    "UTF-16 read as bytes": lambda said: said.encode("utf-16-le").decode("latin-1"),
    "UTF-8 read as Latin-1": lambda said: said.encode().decode("latin-1"),
    "UTF-8 on a German console": lambda said: said.encode().decode("cp850"),
    "ASCII": lambda said: said.encode().decode("ascii", "replace"),
    "XML text": xml.sax.saxutils.escape,
    "an XML attribute": lambda said: xml.sax.saxutils.escape(said, {"'": "&apos;", '"': "&quot;"}),
    "HTML": html.escape,
    "XML of ASCII": lambda said: html.escape(said).encode("ascii", "xmlcharrefreplace").decode(),
    "doubled single quotes": lambda said: said.replace("'", "''"),
    "CSV": lambda said: _csv(said),
    "a shell": shlex.quote,
    "a URL": urllib.parse.quote,
    "a query": urllib.parse.quote_plus,
    "all of a URL": lambda said: re.sub("%..", _lower, urllib.parse.quote(said, safe="")),
    "base64": lambda said: base64.b64encode(said.encode()).decode(),
    "base64 for URLs": lambda said: base64.urlsafe_b64encode(said.encode()).decode(),
    "base64 of UTF-16": lambda said: base64.b64encode(said.encode("utf-16-le")).decode(),
    "base64 in lines": lambda said: base64.encodebytes(said.encode() * 3).decode(),
    "hexadecimal": lambda said: said.encode().hex(),
    "folded": lambda said: " ".join(said.split()),
    "written out": visible,
    "broken at the edge of a console": lambda said: "\r\n".join(textwrap.wrap(said, 7, drop_whitespace=False)),
}
"""How a host, a server or a library may repeat what it was given. Not made of the code that hides it."""


def _lower(match: re.Match[str]) -> str:
    return match[0].lower()


def _csv(said: str) -> str:
    row = io.StringIO()
    csv.writer(row, quoting=csv.QUOTE_ALL).writerow([said])
    return row.getvalue()


ODDEST = "Ga\u00df 7'\"`$/\\<&>%+  \u20ac\u200b\t=k\u00fcpfern-Wetterhahn"
LEFT = "Wetterhahn"
EVERY_FORM = pytest.mark.parametrize("form", REPEATED)


@EVERY_FORM
def test_in_every_form_it_is_hidden(form: str) -> None:
    said = scrub(f"530 wrong: {REPEATED[form](ODDEST)} was it", [ODDEST])
    assert HIDDEN in said and said.startswith("530 wrong: ") and said.endswith("was it")
    assert [piece for piece in pieces(REPEATED[form](ODDEST)) if piece in said] == []


def pieces(text: str) -> list[str]:
    """All of a text that is long enough to be recognised."""
    return [text[at : at + 6] for at in range(len(text) - 5)]


@pytest.mark.parametrize("before", ["", "\0info@beispiel.de\0", "a", "ab", "abc"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_wherever_it_begins_in_base64(before: str, encoding: str) -> None:
    said = base64.b64encode((before + ODDEST + "!?").encode(encoding)).decode()
    assert scrub(f"334 {said} 235", [ODDEST]) == f"334 {HIDDEN} 235"


SECRETS = st.text(st.sampled_from("Qq7'\"\\ /&<\t\u00e4\u20ac\u200b\U0001f511$`%+="), min_size=8, max_size=30)
SECRETS = SECRETS.map(str.strip).filter(lambda text: len("".join(text.split())) > 7)
OTHERS = st.text(st.sampled_from("mno 1.,-\n"), max_size=40)


@settings(max_examples=60, deadline=None)
@example(secret="7777'=``", before="", after="", most=9)
@given(secret=SECRETS, before=OTHERS, after=OTHERS, most=st.integers(0, 90))
def test_no_cut_leaves_a_piece_of_any_secret(secret: str, before: str, after: str, most: int) -> None:
    hide = Scrubber([secret])
    for form, repeat in REPEATED.items():
        said = repeat(secret)
        told = hide.spoken(before + said + after, most)
        assert len(told) <= most
        assert [piece for piece in pieces(said[3:-3]) if piece in told and piece not in HIDDEN] == [], form


OF_SIGNS = [
    '\u00e4"\u200b\u200b+%\u00e4\U0001f511"\\=\u20ac+$ "=',
    "777777 \u200b\u200b",
    "\u200b\t=\u200b=\\==\\\\\u200b=",
    '`\u200b+\\$\\"\\\u20acQ7`',
    "777777\u200b\\",
    "Qq7%41\\n&amp;x",
    "+\u20ac+\u20ac\t\u20ac\U0001f511`\t`=",
    '`+``\t```\t`+"+"+"\t+\u200b\u200b \t`',
    'Q\u20ac"7$&\u200b\u200b',
    "\u200b \u200b \u200b\u200b\u200b\u200b \u200b\u200b",
]
"""What has stood in an output because signs beside it, or in it, were taken for those of a break or an escape."""


@pytest.mark.parametrize("secret", OF_SIGNS, ids=ascii)
@pytest.mark.parametrize(("before", "after"), [("", ""), ("mno ", " mno"), ("1.\n", "\nno-1"), (" .", "nno")])
def test_of_a_secret_of_signs_no_piece_is_left(secret: str, before: str, after: str) -> None:
    hide = Scrubber([secret])
    for form, repeat in REPEATED.items():
        told = hide.spoken(before + repeat(secret) + after)
        assert [piece for piece in pieces(repeat(secret)[3:-3]) if piece in told and piece not in HIDDEN] == [], form


@EVERY_FORM
@pytest.mark.parametrize("left", [26, 33])
def test_what_the_host_itself_has_cut_shows_no_beginning(form: str, left: int) -> None:
    said = REPEATED[form](ODDEST)[:left]
    before = "5.7.8 no " + "." * (494 - len(said))
    told = scrub(before + said, [ODDEST])
    assert told.startswith(before) and told.endswith(HIDDEN)
    assert len(told) <= len(before + "b'\\'\"" + HIDDEN)


def test_a_short_text_may_end_as_a_secret_begins() -> None:
    assert scrub("Smarthost Strato", ["Strato-Wetterhahn-4471"]) == "Smarthost Strato"


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
def test_a_secret_whose_capitals_were_changed_is_hidden(change: Any) -> None:
    told = Scrubber(["Regenrinne-4471-Kupferdach"])(f"500 unknown command {change('Regenrinne-4471-Kupferdach')}")
    assert told == "500 unknown command ********"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("Kuh  Haus", "Kuh" + 6000 * " "),
        ("Kuh Haus Maus", "Kuh" + 2000 * " " + "Hau"),
        ("Kuh Haus Maus", ("Kuh" + 200 * " ") * 100),
        ("Kuh \"' Haus", "Kuh" + 500 * "\0" + "Hau"),
        ("Kuh \"' Haus", "Kuh" + 3000 * "'" + "Hau"),
        ("Kuh'''Haus1234", "Kuh" + 3000 * "'"),
        ("Kuh--Haus1234", "Kuh" + 3000 * "\\" + "-"),
        ("Öl-Haus1234", 5000 * "\\"),
        ("a b c d e f", 3000 * "a "),
        (12 * "%", 3000 * "%25"),
        ("&amp;&amp;1234567", 3000 * "&amp;"),
        ("\\\\\\\\Haus 1234", 3000 * "\\"),
    ],
)
def test_a_text_that_is_nearly_a_secret_does_not_hold_up_the_run(secret: str, text: str) -> None:
    """Where looking took more than its time, this would never end."""
    hidden = Scrubber([secret])(text)
    assert hidden == text or "********" in hidden
