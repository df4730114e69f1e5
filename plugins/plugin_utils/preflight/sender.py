# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether recipients see that a domain's mail may come from the provider: its SPF, DKIM keys and DMARC policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..mailboxes.providers import provider_of_smtp, providers
from ..messages import notice_of
from .declared import Declared, Route
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding
from .resolver import FOUND, Answer, Resolver
from .resolver import UNKNOWN as NOT_TOLD
from .spf import Spf, read_spf


@dataclass(frozen=True)
class Zone:
    """What a provider wants in the zone of a domain that sends through it. ``spf``: the names of which one is to be
    included, the first the one that it tells today; ``selectors`` of its DKIM keys; ``own_servers``: whether its
    servers may also be the domain's own ``a`` and ``mx``."""

    spf: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    own_servers: bool = False


ZONES = {
    # Public zones and notes of 2026, "v=spf1 redirect=_spf.strato.com"; the selectors by signed mail of 2020 to 2026.
    "strato": Zone(("_spf.strato.com",), ("strato-dkim-0002", "strato-dkim-0003")),
    # IONOS' help (de) on DKIM; the older names as they still stand in many public zones of its customers.
    "ionos": Zone(
        ("_spf-eu.ionos.com", "_spf-us.ionos.com", "_spf.kundenserver.de", "_spf.perfora.net"), ("s1-ionos", "s2-ionos")
    ),
    # Public zones of 2026, all of them "a mx include:spf.kasserver.com": the include names one address only. Its
    # selectors, "kas" and a number, are each customer's own.
    "all-inkl": Zone(("spf.kasserver.com",), own_servers=True),
}
"""By the provider's key. Of GMX, web.de and T-Online none is known for a customer's own domain."""


def zones_of(declared: Declared) -> dict[str, Zone]:
    """What the providers of the declared smart hosts want, as far as it is known."""
    return {key: ZONES[key] for key in sorted(providers_of([declared.route] if declared.route else []))}


def providers_of(routes: Iterable[Route]) -> set[str]:
    """The providers of the routes' smart hosts of which it is known what they want."""
    return {key for route in routes for host in route.hosts if (key := provider_of_smtp(host)) in ZONES}


def judge_provider_spf(resolver: Resolver, domain: str, key: str) -> Finding:
    """Whether a domain's SPF names the provider."""
    name, zone, spf = _name(key), ZONES[key], read_spf(resolver, domain)
    if _passes(spf, zone):
        return Finding(PASS, notice_of("sender_spf", domain=domain, provider=name))
    if spf.fault or spf.why:
        return Finding(UNKNOWN, notice_of("sender_spf_unknown", why=spf.fault or spf.why, domain=domain, provider=name))
    remedy = notice_of("sender_spf_add", include=zone.spf[0])
    if _passes(spf, zone) is None:
        return Finding(WARN, notice_of("sender_spf_perhaps", domain=domain, provider=name), remedy)
    # Without a record, or with one that says nothing of others, recipients have nothing to refuse mail for.
    refused = spf.record is not None and spf.others in "-~"
    return Finding(FAIL if refused else WARN, notice_of("sender_spf_missing", domain=domain, provider=name), remedy)


def _passes(spf: Spf, zone: Zone) -> bool | None:
    """Whether the provider's servers pass; None where that is not known, since they may be named by address."""
    if spf.names & set(zone.spf) or spf.lets_all:
        return True
    kinds = {each.name for each in spf.terms if each.sign == "+"}
    by_address = {"ip4", "ip6", "exists", *({"a", "mx"} if zone.own_servers else ())}
    return None if spf.fault or spf.why or kinds & by_address else False


def judge_dkim(resolver: Resolver, domain: str, key: str) -> Finding:
    """Whether the provider's DKIM keys are in a domain's zone."""
    name, answers = _name(key), _keys(resolver, domain, ZONES[key])
    if any(map(_is_key, answers)):
        return Finding(PASS, notice_of("dkim_found", domain=domain, provider=name))
    why = _why(answers)
    if why:
        return Finding(UNKNOWN, notice_of("dkim_unknown", why=why, domain=domain, provider=name))
    names = ", ".join(f"{each}._domainkey" for each in ZONES[key].selectors)
    return Finding(
        WARN, notice_of("dkim_missing", domain=domain, provider=name), notice_of("dkim_switch_on", names=names)
    )


def _keys(resolver: Resolver, domain: str, zone: Zone) -> list[Answer]:
    return [resolver.ask(f"{each}._domainkey.{domain}", "TXT") for each in zone.selectors]


def _is_key(answer: Answer) -> bool:
    """Whether there is a key, and it is not revoked, as one without characters is."""
    return any(re.search(r"(^|;)\s*p\s*=\s*[^\s;]", each) for each in answer.records)


def _why(answers: Iterable[Answer]) -> str:
    return next((each.why for each in answers if each.outcome == NOT_TOLD), "")


def judge_dmarc(resolver: Resolver, domain: str, zones: Iterable[Zone]) -> Finding:
    """Whether what a domain asks of recipients hits its own mail: it is sent with the domain itself in the envelope and
    in From, so SPF and the provider's DKIM are aligned wherever they pass."""
    place, answer = _policy_of(resolver, domain)
    records = _policies(answer)
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("dmarc_unknown", domain=domain, why=answer.why))
    if len(records) > 1:
        return Finding(WARN, notice_of("dmarc_several", place=place), notice_of("dmarc_one"))
    if not records:
        return Finding(WARN, notice_of("dmarc_none", domain=domain), notice_of("dmarc_write"))
    tags = _tags(records[0])
    policy = (tags.get("p", "none") if place == f"_dmarc.{domain}" else tags.get("sp", tags.get("p", "none"))).lower()
    if policy not in ("reject", "quarantine"):
        return Finding(PASS, notice_of("dmarc_lets", place=place))
    return _aligned(resolver, domain, zones, policy)


def _aligned(resolver: Resolver, domain: str, zones: Iterable[Zone], policy: str) -> Finding:
    spf = read_spf(resolver, domain)
    told = [_one_passes(resolver, domain, spf, zone) for zone in zones]
    if False in told:
        return Finding(FAIL, notice_of("dmarc_hits", domain=domain, policy=policy), notice_of("dmarc_relax"))
    if not told or None in told:
        return Finding(UNKNOWN, notice_of("dmarc_untold", domain=domain, policy=policy))
    return Finding(PASS, notice_of("dmarc_aligned", domain=domain, policy=policy))


def _one_passes(resolver: Resolver, domain: str, spf: Spf, zone: Zone) -> bool | None:
    """Whether SPF or DKIM passes for the provider's mail; None where that is not known."""
    by_spf, keys = _passes(spf, zone), _keys(resolver, domain, zone)
    if by_spf or any(map(_is_key, keys)):
        return True
    return None if by_spf is None or not keys or _why(keys) else False


def _policy_of(resolver: Resolver, domain: str) -> tuple[str, Answer]:
    """The name of the policy that holds for a domain, and the answer: its own, or that of the next domain above it (RFC
    9989), short of a top level."""
    labels = domain.split(".")
    place, answer = "", Answer(NOT_TOLD)
    for at in range(max(1, len(labels) - 1)):
        place = f"_dmarc.{'.'.join(labels[at:])}"
        answer = resolver.ask(place, "TXT")
        if answer.outcome == NOT_TOLD or _policies(answer):
            break
    return place, answer


def _policies(answer: Answer) -> list[str]:
    if answer.outcome != FOUND:
        return []
    return [each for each in answer.records if re.match(r"v\s*=\s*DMARC1\s*(;|$)", each)]


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _is, value in pairs}


def _name(key: str) -> str:
    return str(providers()[key]["display_name"])
