# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's default output, with each reason of a refusal once; plugin_utils/report/refusal.py knows how it reads."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: readable
type: stdout
short_description: Show each reason of a refusal once
version_added: 0.1.0
description:
  - The default callback of Ansible, but for tasks of this collection that fail. Ansible shows their reasons three
    times, as an C([ERROR]), as C(msg) and as C(reasons). Here each is shown once, in lines of its own, and after them
    whatever the result tells besides.
  - With C(-v) everything is shown as Ansible does. Results themselves are the same, so C(register) and C(rescue) have
    C(msg) and C(reasons) in any case.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - C(stdout_callback = sbs.mailflow.readable) in C(ansible.cfg), as this repository's own has it.
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
"""

from collections.abc import Mapping
from typing import Any

from ansible.plugins.callback.default import CallbackModule as Default

from ..plugin_utils.report.refusal import besides, is_refusal, reasons_as_text


class CallbackModule(Default):  # type: ignore[misc]
    """Shows results as Ansible does, and refusals so that they are read."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "sbs.mailflow.readable"

    def _handle_exception(self, result: Any, *args: Any, **kwargs: Any) -> None:
        """The error that Ansible makes of a failed result repeats its message."""
        if self._shortens(result):
            result.pop("exception", None)
        super()._handle_exception(result, *args, **kwargs)

    def _dump_results(self, result: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """What stands behind the state of a task."""
        if not self._shortens(result):
            return super()._dump_results(result, *args, **kwargs)
        shown = super()._dump_results(result, *args, **{**kwargs, "serialize": False})
        rest = besides(shown)
        text = reasons_as_text(shown)
        return f"{text}\n{super()._dump_results(rest, *args, **kwargs).lstrip(chr(10))}" if rest else text

    def _shortens(self, result: Mapping[str, Any]) -> bool:
        return not self._display.verbosity and is_refusal(result)
