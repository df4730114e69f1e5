"""The recipient filter, its agents and Exchange's certificates, as the simulated Exchange shows them."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange.errors import CmdletError
from lab.exchange.recipient_filter_config import RecipientFilter
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError


def the_filter(host: SimulatedMachine) -> RecipientFilter:
    assert host.organisation is not None
    return host.organisation.recipient_filter


def agents(host: SimulatedMachine) -> list[Any]:
    return [row["Identity"] for row in host.invoke("Get-TransportAgent", {})]


def test_an_sbs_has_the_agents_and_validates_nobody() -> None:
    host = SimulatedMachine.from_state({})
    (row,) = host.invoke("Get-RecipientFilterConfig", {})
    assert (row["RecipientValidationEnabled"], row["Enabled"]) == (False, True)
    assert "Recipient Filter Agent" in agents(host)
    assert not the_filter(host).validates
    host.invoke("Set-RecipientFilterConfig", {"RecipientValidationEnabled": True, "WhatIf": True})
    assert not the_filter(host).validates
    host.invoke("Set-RecipientFilterConfig", {"RecipientValidationEnabled": True, "Confirm": False})
    assert the_filter(host).validates
    host.invoke("Disable-TransportAgent", {"Identity": "Recipient Filter Agent", "Confirm": False})
    assert not the_filter(host).validates


def test_without_the_agents_the_setting_does_nothing() -> None:
    host = SimulatedMachine.from_state({"profile": "exchange2010", "recipient_filter": {"validation": True}})
    assert (the_filter(host).installed, the_filter(host).validates) == (False, False)
    assert "Recipient Filter Agent" not in agents(host)
    host.change({"recipient_filter": {"agents_installed": True}})
    assert the_filter(host).validates


def test_a_certificate_of_setup_has_the_servers_names() -> None:
    host = SimulatedMachine.from_state({})
    (row,) = host.invoke("Get-ExchangeCertificate", {})
    assert row["CertificateDomains"] == ["SBS", "sbs.nt4admins.local"]
    assert (row["Services"], row["Status"]) == ("IMAP, POP, IIS, SMTP", "Valid")
    assert host.invoke("Get-ExchangeCertificate", {"Thumbprint": row["Thumbprint"]}) == [row]
    with pytest.raises(CmdletError):
        host.invoke("Get-ExchangeCertificate", {"Thumbprint": "00"})
    with pytest.raises(CmdletError, match="does not simulate"):
        host.invoke("Get-ExchangeCertificate", {"DomainName": "x"})


def test_which_certificate_smtp_offers() -> None:
    given = [
        {"names": ["mail.beispiel.de"], "services": ["IIS"], "not_after": "2030-01-01"},
        {"names": ["*.beispiel.de"], "not_after": "2020-01-01", "self_signed": False},
        {"names": ["remote.beispiel.de"], "services": ["SMTP", "IIS"], "not_after": "2031-01-01"},
    ]
    host = SimulatedMachine.from_state({"certificates": given})
    assert host.organisation is not None
    certificates = host.organisation.certificates
    assert [found and found.names for found in map(certificates.for_smtp, ("mail.beispiel.de", "x.local"))] == [
        ("*.beispiel.de",),
        None,
    ]
    assert getattr(certificates.for_smtp("REMOTE.beispiel.de"), "names", None) == ("remote.beispiel.de",)
    assert [row["Status"] for row in host.invoke("Get-ExchangeCertificate", {})] == ["Valid", "DateInvalid", "Valid"]
    again = SimulatedMachine.from_state({"certificates": host.dump()["certificates"]})
    assert again.dump()["certificates"] == host.dump()["certificates"]


@pytest.mark.parametrize(
    "wrong", [{}, ["x"], [{"names": ["a"]}], [{"names": ["a"], "not_after": "2030-01-01", "services": ["LDAP"]}]]
)
def test_what_is_no_certificate_is_refused(wrong: Any) -> None:
    if wrong:
        with pytest.raises(StateError, match="certificates"):
            SimulatedMachine.from_state({"certificates": wrong})
    with pytest.raises(StateError, match="certificates"):
        SimulatedMachine.from_state({}).change({"certificates": wrong})
