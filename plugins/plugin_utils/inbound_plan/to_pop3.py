# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back, from an MX of one's own to a provider whose mailboxes are fetched: the MX first, since all else can
follow while mail waits at the provider."""

from __future__ import annotations

from ..messages import notice_of
from .facts import BOTH, LOW_TTL, PROVIDER, Facts, shown
from .step import DONE, OPEN, OURS, PANEL, UNKNOWN, WAITING, ZONE, ChangeStep, StepVerdict
from .to_mx import mx_untold, since_when
from .to_mx import spf as spf_of_mx


def mailboxes(facts: Facts) -> StepVerdict:
    """Whether there is a mailbox at the provider for what comes there, that is fetched."""
    accounts = facts.fetching.accounts
    if accounts:
        return StepVerdict(DONE, notice_of("plan_mailboxes", names=", ".join(accounts)))
    if "mailboxes" in facts.confirmed and (accounts is None or facts.fetching.others):
        return StepVerdict(DONE, notice_of("plan_vouched"))
    if facts.fetching.others:
        return StepVerdict(UNKNOWN, notice_of("plan_mailboxes_others"), notice_of("plan_mailboxes_look"))
    if accounts is None:
        return StepVerdict(UNKNOWN, notice_of("plan_mailboxes_untold"), notice_of("plan_mailboxes_do"))
    return StepVerdict(OPEN, notice_of("plan_mailboxes_none"), notice_of("plan_mailboxes_do"))


def mx_back(facts: Facts) -> StepVerdict:
    """Whether no mail is sent here by the MX any more."""
    if facts.mx.place is None:
        return mx_untold(facts)
    if facts.mx.place == PROVIDER:
        return StepVerdict(DONE, notice_of("plan_mx_there", hosts=facts.mx.names))
    if facts.mx.place == BOTH:
        return StepVerdict(OPEN, notice_of("plan_mx_both", hosts=facts.mx.names), notice_of("plan_mx_back_do"))
    return StepVerdict(OPEN, notice_of("plan_mx_here", hosts=facts.mx.names or "-"), notice_of("plan_mx_back_do"))


def ttl_again(facts: Facts) -> StepVerdict:
    """Whether the MX may be kept as long as is usual."""
    ttl = facts.mx.ttl
    if facts.owner:
        return _of_provider(facts)
    if facts.mx.place is None or ttl is None:
        return mx_untold(facts)
    if facts.mx.place != PROVIDER:
        return StepVerdict(OPEN, notice_of("plan_ttl_early"), notice_of("plan_ttl_again"))
    if ttl <= LOW_TTL:
        return StepVerdict(OPEN, notice_of("plan_ttl_still_low", ttl=ttl), notice_of("plan_ttl_again"))
    return StepVerdict(DONE, notice_of("plan_ttl_usual", ttl=ttl))


def spf(facts: Facts) -> StepVerdict:
    """Whether mail that leaves passes still."""
    return _of_provider(facts) if facts.owner else spf_of_mx(facts)


def _of_provider(facts: Facts) -> StepVerdict:
    """A domain of the provider's own was never here, and its zone is nobody's to change."""
    return StepVerdict(DONE, notice_of("plan_of_provider", owner=facts.owner))


def fetch(facts: Facts) -> StepVerdict:
    """Whether what comes to the provider is fetched."""
    going = facts.fetching.going
    if going is None:
        return StepVerdict(UNKNOWN, notice_of("plan_fetch_untold"), notice_of("plan_fetch_do"))
    if not going:
        return StepVerdict(OPEN, notice_of("plan_fetch_stopped"), notice_of("plan_fetch_do"))
    return StepVerdict(DONE, notice_of("plan_fetch_runs"))


def connector_open(facts: Facts) -> StepVerdict:
    """Whether who still has the old MX is let in."""
    if facts.owner:
        return _of_provider(facts)
    if facts.mx.place is None:
        return mx_untold(facts)
    if facts.mx.place != PROVIDER:
        return StepVerdict(OPEN, notice_of("plan_open_early"), notice_of("plan_overlap_later"))
    if facts.settled is not None and facts.now >= facts.settled:
        return StepVerdict(DONE, notice_of("plan_open_over", at=shown(facts.settled, facts.zone)))
    if facts.receiving and facts.others_here:
        return StepVerdict(DONE, notice_of("plan_closed_needed", names=", ".join(facts.others_here)))
    closed = facts.receiving is not None and not facts.receiving
    if facts.settled is None:
        found = notice_of("plan_open_ended") if closed else since_when(facts)
        return StepVerdict(UNKNOWN, found, notice_of("plan_overlap_tell"))
    at = shown(facts.settled, facts.zone)
    if closed:
        return StepVerdict(OPEN, notice_of("plan_open_closed", at=at), notice_of("plan_open_again"), facts.settled)
    return StepVerdict(WAITING, notice_of("plan_open_waits", at=at), notice_of("plan_open_wait"), facts.settled)


def connector_closed(facts: Facts) -> StepVerdict:
    """Whether nobody outside is let in whom nobody expects."""
    if facts.receiving is None:
        return StepVerdict(UNKNOWN, notice_of("plan_connector_untold"), notice_of("plan_connector_look"))
    if not facts.receiving:
        return StepVerdict(DONE, notice_of("plan_closed"))
    if facts.others_here:
        return StepVerdict(DONE, notice_of("plan_closed_needed", names=", ".join(facts.others_here)))
    found = notice_of("plan_closed_open", names=", ".join(facts.receiving))
    return StepVerdict(OPEN, found, notice_of("plan_close_do"), facts.settled)


STEPS: tuple[ChangeStep, ...] = (
    ChangeStep(
        "mailboxes",
        "plan_do_mailboxes",
        "plan_back_mailboxes",
        PANEL,
        mailboxes,
        ("pop3_connector_accounts",),
        vouched=True,
    ),
    ChangeStep("mx_back", "plan_do_mx_back", "plan_back_mx_back", ZONE, mx_back),
    ChangeStep("ttl_again", "plan_do_ttl_again", "plan_back_ttl_again", ZONE, ttl_again),
    ChangeStep(
        "fetch",
        "plan_do_fetch",
        "plan_back_fetch",
        OURS,
        fetch,
        ("pop3_connector_service_state", "pop3_connector_fetch_task"),
    ),
    ChangeStep("spf", "plan_do_spf", "plan_back_spf", ZONE, spf, vouched=True),
    ChangeStep("connector_open", "plan_do_open", "plan_back_nothing", OURS, connector_open, ("mx_changed", "old_ttl")),
    ChangeStep(
        "connector_closed",
        "plan_do_close",
        "plan_back_close",
        OURS,
        connector_closed,
        ("receive_connector_remote_ip_ranges", "receive_connector_permission_groups"),
    ),
)
"""In their order."""
