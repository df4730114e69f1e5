"""The errors of the engine: reasons in; one error that holds them all, or none, out."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import errors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, MailflowError, Reason, refuse

A, B = (Reason(where, "a", "b", "Do c.") for where in ("here", "there"))


def heirs(kind: type[MailflowError]) -> list[type[MailflowError]]:
    """All classes below one, each before its own heirs."""
    return [each for child in kind.__subclasses__() for each in (child, *heirs(child))]


KINDS = heirs(MailflowError)


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    drawn = [line.split()[1] for line in str(errors.__doc__).splitlines() if line.strip().startswith("+--")]
    assert [kind.__name__ for kind in KINDS] == drawn


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_holds_all_its_reasons_and_says_one_a_line(kind: type[MailflowError]) -> None:
    with pytest.raises(MailflowError) as caught:
        raise kind(A, B, **({"reply": None} if kind is errors.AnsweredInPart else {}))
    assert caught.value.reasons == (A, B)
    assert str(caught.value) == "here: found a; expected b. Do c.\nthere: found a; expected b. Do c."


def test_a_reason_as_data_is_its_four_pieces() -> None:
    assert A.as_data() == {"where": "here", "found": "a", "expected": "b", "remedy": "Do c."}


def test_a_reason_cannot_be_changed_and_can_be_compared() -> None:
    with pytest.raises(FrozenInstanceError):
        A.found = "x"  # type: ignore[misc]
    assert len({A, B, Reason("here", "a", "b", "Do c.")}) == 2


def test_reasons_refuse_together() -> None:
    with pytest.raises(InputRefused) as caught:
        refuse(iter((A, B)))
    assert caught.value.reasons == (A, B)


def test_no_reason_refuses_nothing() -> None:
    refuse([])
    refuse(iter(()))
