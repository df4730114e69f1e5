"""The report of a run: what an administrator reads who did not watch it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .accounts import AccountSite, account_site
from .running import MAILBOX_PASSWORD, as_variables, days_ago, login, smarthost


@pytest.fixture
def sbs(tmp_path: Path) -> Iterator[AccountSite]:
    with account_site(tmp_path, hosts=["sbs01", "sbs02", "sbs03"]) as made:
        yield made


def test_a_page_of_three_hosts(sbs: AccountSite) -> None:
    """One that would change, one whose wish is refused, one that is down; no password, and no mark-up of a host's."""
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
