"""What is made of known words and short numbers, none of which would tell anything alone, is no name and no number."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.stand_ins import LONGEST, StandIns, own_names

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
    assert StandIns(own_names([], "EXCHANGE01")).words("Default EXCHANGE01") == "Default host-1"
