"""What documentation says of options: a module's page, a role's argument spec, and the tables of pages."""

from __future__ import annotations

from ansible_collections.sbs.mailflow.plugins.plugin_utils.options import documented, pages
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.kinds import ListOf, Raw, Record
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import Option
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Choice, Integer, Text

BOX = Record(
    Option("name", Text(), "Its name.", required=True),
    Option("kind", Choice("big", "small"), "How large.", default="big"),
)
OPTIONS = (
    Option("port", Integer(1, 9), "As O(boxes) says, or V(a|b).", default=5),
    Option("boxes", ListOf(BOX), "The boxes.", required=True),
    Option("days", ListOf(Text()), "Days."),
    Option("mode", Choice("fast", "slow"), "How."),
    Option("any", Raw(), "Whatever."),
)
KEYS = {
    "name": {"description": ["Its name."], "required": True, "type": "str"},
    "kind": {"description": ["How large."], "type": "str", "choices": ["big", "small"], "default": "big"},
}


def test_the_options_of_a_module() -> None:
    assert documented.of_module(OPTIONS, {"port": ["More."]}) == {
        "port": {"description": ["As O(boxes) says, or V(a|b).", "More."], "type": "int", "default": 5},
        "boxes": {
            "description": ["The boxes."],
            "required": True,
            "type": "list",
            "elements": "dict",
            "suboptions": KEYS,
        },
        "days": {"description": ["Days."], "type": "list", "elements": "str"},
        "mode": {"description": ["How."], "type": "str", "choices": ["fast", "slow"]},
        "any": {"description": ["Whatever."], "type": "raw"},
    }


def test_the_variables_of_a_role() -> None:
    spec = documented.of_role(OPTIONS, {}, Spelling("x", prefix="x_"))
    words = [
        "The boxes.",
        "C(name) (str): Its name. Required.",
        "C(kind) (str): How large. One of V(big), V(small). By default V(big).",
    ]
    assert spec["x_port"]["description"] == ["As O(x_boxes) says, or V(a|b)."]
    assert spec["x_boxes"] == {"description": words, "required": True, "type": "raw"}
    assert spec["x_mode"] == {"description": ["How.", "One of V(fast), V(slow)."], "type": "str"}
    assert spec["x_days"] == {"description": ["Days."], "type": "list", "elements": "str"}
    assert pages.variables_table(spec).splitlines()[3:6] == [
        r"| `x_port` | int | `5` | As `x_boxes` says, or `a\|b`. |",
        "| `x_boxes` | raw | required | The boxes. `name` (str): Its name. Required."
        " `kind` (str): How large. One of `big`, `small`. By default `big`. |",
        "| `x_days` | list of str |  | Days. |",
    ]
