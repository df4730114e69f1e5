# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that a plan for send connectors is made of, and what each leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..account_age import Login
from ..messages import tell
from ..plan import Change, PlannedStep
from ..request import credential_parameter
from .settings import BY_OPTION, READ, SETTINGS, UNKNOWN, Values
from .state import SendConnector

LOGIN_SECRET = "login"
NEW_GUID = "(new)"


def changed_values(connector: SendConnector, wanted: Values) -> Values:
    """The wanted values that differ from the connector's; settings that only creation knows are left out."""
    differing = {
        option: value
        for option, value in wanted.items()
        if not BY_OPTION[option].create_only and connector.values.get(option) != value
    }
    # Exchange wants DNS routing switched off on the same command line.
    return {**differing, "dns_routing_enabled": False} if differing.get("smart_hosts") else differing


def create(name: str, values: Values, login: Login | None, why: str) -> tuple[PlannedStep, SendConnector]:
    """The step that creates a connector, and the connector as it will be, with Exchange's known defaults."""
    given = _given(values)
    parameters = {"Name": name, **_parameters(given), **_login_parameter(login), "Confirm": False}
    changes = (*_value_changes({}, given), *_login_changes(None, login, why))
    step = PlannedStep("create send connector", name, "New-SendConnector", parameters, changes)
    return step, created(name, values, login.mailbox.login_name if login else None)


def created(name: str, values: Values, username: str | None) -> SendConnector:
    """A new connector as it will be."""
    known = {each.option: each.default for each in READ if each.default is not UNKNOWN}
    readable = {option: value for option, value in _given(values).items() if not BY_OPTION[option].create_only}
    return SendConnector(name, NEW_GUID, {**known, **readable}, username)


def _given(values: Values) -> Values:
    return {option: value for option, value in values.items() if value not in (None, frozenset())}


def change(
    connector: SendConnector, values: Values, login: Login | None, why: str
) -> tuple[PlannedStep | None, SendConnector]:
    """The one step that gives a connector these values and this login, or None where it has them already."""
    differing = changed_values(connector, values)
    if not differing and login is None:
        return None, connector
    after = changed(connector, values, login.mailbox.login_name if login else None)
    parameters = {"Identity": connector.guid, **_parameters(differing), **_login_parameter(login), "Confirm": False}
    changes = (*_value_changes(connector.values, differing), *_login_changes(connector.username, login, why))
    return PlannedStep("change send connector", connector.name, "Set-SendConnector", parameters, changes), after


def changed(connector: SendConnector, values: Values, username: str | None) -> SendConnector:
    """A connector as it will be with these values and this login (None: the one that it has)."""
    after = {**connector.values, **changed_values(connector, values)}
    return replace(connector, values=after, username=username or connector.username)


def disable(connector: SendConnector) -> tuple[PlannedStep, SendConnector]:
    """The step that switches a connector off without removing it."""
    parameters = {"Identity": connector.guid, "Enabled": False, "Confirm": False}
    step = PlannedStep(
        "disable send connector", connector.name, "Set-SendConnector", parameters, (Change("enabled", True, False),)
    )
    return step, replace(connector, values={**connector.values, "enabled": False})


def remove(connector: SendConnector) -> PlannedStep:
    """The step that removes a connector; what it was stands in the changes and in the saved state."""
    parameters = {"Identity": connector.guid, "Confirm": False}
    changes = tuple(Change(option, shown, None) for option, shown in show_values(connector.values).items())
    return PlannedStep("remove send connector", connector.name, "Remove-SendConnector", parameters, changes)


def show_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a person, in the table's order; what is not known or not set is left out."""
    return {
        setting.option: setting.kind.show(values[setting.option])
        for setting in SETTINGS
        if setting.option in values and _is_set(values[setting.option])
    }


def _is_set(value: Any) -> bool:
    """False for what Exchange shows as nothing: no value, or a multi-valued property without values."""
    return value not in (None, frozenset())


def _parameters(values: Values) -> dict[str, Any]:
    return {BY_OPTION[option].prop: _parameter(option, value) for option, value in values.items()}


def _parameter(option: str, value: Any) -> Any:
    """A multi-valued property is emptied with $null, not with an empty list."""
    return None if value in (None, frozenset()) else BY_OPTION[option].kind.parameter(value)


def _login_parameter(login: Login | None) -> dict[str, Any]:
    if login is None:
        return {}
    return {BY_OPTION["login"].prop: credential_parameter(login.mailbox.login_name, LOGIN_SECRET)}


def _value_changes(before: Mapping[str, Any], after: Values) -> tuple[Change, ...]:
    return tuple(
        Change(setting.option, _shown(setting.option, before.get(setting.option)), _shown(setting.option, value))
        for setting in SETTINGS
        if setting.option in after and before.get(setting.option, _ABSENT) != (value := after[setting.option])
    )


_ABSENT = object()


def _shown(option: str, value: Any) -> Any:
    return BY_OPTION[option].kind.show(value) if _is_set(value) else None


def _login_changes(before: str | None, login: Login | None, why: str) -> tuple[Change, ...]:
    if login is None:
        return ()
    changes = [Change("login.password", tell("password_hidden"), tell("password_will_be_written", why=why))]
    if login.mailbox.login_name != before:
        changes.insert(0, Change("login.username", before, login.mailbox.login_name))
    return tuple(changes)
