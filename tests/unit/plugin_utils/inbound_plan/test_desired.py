"""What a plan is asked for: moments, steps that are vouched for, and the way that is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.desired import Desired, parse_desired
from tests.unit.plugin_utils.run.examples import keys

NOW, STRANGE = datetime(2026, 3, 20, 12, tzinfo=UTC), "plan_recipient_strange"
T_ONLINE = {"domain": "t-online.de", "way": "pop3", "mailboxes": ["firma@t-online.de"]}
POP3 = {"domain": "beispiel.de", "way": "pop3", "mailboxes": ["info@beispiel.de"]}


def parsed(**given: Any) -> tuple[Desired, list[Reason]]:
    reasons: list[Reason] = []
    return parse_desired({"domains": [POP3], **given}, reasons, now=NOW), reasons


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-03-02", "2026-03-02T23:00:00+00:00"),
        ("2026-03-02 18:30", "2026-03-02T17:30:00+00:00"),
        ("2026-03-02 18:30Z", "2026-03-02T18:30:00+00:00"),
        ("2025-10-26 02:30", "2025-10-26T01:30:00+00:00"),
        ("2025-03-30 02:30", "2025-03-30T01:30:00+00:00"),
        ("2025-10-26", "2025-10-26T23:00:00+00:00"),
        ("2026-03-20", "2026-03-20T23:00:00+00:00"),
    ],
)
def test_a_moment_is_the_latest_that_can_be_meant(told: str, moment: str) -> None:
    desired, reasons = parsed(mx_changed=told)
    assert reasons == [] and desired.mx_changed and desired.mx_changed.isoformat() == moment


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"mx_changed": "gestern"}, "plan_moment_unfit"),
        ({"ttl_lowered": "2026-02-30"}, "plan_moment_unfit"),
        ({"time_zone": "Berlin"}, "plan_time_zone_unknown"),
        ({"confirmed": ["mx"]}, "plan_confirmed_unknown"),
        ({"mx_changed": "2026-03-22"}, "plan_moment_ahead"),
        ({"ttl_lowered": "2027-03-02"}, "plan_moment_ahead"),
        ({"only": ["verein.de"]}, "plan_only_unknown"),
        ({"recipient": "info@verein.de"}, "plan_recipient_strange"),
        ({"recipient": "firma@t-online.de", "domains": [POP3, T_ONLINE], "only": ["beispiel.de"]}, STRANGE),
        ({"domains": []}, "plan_no_domains"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], reason: str) -> None:
    assert keys(parsed(**given)[1]) == [reason]


@pytest.mark.parametrize(
    ("domains", "to", "way"),
    [
        ([POP3], None, "pop3"),
        ([POP3], "mx", "mx"),
        ([{"domain": "beispiel.de", "way": "mx"}], None, "mx"),
        ([{"domain": "beispiel.de", "way": "mx"}], "pop3", "pop3"),
        ([{"domain": "beispiel.de", "way": "collector"}], None, "pop3"),
        ([{**POP3, "transition": True}, {"domain": "beispiel.de", "way": "mx", "transition": True}], None, "mx"),
    ],
)
def test_the_way_that_is_meant(domains: list[dict[str, Any]], to: str | None, way: str) -> None:
    desired, reasons = parsed(domains=domains, to=to)
    assert (reasons, desired.way_to("beispiel.de"), desired.names) == ([], way, ("beispiel.de",))


def test_of_a_providers_own_domain_nobody_can_change_the_mx() -> None:
    desired, reasons = parsed(domains=[POP3, T_ONLINE], to="mx")
    assert (reasons, [desired.way_to(each) for each in desired.planned]) == ([], ["mx", "pop3"])
    assert parsed(domains=[POP3, T_ONLINE], only=["T-Online.de."])[0].planned == ("t-online.de",)
