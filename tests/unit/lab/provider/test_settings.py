"""What a provider is like, read strictly from plain data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lab.provider.settings import changed, read_settings
from lab.provider.values import SettingsError

NOW = "2026-11-24T12:00:00Z"
OLD = {"address": "alt@beispiel.de", "password": "lab-only-Zinkblech-0815", "created": date(2020, 1, 1)}
ODD = "Zq7 \"lab\" 'only' $x `n ‘Käse’ \U0001f511 \\ / <&> " + "9134" * 200
YOUNG = {"address": "neu@beispiel.de", "password": ODD, "created": "2026-11-20T08:00:00+01:00"}
DATA: dict[str, Any] = {"mailboxes": [OLD, YOUNG], "clock": NOW}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ([], "a mapping is expected, found list"),
        ({"mailbox": []}, "unknown keys ['mailbox']; possible are ['attempts_count', "),
        ({"mailboxes": {}}, "mailboxes: a list is expected"),
        ({"mailboxes": ["info@beispiel.de"]}, "every entry is a mapping with an address"),
        ({"mailboxes": [{"address": "info"}]}, "every entry is a mapping with an address"),
        ({"mailboxes": [{"address": "info@beispiel.de"}]}, "mailbox 'info@beispiel.de': created, password missing"),
        ({"mailboxes": [OLD | {"colour": "red"}]}, "unknown keys ['colour']"),
        ({"mailboxes": [OLD | {"password": 4711}]}, "password: a text that is not empty is expected"),
        ({"mailboxes": [OLD, OLD | {"address": "ALT@beispiel.de"}]}, "'ALT@beispiel.de' is there twice"),
        ({"mailboxes": [OLD | {"created": "gestern"}]}, "created: 'gestern' is neither 2026-11-24 nor"),
        ({"mailboxes": [OLD | {"created": "2026-11-24T10:00:00"}]}, "has no time zone"),
        ({"mailboxes": [OLD | {"created": 5}]}, "a date or a time is expected, found int"),
        ({"young_days": -1}, "young_days: -1 is no whole number"),
        ({"per_hour": True}, "per_hour: True is no whole number"),
        ({"attempts_count": "no"}, "attempts_count: 'no' is neither true nor false"),
        ({"auth": ["CRAM-MD5"]}, "auth: ['CRAM-MD5'] holds others than"),
        ({"auth": "LOGIN"}, "auth: a list of texts is expected"),
        ({"certificate_names": []}, "a certificate needs at least one name"),
        ({"stages": {"quit": "close"}}, "'quit' is no stage; there are connect, ehlo"),
        ({"stages": {"auth": "250 fine"}}, "'250 fine' is neither close, hang nor a 4xx or 5xx reply"),
        ({"stages": {"auth": "450 a\r\nb"}}, "is neither close, hang nor"),
        ({"stages": {"auth": "450-a\n451 b"}}, "is neither close, hang nor"),
        ({"stages": {"auth": "450-a"}}, "is neither close, hang nor"),
        ({"software": "sendmail"}, "software: 'sendmail' is none of lab, postfix"),
        ({"clock": "noon"}, "clock: 'noon' is neither"),
        ({"remove": []}, "unknown keys ['remove']"),
    ],
)
def test_settings_that_are_refused(data: object, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(data)
    assert complaint in str(caught.value)
    assert "4711" not in str(caught.value) and OLD["password"] not in str(caught.value)


@pytest.mark.parametrize(
    ("created", "moment"),
    [
        (date(2026, 11, 1), "2026-11-01T00:00:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T01:30:00+02:00", "2026-10-31T23:30:00+00:00"),
        (datetime(2026, 11, 1, 5, tzinfo=UTC), "2026-11-01T05:00:00+00:00"),
    ],
)
def test_when_a_mailbox_was_created(created: object, moment: str) -> None:
    settings = read_settings({"mailboxes": [OLD | {"created": created}]})
    assert settings.mailboxes[0].created.isoformat() == moment


def test_a_change_merges_mailboxes_and_replaces_settings() -> None:
    before = read_settings(DATA)
    new = {"address": "dritte@beispiel.de", "password": "p", "created": "2026-01-01"}
    change = {"mailboxes": [{"address": "ALT@beispiel.de", "password": "other"}, new], "remove": ["NEU@beispiel.de"]}
    after = changed(before, {**change, "per_hour": 3})
    assert [box.address for box in after.mailboxes] == ["alt@beispiel.de", "dritte@beispiel.de"]
    assert (after.mailboxes[0].password, after.mailboxes[0].created) == ("other", before.mailboxes[0].created)
    assert (after.per_hour, after.clock) == (3, "2026-11-24T12:00:00+00:00")
