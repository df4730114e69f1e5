"""The parameters of a step: secrets put in, values checked."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from lab.exchange.values import Credential
from lab.twin.agent import Agent, unreadable


class SecretResolver:
    """Puts the secrets of one request where its parameters name them."""

    def __init__(self, agent: Agent, secrets: Mapping[str, str]) -> None:
        self._agent = agent
        self._secrets = secrets
        for secret in secrets.values():
            agent.never_say(secret)

    def resolve(self, value: Any) -> Any:
        """The value with its secrets and logins. Raises Refusal."""
        if isinstance(value, list):
            return [self.resolve(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "$secret" in value:
            return self._secret(value["$secret"])
        if "$credential" in value:
            return self._credential(value["$credential"])
        return {name: self.resolve(entry) for name, entry in value.items()}

    def _credential(self, parts: Any) -> Credential:
        if not isinstance(parts, dict) or not {"username", "password"} <= parts.keys():
            raise unreadable("A $credential lacks its username or its password.")
        password = str(self.resolve(parts["password"]))
        self._agent.never_say(password)
        return Credential(str(parts["username"]), password)

    def _secret(self, name: str) -> str:
        if name not in self._secrets:
            raise unreadable(f"A parameter names the secret '{name}', which the request lacks.")
        return self._secrets[name]


def check_range(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise Refusal for a number out of its range."""
    if not lowest <= value <= highest:
        raise unreadable(f"{name} is {value}; it must be from {lowest} through {highest}.")


def check_one_line(name: str, text: str) -> None:
    """Raise Refusal for a text with a control character, so that none can be a command of its own."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise unreadable(f"{name} holds a control character.")


def as_list(value: Any) -> list[Any]:
    """PowerShell makes a single value a list where one is expected."""
    return value if isinstance(value, list) else [value]
