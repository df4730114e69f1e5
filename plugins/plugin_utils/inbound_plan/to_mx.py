# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From POP3 to an MX of one's own: thirteen steps, in their order. Until the tenth nothing changes for anybody."""

from __future__ import annotations

from datetime import datetime

from ..messages import notice_of
from .facts import BOTH, FETCHED, HERE, LOW_TTL, OUTSIDE, REFUSED, RETRIES, Facts, shown, spoken
from .step import DONE, OPEN, OURS, ROUTER, SENDER, UNKNOWN, WAITING, ZONE, ChangeStep, StepVerdict

AUTHORITATIVE = "Authoritative"


def preflight(facts: Facts) -> StepVerdict:
    """Whether the host is fit to take mail."""
    if facts.failing is None:
        return StepVerdict(UNKNOWN, notice_of("plan_host_untold"), notice_of("plan_host_do"))
    if facts.failing:
        found = notice_of("plan_host_fails", names=", ".join(facts.failing))
        return StepVerdict(OPEN, found, notice_of("plan_host_do"))
    return StepVerdict(DONE, notice_of("plan_host_fit"))


def addresses(facts: Facts) -> StepVerdict:
    """Whether nobody who gets mail today would bounce."""
    remedy = notice_of("plan_addresses_do")
    if facts.missing:
        return StepVerdict(OPEN, notice_of("plan_addresses_missing", addresses=", ".join(facts.missing)), remedy)
    if not facts.addresses:
        return StepVerdict(UNKNOWN, notice_of("plan_addresses_undeclared"), notice_of("plan_addresses_declare"))
    if facts.missing is None:
        return StepVerdict(UNKNOWN, notice_of("plan_addresses_untold"), remedy)
    return StepVerdict(DONE, notice_of("plan_addresses_here", addresses=", ".join(facts.addresses)))


def accepted_domain(facts: Facts) -> StepVerdict:
    """Whether the domain's mail is taken and stays here."""
    remedy = notice_of("plan_accepted_do")
    if facts.accepted is None:
        return StepVerdict(UNKNOWN, notice_of("plan_accepted_untold"), remedy)
    if not facts.accepted:
        return StepVerdict(OPEN, notice_of("plan_accepted_none"), remedy)
    if facts.accepted != AUTHORITATIVE:
        return StepVerdict(OPEN, notice_of("plan_accepted_relays", type=facts.accepted), remedy)
    return StepVerdict(DONE, notice_of("plan_accepted"))


def recipient_filter(facts: Facts) -> StepVerdict:
    """Whether mail to nobody is refused while the sender still listens."""
    remedy = notice_of("plan_filter_do")
    if facts.talk.unknown is False:
        return StepVerdict(DONE, notice_of("plan_filter_refused"))
    if facts.talk.unknown:
        return StepVerdict(OPEN, notice_of("plan_filter_takes"), remedy)
    if facts.validated is None:
        return StepVerdict(UNKNOWN, notice_of("plan_filter_untold"), remedy)
    if not facts.validated:
        return StepVerdict(OPEN, notice_of("plan_filter_off"), remedy)
    return StepVerdict(DONE, notice_of("plan_filter_on"))


def connector(facts: Facts) -> StepVerdict:
    """Whether the world is let in, and nobody through."""
    if facts.receiving is None:
        return StepVerdict(UNKNOWN, notice_of("plan_connector_untold"), notice_of("plan_connector_look"))
    if not facts.receiving:
        return StepVerdict(OPEN, notice_of("plan_connector_none"), notice_of("plan_connector_do"))
    if relays := relay(facts):
        return StepVerdict(OPEN, relays, notice_of("plan_relay_do"))
    names = ", ".join(facts.receiving)
    if facts.relaying is None:
        return StepVerdict(UNKNOWN, notice_of("plan_relay_untold", names=names), notice_of("plan_connector_look"))
    return StepVerdict(DONE, notice_of("plan_connector", names=names))


def relay(facts: Facts) -> str:
    """That anybody may send to anybody here; empty where that is not seen."""
    if facts.relaying:
        return notice_of("plan_relays", names=", ".join(facts.relaying))
    return notice_of("plan_relays_talk") if facts.talk.foreign else ""


def lowered_ttl(facts: Facts) -> StepVerdict:
    """Whether everybody would see a new MX within minutes, both ways."""
    if facts.mx.place == HERE:
        return StepVerdict(DONE, notice_of("plan_ttl_over"))
    return short_lived(facts)


def short_lived(facts: Facts) -> StepVerdict:
    """Whether nobody has kept the MX for long."""
    ttl = facts.mx.ttl
    if ttl is None:
        return mx_untold(facts)
    if ttl > LOW_TTL:
        remedy = notice_of("plan_ttl_do", low=LOW_TTL, span=spoken(ttl), old=ttl)
        return StepVerdict(OPEN, notice_of("plan_ttl_high", ttl=ttl, span=spoken(ttl)), remedy)
    if facts.ttl_over is None:
        return StepVerdict(UNKNOWN, notice_of("plan_ttl_since", ttl=ttl), notice_of("plan_ttl_tell"))
    if facts.now < facts.ttl_over:
        found = notice_of("plan_ttl_waits", ttl=ttl, at=shown(facts.ttl_over, facts.zone))
        return StepVerdict(WAITING, found, notice_of("plan_ttl_wait"), facts.ttl_over)
    return StepVerdict(DONE, notice_of("plan_ttl_low", ttl=ttl))


def router(facts: Facts) -> StepVerdict:
    """Whether port 25 of the public address leads here."""
    if facts.mail == OUTSIDE:
        return StepVerdict(DONE, notice_of("plan_mail_outside"))
    if facts.incoming:
        return StepVerdict(DONE, _came(facts))
    if facts.hairpin:
        return StepVerdict(DONE, notice_of("plan_router_hairpin"))
    if "router" in facts.confirmed:
        return StepVerdict(DONE, notice_of("plan_vouched"))
    found = notice_of("plan_router_silent") if facts.log_read else notice_of("plan_router_untold")
    return StepVerdict(UNKNOWN, found, notice_of("plan_router_do"))


def _came(facts: Facts) -> str:
    came = facts.incoming
    if came is None or came.at is None:
        return notice_of("plan_came", address=came.address if came else "-")
    return notice_of("plan_came_at", address=came.address, at=shown(came.at, facts.zone))


def proof_by_name(facts: Facts) -> StepVerdict:
    """Whether who connects is answered as the world has to be."""
    if facts.talk.wrong:
        return StepVerdict(OPEN, notice_of("plan_talk_wrong", says=facts.talk.says), notice_of("plan_talk_do"))
    if facts.mail == OUTSIDE:
        return StepVerdict(DONE, notice_of("plan_mail_outside"))
    if facts.incoming or (facts.hairpin and facts.talk.right):
        return StepVerdict(DONE, _came(facts) if facts.incoming else notice_of("plan_talk_hairpin"))
    if "proof_by_name" in facts.confirmed:
        return StepVerdict(DONE, notice_of("plan_vouched"))
    key = "plan_talk_inside" if facts.talk.right else "plan_talk_other" if facts.talk.by else "plan_talk_untold"
    found = notice_of(key, by=facts.talk.by, says=facts.talk.says or "-")
    found = "; ".join(filter(None, (found, facts.talk.tls)))
    return StepVerdict(UNKNOWN, found, notice_of("plan_talk_outside"))


def spf(facts: Facts) -> StepVerdict:
    """Whether mail that leaves passes still, once ``mx`` means another server."""
    if facts.spf.passes is None:
        if "spf" in facts.confirmed:
            return StepVerdict(DONE, notice_of("plan_vouched"))
        return StepVerdict(UNKNOWN, facts.spf.found or notice_of("plan_spf_untold"), facts.spf.remedy)
    return StepVerdict(DONE if facts.spf.passes else OPEN, facts.spf.found, facts.spf.remedy)


def mx(facts: Facts) -> StepVerdict:
    """Whether all mail to the domain comes here."""
    if facts.mx.place is None:
        return mx_untold(facts)
    if facts.mx.place == HERE:
        return StepVerdict(DONE, notice_of("plan_mx_here", hosts=facts.mx.names))
    if facts.mx.place == BOTH:
        return StepVerdict(OPEN, notice_of("plan_mx_both", hosts=facts.mx.names), notice_of("plan_mx_one"))
    return StepVerdict(OPEN, notice_of("plan_mx_there", hosts=facts.mx.names or "-"), notice_of("plan_mx_do"))


def mx_untold(facts: Facts) -> StepVerdict:
    """That nobody tells where the MX lead, and so nothing of what follows."""
    return StepVerdict(UNKNOWN, notice_of("plan_mx_untold", why=facts.mx.why or "-"), notice_of("plan_mx_look"))


def proof_by_mail(facts: Facts) -> StepVerdict:
    """Whether a mail from outside comes in by SMTP."""
    if facts.mail == OUTSIDE:
        return StepVerdict(DONE, notice_of("plan_mail_outside"))
    if facts.mx.place is None:
        return mx_untold(facts)
    remedy = notice_of("plan_mail_do")
    if facts.mx.place != HERE:
        return StepVerdict(OPEN, notice_of("plan_mail_early"), remedy)
    if facts.incoming and not facts.others_here and _since_change(facts):
        return StepVerdict(DONE, notice_of("plan_mail_local_too") if facts.delivers_locally else _came(facts))
    if facts.mail is not None:
        return _own_mail(facts)
    if "proof_by_mail" in facts.confirmed:
        return StepVerdict(DONE, notice_of("plan_vouched"))
    return StepVerdict(UNKNOWN, _unproven(facts), remedy)


def _own_mail(facts: Facts) -> StepVerdict:
    """What a mail to oneself proves that did not come from outside."""
    if facts.delivers_locally:
        return StepVerdict(OPEN, notice_of("plan_mail_local"), notice_of("plan_mail_local_do"))
    if facts.mail == FETCHED:
        return StepVerdict(UNKNOWN, notice_of("plan_mail_kept"), notice_of("plan_mail_kept_do"), facts.forgotten)
    if facts.mail == REFUSED:
        found = notice_of("plan_mail_refused", says=facts.mail_says)
        return StepVerdict(OPEN, found, notice_of("plan_mail_refused_do"))
    return StepVerdict(OPEN, notice_of("plan_mail_lost", says=facts.mail_says), notice_of("plan_mail_lost_do"))


def _since_change(facts: Facts) -> bool:
    came = facts.incoming
    return bool(facts.mx_changed and came and came.at and came.at >= facts.mx_changed)


def _unproven(facts: Facts) -> str:
    """Why mail that came in proves nothing."""
    if facts.incoming and facts.others_here:
        return notice_of("plan_mail_of_others", came=_came(facts), names=", ".join(facts.others_here))
    if facts.incoming and facts.mx_changed is None:
        return notice_of("plan_mail_undated", came=_came(facts))
    return notice_of("plan_mail_untold" if facts.log_read else "plan_mail_unread")


def fetch_on(facts: Facts) -> StepVerdict:
    """Whether what still went to the provider was fetched."""
    if facts.mx.place is None:
        return mx_untold(facts)
    if facts.mx.place != HERE:
        return StepVerdict(OPEN, notice_of("plan_overlap_early"), notice_of("plan_overlap_later"))
    going = facts.fetching.going
    if facts.settled is not None and facts.now >= facts.settled:
        return StepVerdict(DONE, notice_of("plan_overlap_over", at=shown(facts.settled, facts.zone)))
    if facts.settled is not None:
        return _overlap(facts, facts.settled, going)
    found = notice_of("plan_overlap_ended") if going is False else since_when(facts)
    return StepVerdict(UNKNOWN, found, notice_of("plan_overlap_tell"))


def _overlap(facts: Facts, until: datetime, going: bool | None) -> StepVerdict:
    at = shown(until, facts.zone)
    if going is False:
        return StepVerdict(OPEN, notice_of("plan_overlap_stopped", at=at), notice_of("plan_overlap_start"), until)
    return StepVerdict(WAITING, notice_of("plan_overlap_waits", at=at), notice_of("plan_overlap_wait"), until)


def since_when(facts: Facts) -> str:
    """That it cannot be seen when the MX was changed, and for how long it lasts from then on."""
    if facts.mx_changed is not None:
        return notice_of("plan_overlap_old_ttl")
    if facts.longest_ttl is None:
        return notice_of("plan_overlap_no_ttl", days=RETRIES.days)
    return notice_of("plan_overlap_since", span=spoken(facts.longest_ttl), days=RETRIES.days)


def end_of_fetching(facts: Facts) -> StepVerdict:
    """Whether nothing is fetched that nobody needs."""
    going, needed = facts.fetching.going, facts.fetching.further
    if going is False:
        return StepVerdict(DONE, notice_of("plan_end_stopped"))
    if needed:
        return StepVerdict(DONE, notice_of("plan_end_needed", names=", ".join(needed)))
    if going is None:
        return StepVerdict(UNKNOWN, notice_of("plan_end_untold"), notice_of("plan_end_look"))
    if facts.delivers_locally:
        return StepVerdict(DONE, notice_of("plan_end_local"))
    others = ", ".join(facts.fetching.others or ())
    found = notice_of("plan_end_others", names=others) if others else notice_of("plan_end_runs")
    remedy = notice_of("plan_end_others_do", names=others) if others else notice_of("plan_end_do")
    return StepVerdict(OPEN, found, remedy, facts.settled)


STEPS: tuple[ChangeStep, ...] = (
    ChangeStep("preflight", "plan_do_preflight", "plan_back_nothing", OURS, preflight),
    ChangeStep(
        "addresses",
        "plan_do_addresses",
        "plan_back_addresses",
        OURS,
        addresses,
        ("address_rewrite_rules", "inbound_domains"),
    ),
    ChangeStep(
        "accepted_domain",
        "plan_do_accepted",
        "plan_back_accepted",
        OURS,
        accepted_domain,
        ("address_rewrite_domain_type", "address_rewrite_change_type"),
    ),
    ChangeStep(
        "recipient_filter",
        "plan_do_filter",
        "plan_back_filter",
        OURS,
        recipient_filter,
        ("receive_connector_recipient_validation",),
    ),
    ChangeStep(
        "connector",
        "plan_do_connector",
        "plan_back_connector",
        OURS,
        connector,
        ("receive_connector_adopt", "receive_connector_permission_groups", "receive_connector_close_relay"),
    ),
    ChangeStep("ttl", "plan_do_ttl", "plan_back_ttl", ZONE, lowered_ttl),
    ChangeStep("router", "plan_do_router", "plan_back_router", ROUTER, router, vouched=True),
    ChangeStep("proof_by_name", "plan_do_name", "plan_back_nothing", SENDER, proof_by_name, vouched=True),
    ChangeStep("spf", "plan_do_spf", "plan_back_spf", ZONE, spf, vouched=True),
    ChangeStep("mx", "plan_do_mx", "plan_back_mx", ZONE, mx),
    ChangeStep("proof_by_mail", "plan_do_mail", "plan_back_nothing", OURS, proof_by_mail, ("send_mail",), vouched=True),
    ChangeStep("fetch_on", "plan_do_overlap", "plan_back_overlap", OURS, fetch_on, ("mx_changed", "old_ttl")),
    ChangeStep(
        "end_of_fetching",
        "plan_do_end",
        "plan_back_end",
        OURS,
        end_of_fetching,
        ("pop3_connector_service_state", "pop3_connector_fetch_task"),
    ),
)
"""In their order."""
