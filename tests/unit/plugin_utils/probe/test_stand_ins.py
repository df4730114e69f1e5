"""What is made of known words and short numbers, none of which would tell anything alone, is no name and no number."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.answers import answers_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.questions import ASKED, ASKS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.stand_ins import LONGEST, StandIns, harmless, own_names
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, FAILED, Reply, StepError, StepResult

from .odd_host import ANYWHERE, HIDDEN, PEOPLE, POSITIONS, SENTENCES, USEFUL

HOST = {"ComputerName": "MAIL", "Domain": "firma.local", "Fqdn": "mail.firma.local"}
TOLD = {
    # a text -> what of it must not be shown
    "smtp.mail-service.com": "mail-service",
    "SMTP:secure-mail.net;1": "secure-mail",
    "x@mail.info.de": "info.de",
    "computer-service.de": "computer-service",
    "info.firma.local": "info.firma",
    "10.47.11": "47",
    "10.47.11.*": "47",
    "10_47_11_8": "47",
    "10 47 11 8": "47",
    "10,47,11,8": "47",
    "host10-47-11-8": "47",
    "07 11 / 47 11 08 15": "47",
    "12-34-56": "34",
    "k7-P2-x9-M4-t8": "k7",
    "Max Mark": "Mark",
    "MA\u0130L": "MA",
    "\u017fervice MA\u0131L": "MA\u0131L",
    "PASS 110": "110",
    "PASS Hut ab 25": "Hut",
    "Password: secret": "secret",
    "the password access": "access",
    "S-1-12-1-111-222-333-444": "222",
    "S-1-5-80-1234567-123": "123",
    "at 2001:db8::47": "47",
    "::ffff:10.47.11.8": "47",
    "'Access is denied' to Mark": "Mark",
    "Microsoft.Exchange.Klein, Version=10.47.11.8": "47",
    "x " * (LONGEST // 2 - 3) + "10.47.11.8": "47",
    "y " * (LONGEST // 2 - 4) + "max.mark@firma.de": "mark",
}


@pytest.mark.parametrize(("text", "piece"), TOLD.items())
def test_what_is_put_together_of_harmless_pieces_is_hidden(text: str, piece: str) -> None:
    assert piece not in StandIns(own_names([HOST])).words(text)


@pytest.mark.parametrize(
    "text", ["pop3records.dat", "System.Net.Mail", "Version 14.3", "port 587", "550 5.7.1 refused"]
)
def test_what_tells_nothing_of_anybody_is_shown(text: str) -> None:
    assert StandIns(own_names([HOST])).words(text) == text


def test_the_computer_is_known_where_it_does_not_tell_of_itself() -> None:
    assert StandIns(own_names([], "EXCHANGE01")).shown("Default EXCHANGE01", "name") == "Default host-1"


_FIRMS = """
Access Account Active Authentication Build Client Command Connection Connector Default Delivery Exchange Directory Error
Internet Login Logon Mailbox Message Monday Primary Queue Recipient Sender Server Service Small Standard System Timeout
Version Word O'Brien HuberMailbox mueller_gmbh xn--mller-kva M\u00fcller-L\u00fcdenscheidt M\u00dcLLER mu\u0308ller
\u0418\u0432\u0430\u043d \u738b\u5c0f\u660e
"""
FIRMS = _FIRMS.split()


@pytest.mark.parametrize("template", ANYWHERE)
def test_a_noun_with_a_capital_is_shown_within_a_published_phrase_alone(template: str) -> None:
    for name in FIRMS:
        shown = StandIns(own_names([HOST])).words(template.replace("{}", name))
        assert name not in spoken_words(shown), shown


def spoken_words(text: str) -> set[str]:
    return set(re.findall(r"[\w'-]+", text))


TABLE = harmless()
PUBLISHED = set(re.findall("[a-z0-9]+", " ".join([TABLE["names"], TABLE["segments"]]).lower()))
SURNAMES = st.text(st.sampled_from("bcdfghjklmnpqrstvwxzaeiou"), min_size=7, max_size=12).map("q".__add__)
OF_STAND_INS = {"domain", "guid", "host", "machine", "person", "word"}
WORDS = st.sampled_from(
    sorted(word for word in TABLE["words"] - PUBLISHED - OF_STAND_INS if word.isalpha() and len(word) > 3)
)
NAMES = SURNAMES | WORDS | WORDS.map(str.capitalize) | WORDS.map(str.upper) | SURNAMES.map(str.title)


def spoken(shown: Any, template: str) -> set[str]:
    """The words of what is shown that are not the template's own."""
    return set(re.findall(r"[^\W_]+", json.dumps(shown, ensure_ascii=False).lower())) - set(
        re.findall(r"[^\W_]+", template.lower())
    )


@settings(deadline=None)
@given(name=NAMES, row=st.sampled_from(HIDDEN))
def test_where_a_name_can_stand_no_word_is_shown(name: str, row: tuple[str, str]) -> None:
    kind, template = row
    shown = StandIns(own_names([HOST])).shown(template.replace("{}", name), kind)
    assert name.lower() not in spoken(shown, template), shown


@settings(deadline=None, max_examples=50)
@given(name=SURNAMES | SURNAMES.map(str.upper), template=st.sampled_from((*POSITIONS, *SENTENCES)))
def test_a_name_planted_in_every_answer_is_in_none(name: str, template: str) -> None:
    """In every property of every question, in warnings, errors and versions."""
    text = template.replace("{}", name)
    steps: dict[str, Any] = {each.id: {} for each in ASKS}
    for row in ASKED:
        steps[str(row.ask)] |= _merged(steps[str(row.ask)], _filled(row.shape, text))
    steps["host"] |= HOST
    results = [StepResult(key, DONE, output=[value]) for key, value in steps.items()]
    failed = StepError(text, type=text, code=text)
    whole = answers_of(Reply(text, text, text, tuple(results), warnings=(text,)))
    broken = answers_of(Reply(text, text, text, tuple(StepResult(key, FAILED, error=failed) for key in steps)))
    assert name.lower() not in json.dumps([whole, broken]).lower()


def _filled(shape: Any, text: str) -> Any:
    return {key: _filled(below, text) for key, below in shape.items()} if isinstance(shape, dict) else [text]


def _merged(one: Any, other: Any) -> Any:
    """Shapes of several questions about one object."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: _merged(one.get(key), value) for key, value in other.items()}}


@pytest.mark.parametrize("name", PEOPLE)
def test_peoples_and_hosts_names_that_are_words_are_hidden(name: str) -> None:
    stand_ins = StandIns(own_names([HOST]))
    for kind, template in HIDDEN:
        shown = stand_ins.shown(template.replace("{}", name), kind)
        if name.lower() not in template.lower():
            assert not re.search(rf"(?<![0-9a-z]){re.escape(name.lower())}(?![0-9a-z])", shown.lower()), (kind, shown)


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    USEFUL,
)
def test_what_stays_useful(kind: str, text: str, shown: str) -> None:
    assert StandIns(own_names([HOST])).shown(text, kind) == shown


# As Microsoft documents the values of message tracking, queues and recipients, and as Windows writes versions.
_VALUES = """
RECEIVE SEND DELIVER SUBMIT FAIL DEFER DSN EXPAND RESOLVE REDIRECT TRANSFER ROUTING BADMAIL POISONMESSAGE HAREDIRECT
HARECEIVE HADISCARD AGENTINFO NOTIFYMAPI DUPLICATEDELIVER THROTTLE INITMESSAGECREATED MODERATORREJECT SMTP STOREDRIVER
GATEWAY PICKUP ORAR REDUNDANCY ADMIN AGENT SmtpRelayToTiRg SmtpRelayWithinAdSite NonSmtpGatewayDelivery MailContacts
ArbitrationMailbox MailUser StandardEvaluation FailureAudit DowngradeDnsFailures
"""
PUBLISHED_VALUES = _VALUES.split()


@pytest.mark.parametrize("value", PUBLISHED_VALUES)
def test_a_published_value_is_shown(value: str) -> None:
    assert StandIns(own_names([HOST])).shown(value, "term") == value


def test_the_same_name_is_the_same_stand_in() -> None:
    stand_ins = StandIns(own_names([HOST]))
    assert stand_ins.shown("Default Head", "name").endswith(stand_ins.words("Frau HEAD").rpartition(" ")[2])


def test_codes_are_shown_where_they_are_the_agents() -> None:
    text = "".join(path.read_text() for path in parts.FOLDER.glob("*.ps1"))
    assert set(re.findall(r"(?:Stop-Step|New-Refusal|-HostService .*) '(\w+)'", text)) | {"no_reply"} == TABLE["codes"]
