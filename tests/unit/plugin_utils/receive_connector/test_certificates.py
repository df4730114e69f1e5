"""The names for which SMTP has a certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.certificates import (
    STEP,
    parse_certificates,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROWS: list[tuple[dict[str, Any], bool]] = [
    ({"CertificateDomains": ["mail.beispiel.de"], "Services": "SMTP"}, True),
    ({"CertificateDomains": ["MAIL.beispiel.de"], "Services": "IMAP, POP, IIS, SMTP"}, True),
    ({"CertificateDomains": "mail.beispiel.de", "Services": "SMTP"}, True),
    ({"CertificateDomains": ["*.beispiel.de"], "Services": "SMTP"}, True),
    ({"CertificateDomains": [], "Subject": "CN=mail.beispiel.de, O=Firma", "Services": "SMTP"}, True),
    ({"CertificateDomains": ["mail.beispiel.de"], "Services": "IIS"}, False),
    ({"CertificateDomains": ["mail.beispiel.de"], "Services": None}, False),
    ({"CertificateDomains": ["beispiel.de"], "Services": "SMTP"}, False),
    ({"CertificateDomains": ["*.de"], "Services": "SMTP"}, False),
    ({"CertificateDomains": ["mail.beispiel.de"], "Services": "SMTP", "NotAfter": "2026-11-24T11:00:00Z"}, False),
    ({"CertificateDomains": ["mail.beispiel.de"], "Services": "SMTP", "NotAfter": "2026-11-24T13:00:00Z"}, True),
    ({"CertificateDomains": None, "Services": "SMTP", "Subject": 5, "NotAfter": "soon"}, False),
]


@pytest.mark.parametrize(("row", "fits"), ROWS)
def test_which_certificate_fits(row: dict[str, Any], fits: bool) -> None:
    found = parse_certificates(Reply("0.1.0", "2.0", "SBS", (StepResult(STEP.id, "done", (row,)),)))
    assert found is not None and any(each.fits("mail.beispiel.de", NOW) for each in found) is fits


def test_a_host_that_does_not_tell() -> None:
    assert parse_certificates(Reply("0.1.0", "2.0", "SBS", (StepResult(STEP.id, "failed"),))) is None
