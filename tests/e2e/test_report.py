"""The report of a run: what an administrator reads who did not watch it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from .accounts import NEW, OLD, AccountSite, account_site, mailbox, variables
from .running import MAILBOX_PASSWORD, as_variables, days_ago, login, smarthost

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]


@pytest.fixture
def sbs(tmp_path: Path) -> Iterator[AccountSite]:
    with account_site(tmp_path, hosts=["sbs01", "sbs02", "sbs03"]) as made:
        yield made


def test_a_page_of_three_hosts(sbs: AccountSite) -> None:
    """One that would change, one whose declaration is refused, one that is down; no password, and no mark-up of a
    host's."""
    page = sbs.backups / "report.html"
    odd = "<script>alert('x')</script> & Söhne"
    hosts = {
        "sbs01": as_variables(smarthost(comment=odd)),
        "sbs02": as_variables(smarthost(login=login(created=days_ago(2)))),
        "sbs03": {**as_variables(smarthost()), "ansible_port": 1},
    }
    run = sbs.project("site", "--check", "--diff", hosts=hosts, report=page)
    text = page.read_text(encoding="utf-8")
    assert f"The report is {page}." in run.output
    assert text.index("sbs01") < text.index("would change") and "sbs02" in text and "unreachable" in text
    assert "<script" not in text and "&lt;script&gt;" in text and "Set-SendConnector" in text
    assert page.stat().st_mode & 0o777 == 0o600 and MAILBOX_PASSWORD not in text


def test_a_page_tells_what_was_done_and_what_comes_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "backup" / "report.html"
    with account_site(tmp_path) as found:
        given = variables(found.declared([mailbox(NEW, 3), mailbox(OLD, 300)]))
        run = found.project("switch_smarthost_account", report=page, **given)
        assert run.recap()["changed"] == 1
        text = page.read_text(encoding="utf-8")
        assert all(words in text for words in ("changed", "Next date", run.result()["next_date"], "State before"))
        assert text.count(f"{NEW} takes over the login") == 2 and '<html lang="en">' in text
        monkeypatch.setenv("SBS_MAILFLOW_LANGUAGE", "de")
        again = found.project("switch_smarthost_account", report=page, **given)
        text, due = page.read_text(encoding="utf-8"), datetime.fromisoformat(again.result()["next_date"])
        assert '<html lang="de">' in text and text.count(f"{NEW} übernimmt die Anmeldung") == 2
        assert "wie festgelegt" in text and "Was zu tun ist" not in text and "as declared" not in text
        date = f"{WEEKDAYS[due.weekday()]}, {due.day}. {MONTHS[due.month - 1]} {due.year}, {due:%H:%M} Uhr"
        assert text.count(f">{date}</time>") == 2
        monkeypatch.setenv("SBS_MAILFLOW_LANGUAGE", "Klingonisch")
        told = " ".join(found.project("switch_smarthost_account", report=page, **given).output.split())
        assert "The report is in English: 'Klingonisch' is none of its languages (en, de)." in told
        assert "as declared" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_fails_no_run(sbs: AccountSite) -> None:
    (sbs.folder / "file").write_text("x")
    hosts = {name: as_variables(smarthost()) for name in ("sbs01", "sbs02", "sbs03")}
    run = sbs.project("site", "--check", hosts=hosts, report=sbs.folder / "file" / "report.html")
    assert run.code == 0 and "The report could not be written" in run.output
