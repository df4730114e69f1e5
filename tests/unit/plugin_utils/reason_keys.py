"""Which key of messages.REASONS a reason was made from, so that tests need not repeat its sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError, Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import REASONS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.spelled import spelled


def key_of(reason: Reason) -> str:
    """The one key whose three sentences the reason says."""
    said = (reason.found, reason.expected, reason.remedy)
    fitting = [key for key, sentences in REASONS.items() if all(map(_says, sentences, said))]
    # A sentence that is one placeholder fits everything: the most wordy key is meant.
    return max(fitting, key=lambda key: sum(len(re.sub(r"{\w+}", "", sentence)) for sentence in REASONS[key]))


def keys_of(reasons: Iterable[Reason]) -> list[str]:
    """The keys of several reasons, in alphabetical order."""
    return sorted(map(key_of, reasons))


def refusal(error: type[MailflowError], call: Callable[..., Any], *arguments: Any) -> tuple[Reason, ...]:
    """The reasons with which a call must be refused."""
    with pytest.raises(error) as caught:
        call(*arguments)
    return caught.value.reasons


def _says(sentence: str, said: str) -> bool:
    pieces = re.split(r"{\w+}", spelled(sentence, ""))
    return re.fullmatch("(?s:.*)".join(map(re.escape, pieces)), said) is not None
