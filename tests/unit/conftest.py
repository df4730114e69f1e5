"""What unit tests share: nobody is asked over a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import subject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A preflight in this process has no time to ask DNS or a provider; tests of its own give it whom they like."""
    monkeypatch.setattr(subject, "Deadline", lambda seconds: Deadline(0))
    yield
