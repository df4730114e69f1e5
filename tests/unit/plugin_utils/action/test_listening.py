"""What Ansible's plugin hears of a process is heard, too; it notices nothing of that, whatever it is like."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.loader import connection_loader

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import listening
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.listening import overheard
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.endings import Ending


class Plugin:
    """As much of the plugin as there is to hear."""

    def __init__(self, told: Any) -> None:
        self.told = told

    def _winrm_get_command_output(self, *words: Any, try_once: bool = False) -> Any:
        return self.told


@pytest.mark.parametrize(
    ("told", "heard"),
    [((b"out", b"err", 5), [Ending(5, b"out", b"err")]), ((b"out", b"err"), []), (None, []), (("a", "b", "c"), [])],
)
def test_what_the_plugin_hears_is_heard(told: Any, heard: list[Ending]) -> None:
    plugin, endings = Plugin(told), list[Ending]()
    with overheard(plugin, endings):
        assert plugin._winrm_get_command_output("protocol", "shell", "command", try_once=True) == told
    assert endings == heard and plugin._winrm_get_command_output() == told
    assert endings == heard and "_winrm_get_command_output" not in vars(plugin)


def test_it_ends_with_an_error_as_well() -> None:
    plugin = Plugin(None)
    with pytest.raises(OSError, match="cut"), overheard(plugin, []):
        raise OSError("cut")
    assert "_winrm_get_command_output" not in vars(plugin)


def test_a_plugin_without_that_method_goes_unheard() -> None:
    with overheard(SimpleNamespace(), []):
        pass


def test_ansibles_plugin_has_that_method() -> None:
    assert hasattr(connection_loader.get("winrm", class_only=True), listening._HEARING)
