"""The plan as a value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Step
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change, Plan, PlannedStep, plan_or_none

PORT = Change("port", 25, 587)
STEP = PlannedStep("change", "Strato", "Set-SendConnector", {"Port": 587, "Identity": "1"}, (PORT,))
OTHER = PlannedStep("remove", "Alt", "Remove-SendConnector", {"Identity": "2"})


def step(**changes: Any) -> PlannedStep:
    parts: dict[str, Any] = {
        "action": STEP.action,
        "target": STEP.target,
        "command": STEP.command,
        "parameters": STEP.parameters,
        "changes": STEP.changes,
    }
    return PlannedStep(**{**parts, **changes})


def test_no_steps_are_no_plan() -> None:
    assert plan_or_none("send_connector", []) is None
    assert plan_or_none("send_connector", [STEP]) == Plan("send_connector", (STEP,))


def test_the_digest_does_not_depend_on_the_order_of_parameters_or_on_notes() -> None:
    turned = step(parameters={"Identity": "1", "Port": 587})
    assert Plan("n", (turned,), ("note",)).digest == Plan("n", (STEP,)).digest


def test_the_digest_is_a_sha_256() -> None:
    assert len(bytes.fromhex(Plan("n", (STEP,)).digest)) == 32


DIFFERENT: list[Plan] = [
    Plan("n", (STEP,)),
    Plan("m", (STEP,)),
    Plan("n", (STEP, OTHER)),
    Plan("n", (OTHER, STEP)),
    Plan("n", (step(action="x"),)),
    Plan("n", (step(target="x"),)),
    Plan("n", (step(command="x"),)),
    Plan("n", (step(parameters={"Port": 587, "Identity": "2"}),)),
    Plan("n", (step(parameters={"Port": "587", "Identity": "1"}),)),
    Plan("n", (step(changes=()),)),
    Plan("n", (step(changes=(Change("port", 26, 587),)),)),
    Plan("n", (step(changes=(Change("port", None, 587),)),)),
]


def test_every_difference_is_another_digest() -> None:
    assert len({plan.digest for plan in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize("plan", DIFFERENT)
def test_a_plan_is_plain_data(plan: Plan) -> None:
    data = plan.as_data()
    assert json.loads(json.dumps(data)) == data
    assert (data["noun"], data["digest"]) == (plan.noun, plan.digest)


def test_a_step_as_data() -> None:
    assert Plan("n", (STEP,)).as_data()["steps"] == [
        {
            "action": "change",
            "target": "Strato",
            "command": "Set-SendConnector",
            "parameters": {"Identity": "1", "Port": 587},
            "changes": [{"option": "port", "before": 25, "after": 587}],
        }
    ]


def test_steps_go_to_the_agent_in_order_under_ids_of_their_own() -> None:
    assert Plan("n", (STEP, OTHER)).wire_steps() == (
        Step("apply_1", "Set-SendConnector", {"Port": 587, "Identity": "1"}),
        Step("apply_2", "Remove-SendConnector", {"Identity": "2"}),
    )
