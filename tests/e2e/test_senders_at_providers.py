"""Office mail at three providers, from users inside to a sender that the provider accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .accounts import CUSTOMER, NEW, OLD, AccountSite, account_site, at_provider, mailbox, variables
from .running import Run, nouns_in, writes
from .test_address_rewrite import INSIDE, OUTSIDE, primary

PROFILES: dict[str, dict[str, Any]] = {
    "strato": {"mailboxes": at_provider(new=3, old=300), "sender_domains": [OUTSIDE]},
    "web.de": {"mailboxes": at_provider(new=3, old=300), "sender_domains": [OUTSIDE, "web.de"]},
    "ionos": {"mailboxes": at_provider(new=3, old=300), "senders_judged_at": "mail", "null_sender": False},
}
"""What each does with senders: strato and web.de judge them with the recipient, ionos at once, and takes no <>."""
StartAt = Callable[[str], AccountSite]


@pytest.fixture
def start_at(tmp_path: Path) -> Iterator[StartAt]:
    """An office on an untouched SBS 2011, at that provider."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(account_site(tmp_path, {"provider": PROFILES[name]}))


def declare(site: AccountSite, into: str, **answers: Any) -> Run:
    """The project's site playbook with rule and mailboxes, as the inventory of a firm has them."""
    account = site.declared([mailbox(NEW, 3), mailbox(OLD, 300)])
    rules = {"address_rewrite_rules": [{"from": INSIDE, "to": into}], "address_rewrite_sent_senders_days": 0}
    return site.project(
        "site", **variables(account), **rules, **{f"address_rewrite_{k}": v for k, v in answers.items()}
    )


def arrives(site: AccountSite, sender: str) -> str | None:
    """The sender of a message of this address as the provider has taken it; None where it was refused."""
    records = site.provider_of().records
    before = len(records.accepted)
    site.lab.send("sbs", sender, [CUSTOMER])
    return records.accepted[-1].sender if len(records.accepted) > before else None


@pytest.mark.parametrize("provider", ["strato", "ionos"])
def test_with_a_domain_of_its_own(start_at: StartAt, provider: str) -> None:
    site = start_at(provider)
    run = declare(site, OUTSIDE, unknown_recipients_return="no")
    assert (run.code, nouns_in(run.result())) == (0, ["address_rewrite", "smarthost_account"]), run.output
    anna = primary(site.host, "Anna Schmidt")
    assert (anna, arrives(site, anna)) == (f"anna@{OUTSIDE}", anna)
    assert arrives(site, f"anna@{INSIDE}") is None  # what she would still have sent with


def test_at_web_de_not_with_its_domain_but_with_one_of_its_own(start_at: StartAt) -> None:
    site = start_at("web.de")
    refused = declare(site, "Web.de", unknown_recipients_return="no", confirm_mass_change=True)
    told = " ".join(refused.output.split())
    for words in ("web.de is a domain of WEB.DE Freemail's own", "a domain of the firm's own at the provider", "relay"):
        assert words in told
    assert (refused.recap()["failed"], writes(site.host), site.saved()) == (1, [], [])
    run = declare(site, OUTSIDE, unknown_recipients_return="no")
    assert run.code == 0, run.output
    anna = primary(site.host, "Anna Schmidt")
    assert arrives(site, anna) == f"anna@{OUTSIDE}"
