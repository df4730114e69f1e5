"""The certificates of SMTP: rows of the host in, a finding out."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.certificate_rows import ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.certificates import STEP

from .judging import NOW, Case, hold, junk_told


def certificate(
    days: float | None, name: str = "mail.beispiel.de", services: str = "IMAP, POP, SMTP"
) -> dict[str, Any]:
    until = None if days is None else (NOW + timedelta(days=days)).isoformat()
    return {"CertificateDomains": [name], "Services": services, "NotAfter": until, "Subject": f"CN={name}"}


CASES = [
    Case("smtp_certificate", {STEP.id: [certificate(300)]}, PASS, "mail.beispiel.de"),
    Case("smtp_certificate", {STEP.id: [certificate(30)]}, PASS, "mail.beispiel.de"),
    Case("smtp_certificate", {STEP.id: [certificate(None)]}, PASS, "mail.beispiel.de"),
    Case("smtp_certificate", {STEP.id: [certificate(29)]}, WARN, "ends on 2026-12-30"),
    Case("smtp_certificate", {STEP.id: [certificate(-1)]}, FAIL, "no longer valid"),
    Case("smtp_certificate", {STEP.id: [certificate(-1), certificate(300)]}, PASS, "mail.beispiel.de"),
    Case("smtp_certificate", {STEP.id: [certificate(-1), certificate(300, "sbs.local")]}, FAIL, "mail.beispiel.de is"),
    Case("smtp_certificate", {STEP.id: [certificate(-1, services="IIS"), certificate(300)]}, PASS, "mail"),
    Case("smtp_certificate", {STEP.id: [certificate(300, services="None")]}, WARN, "no certificate"),
    Case("smtp_certificate", {STEP.id: []}, WARN, "no certificate"),
    Case("smtp_certificate", {STEP.id: None}, UNKNOWN, "does not tell"),
    Case("smtp_certificate", {}, UNKNOWN, "does not tell"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_certificates_come_to(case: Case) -> None:
    hold(ROWS, case)


@pytest.mark.parametrize("seed", range(10))
def test_a_host_may_tell_anything(seed: int) -> None:
    dice = Random(seed)
    for _ in range(20):
        finding = ROWS[0].judge(junk_told(ROWS, Declared(), dice))
        assert finding and finding.result in (PASS, WARN, FAIL, UNKNOWN)
