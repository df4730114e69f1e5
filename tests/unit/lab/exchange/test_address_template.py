"""What address templates make of a recipient."""

from __future__ import annotations

import pytest

from lab.exchange.address_template import AddressTemplate, fit_for_smtp

NAMES = {"m": "jdoe", "g": "Jörg", "s": "von der Öhe", "i": "K", "d": "Jörg K. (Öhe)"}


@pytest.mark.parametrize(
    ("template", "local"),
    [
        ("SMTP:%m@x.de", "jdoe"),
        ("@x.de", "jdoe"),
        ("%g.%s@x.de", "Jorg.vonderOhe"),
        ("smtp:%1g%2s@x.de", "Jvo"),
        ("%d@x.de", "JorgK.Ohe"),
        ("%s.%i@x.de", "vonderOhe.K"),
        ("%röo%g@x.de", "Jorg"),
        ("%rjx%rdd%m@x.de", "xoe"),
        ("%rjx-j-%m@x.de", "-j-xdoe"),
        ("büro@x.de", "buro"),
        ("%9g.team@x.de", "Jorg.team"),
    ],
)
def test_what_templates_make(template: str, local: str) -> None:
    assert AddressTemplate.parse(template).local_part(NAMES) == local


@pytest.mark.parametrize("missing", [{"g": None, "s": None}, {"g": "(", "s": ")"}])
def test_a_template_of_nothing_gives_the_alias(missing: dict[str, str | None]) -> None:
    assert AddressTemplate.parse("%g.%s@x.de").local_part({**NAMES, **missing}) == "jdoe"
    assert AddressTemplate.parse("%g@x.de").local_part({**dict.fromkeys("mgsid"), "m": None}) == ""


@pytest.mark.parametrize(
    "written", ["", "%m", "%m@", "%x@x.de", "%@x.de", "a b@x.de", "X400:c=de", "%m@x y", "%r@x.de"]
)
def test_what_is_no_template(written: str) -> None:
    with pytest.raises(ValueError):
        AddressTemplate.parse(written)


@pytest.mark.parametrize(
    ("written", "fit"), [("Straße Øst", "StrasseOst"), ("..a..b.", "a.b"), ("漢字", ""), ("a" * 80, "a" * 64)]
)
def test_what_is_left_in_an_address(written: str, fit: str) -> None:
    assert fit_for_smtp(written) == fit
