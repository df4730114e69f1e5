"""Headers that must be understood, durations and charsets: what is refused, and what is taken though no client of ours
sends it."""

from __future__ import annotations

import codecs
from xml.etree import ElementTree

import pytest

from lab.wsman import names
from lab.wsman.envelope import UnreadableEnvelopeError, read_duration, read_request
from tests.unit.lab.wsman.wsman_client import MESSAGE, Client, answer_of, envelope

UNKNOWN = '<z:Reliable xmlns:z="urn:z" {}>1</z:Reliable>'
NOT_UNDERSTOOD = "s:MustUnderstand 2150858768"
NOT_THERE = "w:InvalidSelectors 2150858843"


# ---- headers


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        (UNKNOWN.format('e:mustUnderstand="true"'), NOT_UNDERSTOOD),
        (UNKNOWN.format('e:mustUnderstand=" 1 "'), NOT_UNDERSTOOD),
        ('<q:Action e:mustUnderstand="true"/>', NOT_UNDERSTOOD),  # of another namespace
        ('<q:Locale xml:lang="de-DE" e:mustUnderstand="true"/>', "w:UnsupportedFeature 2150858887"),
        (UNKNOWN.format('e:mustUnderstand="false"'), None),
        (UNKNOWN.format('e:mustUnderstand="0"'), None),
        (UNKNOWN.format('mustUnderstand="true"'), None),  # not SOAP's attribute
        (UNKNOWN.format(""), None),
        ('<q:OptionSet e:mustUnderstand="true"/>', None),
        ('<q:Locale xml:lang="de-DE" e:mustUnderstand="false"/>', None),
    ],
)
def test_what_must_be_understood(headers: str, fault: str | None) -> None:
    client = Client()
    answer = client.ask("Create", "<r:Shell/>", headers=headers)
    assert (answer.fault, len(client.service.open_shells())) == (fault, 0 if fault else 1)


def test_the_fault_of_what_is_not_understood_is_soaps_own() -> None:
    root = ElementTree.fromstring(Client().ask("Create", headers=UNKNOWN.format('e:mustUnderstand="1"')).body)
    code = root.find(f".//{{{names.SOAP}}}Code")
    assert code is not None
    assert [value.text for value in code.iter(f"{{{names.SOAP}}}Value")] == ["s:MustUnderstand"]
    assert root.findtext(f".//{{{names.ADDRESSING}}}RelatesTo") == MESSAGE


def test_identify_understands_no_more_than_the_rest() -> None:
    identify = (
        f'<s:Envelope xmlns:s="{names.SOAP}"><s:Header>'
        f'<z:Reliable xmlns:z="urn:z" s:mustUnderstand="true"/></s:Header>'
        f'<s:Body><i:Identify xmlns:i="{names.IDENTITY}"/></s:Body></s:Envelope>'
    )
    assert Client().service.answer(read_request(identify.encode()), None).fault == NOT_UNDERSTOOD


# ---- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT20S", 20),
        ("PT1M0.5S", 60.5),
        ("PT1H", 3600),
        ("PT0S", 0),
        ("P1D", 86400),
        ("P0DT0H0M0S", 0),
        ("P1DT2H", 93600),
        ("P2M", 60 * 86400),
        ("P1Y2M3DT4H5M6.789S", (365 + 60 + 3) * 86400 + 4 * 3600 + 5 * 60 + 6.789),
        ("PT00020.000S", 20),
        ("PT99999999999999999999S", 1e20),
    ],
)
def test_legal_durations(text: str, seconds: float) -> None:
    assert read_request(envelope("Create", timeout=f" {text}\n")).operation_timeout == pytest.approx(seconds)
    assert Client().ask("Create", "<r:Shell/>", timeout=text).status == 200


UNREADABLE = [
    *("P", "PT", "P1DT", "20", "20S", "T20S", "PT20", "pt20s", "PT20s", "PT 20S", "PT1S2M", "P1H", "PT1D"),
    *("P1W", "PT1,5S", "PT1.S", "PT.5S", "PT1.5M", "P-1D", "-PT20S", "+PT20S", "PT٢S", "PT20S PT20S", "never"),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable_durations(text: str) -> None:
    assert read_duration(text) is None
    client = Client()
    assert client.ask("Create", "<r:Shell/>", timeout=text).fault == "w:InvalidParameter 2150858881"
    for name in ("IdleTimeOut", "Lifetime"):
        refused = client.ask("Create", f"<r:Shell><r:{name}>{text}</r:{name}></r:Shell>")
        assert refused.fault == "w:SchemaValidationError 2150858838"
    assert client.service.open_shells() == []


def test_no_duration_is_the_default() -> None:
    assert read_request(envelope("Create", timeout="")).operation_timeout == 60
    times = "<r:IdleTimeOut>PT60.000S</r:IdleTimeOut><r:Lifetime>P1D</r:Lifetime>"
    assert Client().ask("Create", f"<r:Shell>{times}</r:Shell>").status == 200


# ---- charsets


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_request_in_utf_16_is_answered_in_it(codec: str, mark: bytes) -> None:
    text = envelope("Create", "<r:Shell/>").decode()
    encoded = text.encode(codec)
    if mark and not encoded.startswith(mark):
        encoded = mark + text.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")
    answer = answer_of(encoded)
    assert (answer.status, answer.charset) == (200, "utf-16")
    assert answer.body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    assert ElementTree.fromstring(answer.body).tag == f"{{{names.SOAP}}}Envelope"


def test_a_declaration_of_utf_16_and_a_fault_in_it() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + envelope("Delete", shell="NO").decode()
    answer = answer_of(text.encode("utf-16"))
    assert (answer.fault, answer.charset) == (NOT_THERE, "utf-16")
    assert "2150858843" in answer.body.decode("utf-16")


def test_utf_8_with_its_mark_is_utf_8() -> None:
    answer = answer_of(codecs.BOM_UTF8 + envelope("Create", "<r:Shell/>"))
    assert (answer.status, answer.charset) == (200, "utf-8")


def test_output_in_utf_16_fits_the_client_as_well() -> None:
    client = Client(run=lambda call, command: call.write_stdout(b"x" * 300_000) or 0)
    shell = client.open()
    command = client.start(shell)
    body = f'<r:Receive><r:DesiredStream CommandId="{command}">stdout</r:DesiredStream></r:Receive>'
    request = read_request(envelope("Receive", body, shell).decode().encode("utf-16"))
    assert 100_000 < len(client.service.answer(request, "u").in_charset("utf-16").body) <= 153_600


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
        envelope("Create").decode().encode("utf-16")[:-1],
        envelope("Create").decode().encode("utf-32"),
        envelope("Créate", "ü").decode().encode("latin-1"),
    ],
)
def test_other_charsets_and_document_types_are_no_envelopes(text: bytes) -> None:
    with pytest.raises(UnreadableEnvelopeError):
        read_request(text)
    assert answer_of(text).status == 400
