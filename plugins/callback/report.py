# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback that writes the report; plugin_utils/report/ knows what stands in it."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: report
type: aggregate
short_description: Write a page about a run
version_added: 0.1.0
description:
  - Collects what the modules of this collection return in a run, and writes one page of HTML at its end. For each host
    what was refused and what to do about it, what was changed or in check mode would be, step by step with the diff and
    the PowerShell behind it, and what comes next.
  - The page holds what the results hold, so no password. It is readable by its owner only.
options:
  path:
    description: Where the page is written. Without one, nothing is.
    type: path
    env:
      - name: SBS_MAILFLOW_REPORT
    ini:
      - section: callback_sbs_mailflow_report
        key: path
  language:
    description:
      - The language of the page itself, V(en) or V(de). What the modules report stands in it as they report it, in
        English.
    type: str
    default: en
    env:
      - name: SBS_MAILFLOW_LANGUAGE
    ini:
      - section: callback_sbs_mailflow_report
        key: language
requirements:
  - C(callbacks_enabled = sbs.mailflow.report) in C(ansible.cfg), as this repository's own has it.
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ..plugin_utils.controller.atomic_write import FILE_ERRORS, problem_of
from ..plugin_utils.messages import notice_of
from ..plugin_utils.messages.report import REPORT
from ..plugin_utils.report.entry import ReportEntry, entries
from ..plugin_utils.report.page import language_of, render, write

_OURS = "sbs.mailflow."


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Collects results, and writes the page once the playbook has ended."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "sbs.mailflow.report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[ReportEntry] = []
        self._playbook = ""

    def set_options(self, *args: Any, **kwargs: Any) -> None:
        """Without a path there is nothing to do in this run."""
        super().set_options(*args, **kwargs)
        self.disabled = not self.get_option("path")

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Keep the playbook's name."""
        self._playbook = Path(playbook._file_name).name

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task that ended well."""
        self._keep(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task that failed, whether the play goes on or not."""
        self._keep(result, ok=False)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """A host that does not answer."""
        self._keep(result, ok=False)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write the page. A disk that takes none is told of and fails no run."""
        path = Path(self.get_option("path"))
        at = datetime.now(UTC).astimezone()  # the time of whoever reads it, most likely
        try:
            write(render(self._entries, self._playbook, at, self._language()), path)
        except FILE_ERRORS as error:
            self._display.warning(notice_of("report_not_written", path=str(path), problem=problem_of(error)))
        else:
            self._display.display(notice_of("report_written", path=str(path)))

    def _language(self) -> str:
        """That of the page; one that it does not have is told of, and costs no page."""
        wanted = str(self.get_option("language") or "")
        found = language_of(wanted)
        if found is None:
            known = ", ".join(REPORT)
            self._display.warning(notice_of("report_language_unknown", language=wanted, known=known))
        return found or "en"

    def _keep(self, result: Any, ok: bool = True) -> None:
        # Through the private names, which all supported versions have.
        action = str(result._task.action)
        if action.startswith(_OURS):
            noun, host = action.removeprefix(_OURS), result._host.get_name()
            task, check_mode = result._task.get_name(), bool(result._task.check_mode)
            self._entries += entries(host, noun, task, result._result, check_mode, ok)
