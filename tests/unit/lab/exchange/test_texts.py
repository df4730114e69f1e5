"""The error texts: each is used, and each can be said in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lab
from lab.exchange import texts
from lab.exchange.texts import text

SOURCES = "".join(
    path.read_text(encoding="utf-8") for path in Path(lab.__file__).parent.rglob("*.py") if path.name != "texts.py"
)


@pytest.mark.parametrize("key", sorted(texts._TEXTS))
def test_a_text_names_the_same_fields_in_both_languages(key: str) -> None:
    english, german = texts._TEXTS[key]
    assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", german))
    assert english != german


@pytest.mark.parametrize("key", sorted(texts._TEXTS))
def test_a_text_is_used_somewhere(key: str) -> None:
    assert f'"{key}"' in SOURCES


def test_a_text_within_a_text_speaks_the_same_language() -> None:
    outer = text("binder_transformation", parameter="Port", reason=text("convert", value="x", type="T"))
    assert "Der Wert" in outer.render("de")
    assert "Cannot convert" in outer.render("en")


def test_there_is_no_text_without_a_key() -> None:
    with pytest.raises(KeyError):
        text("no such text")
