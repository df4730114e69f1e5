"""The connection itself: its password, whatever it comes from, is never repeated; nothing goes over one that others
can read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import HIDDEN
from tests.unit.plugin_utils.action.shell_host import ACTIONS, Shell, twin
from tests.unit.plugin_utils.reason_keys import key_of

WORD = "Zq7  'Regenrinne\" \u00e44471 Kupferdach"
PIECES = ("Regenrinne", "4471", "Kupferdach")
LOGIN = {"username": "info@beispiel.de", "password": "vQ9-Zinkblech-8812-Sandbank", "created": "2020-01-31"}
DESIRED = {
    "adopt": True,
    "address_spaces": ["*"],
    "smart_hosts": ["smtp.strato.de"],
    "smart_host_auth_mechanism": "BasicAuthRequireTLS",
    "login": LOGIN,
}
TEMPLATED = {"vault_word": WORD, "half": WORD[:9], "rest": WORD[9:]}

Source = tuple[dict[str, Any], dict[str, str]]
SOURCES: dict[str, Source] = {
    "ansible_password": ({"ansible_password": WORD}, {}),
    "ansible_password from a vault": ({"ansible_password": "{{ vault_word }}"}, {}),
    "ansible_password of two halves": ({"ansible_password": "{{ half ~ rest }}"}, {}),
    "ansible_winrm_pass": ({"ansible_winrm_pass": WORD}, {}),
    "ansible_winrm_pass from a vault": ({"ansible_winrm_pass": "{{ vault_word }}"}, {}),
    "ansible_winrm_password": ({"ansible_winrm_password": WORD}, {}),
    "ansible_winrm_password from a vault": ({"ansible_winrm_password": "{{ vault_word }}"}, {}),
    "the proxy": ({"ansible_winrm_proxy": f"http://squid:{quote(WORD, safe='')}@proxy.firma.local:3128"}, {}),
    "the proxy, from a vault": ({"ansible_winrm_proxy": "http://squid:{{ vault_word | urlencode }}@proxy:3128"}, {}),
    "-k or a file": ({}, {"conn_pass": WORD}),
    "become, from a vault": ({"ansible_become_password": "{{ vault_word }}"}, {}),
    "become, by its short name": ({"ansible_become_pass": WORD}, {}),
    "-K or a file": ({}, {"become_pass": WORD}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_connections_own_password_is_never_repeated(source: str) -> None:
    """By an output without a reply, by a failing cmdlet, by the connection that breaks."""
    variables, passwords = SOURCES[source]

    def fail(reply: dict[str, Any]) -> dict[str, Any]:
        for result in reply["results"]:
            result |= {"status": "failed", "error": {"message": f"Nein: {WORD}."}}
        return {**reply, "warnings": [f"Nein: {json.dumps(WORD)}."]}

    def stray(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        return 1, b"", f"Nein: {WORD}.".encode()

    def broken(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        raise ConnectionResetError(104, f"Nein: {WORD!r}.")

    for answer in (twin("sbs2011", fail), stray, broken):
        told = json.dumps(Shell(answer, {**TEMPLATED, **variables}, passwords).run("send_connector", DESIRED))
        assert "Nein: " in told and HIDDEN in told
        assert [piece for piece in PIECES if piece in told] == []


NTLM = {"ansible_winrm_transport": "ntlm"}
BASIC = {"ansible_winrm_transport": "basic"}
HTTP = {"ansible_winrm_scheme": "http"}
HTTPS = {"ansible_winrm_scheme": "https"}
NEVER = {"ansible_winrm_message_encryption": "never"}
IN_CLEAR: dict[str, dict[str, Any]] = {
    "basic": {"ansible_winrm_transport": "basic"},
    "plaintext": {"ansible_winrm_transport": "plaintext"},
    "ssl without TLS": {"ansible_winrm_transport": "ssl"},
    "certificate without TLS": {"ansible_winrm_transport": "certificate"},
    "a list": {"ansible_winrm_transport": ["basic"]},
    "one of several": {"ansible_winrm_transport": ["ntlm", "basic"]},
    "one of several in a text": {"ansible_winrm_transport": "ntlm,plaintext"},
    "a template": {"ansible_winrm_transport": "{{ chosen }}", "chosen": "basic"},
    "a template of a list": {"ansible_winrm_transport": "{{ chosen }}", "chosen": ["ntlm", "basic"]},
    "capitals": {"ansible_winrm_transport": "Basic"},
    "no transport, which is plaintext": {"ansible_winrm_transport": None},
    "an empty list, which is plaintext": {"ansible_winrm_transport": []},
    "another port": {"ansible_port": 80, **HTTP, "ansible_winrm_transport": "basic"},
    "another name of the port": {"ansible_port": 5986, "ansible_winrm_port": 5985, "ansible_winrm_transport": "basic"},
    "the port as a template": {"ansible_port": "{{ chosen }}", "chosen": 5985, "ansible_winrm_transport": "basic"},
    "the port of https": {"ansible_port": 5986, **HTTP, "ansible_winrm_transport": "basic"},
    "the scheme as a template": {
        "ansible_port": 80,
        "ansible_winrm_scheme": "{{ 'http' }}",
        "ansible_winrm_transport": "basic",
    },
    "basic, said to be encrypted": {"ansible_winrm_transport": "basic", "ansible_winrm_message_encryption": "always"},
}
NEVER_ENCRYPTED: dict[str, dict[str, Any]] = {
    "ntlm": {**NTLM, **NEVER},
    "kerberos": {"ansible_winrm_transport": "kerberos", **NEVER},
    "credssp": {"ansible_winrm_transport": "credssp", **NEVER},
    "a template": {**NTLM, "ansible_winrm_message_encryption": "{{ chosen }}", "chosen": "never"},
    "kerberos by the user's name": {"ansible_winrm_transport": None, "ansible_user": "a@firma.local", **NEVER},
}
FINE: dict[str, dict[str, Any]] = {
    "ntlm over http": NTLM,
    "ntlm, always encrypted": {**NTLM, "ansible_winrm_message_encryption": "always"},
    "kerberos by the user's name": {"ansible_winrm_transport": None, "ansible_user": "a@firma.local"},
    "credssp": {"ansible_winrm_transport": "credssp"},
    "basic over https": {**HTTPS, "ansible_port": 5986, "ansible_winrm_transport": "basic"},
    "https on the port of http": {**HTTPS, "ansible_winrm_transport": "basic", **NEVER},
    "https by default": {"ansible_port": 5986, "ansible_winrm_transport": ["plaintext"]},
    "https by default, on any port": {"ansible_port": 8443, "ansible_winrm_transport": None},
    "a host whose certificate is not looked at": {
        **HTTPS, **NTLM, "ansible_winrm_server_cert_validation": "ignore",
    },
    "a certificate of our own": {
        **HTTPS, "ansible_winrm_transport": "ssl", "ansible_winrm_cert_pem": "/a",
        "ansible_winrm_server_cert_validation": "ignore",
    },
}  # fmt: skip
TO_ANYBODY: dict[str, dict[str, Any]] = {
    "basic": {**HTTPS, "ansible_winrm_transport": "basic"},
    "ssl": {**HTTPS, "ansible_winrm_transport": "ssl"},
    "by default": {"ansible_port": 5986, "ansible_winrm_transport": None},
    "a template": {**HTTPS, "ansible_winrm_transport": "{{ ['plaintext'] }}"},
}


@pytest.mark.parametrize(
    ("key", "variables"),
    [("connection_in_clear", row) for row in IN_CLEAR.values()]
    + [("connection_never_encrypted", row) for row in NEVER_ENCRYPTED.values()],
    ids=[*IN_CLEAR, *(f"never: {name}" for name in NEVER_ENCRYPTED)],
)
def test_what_others_can_read_is_refused_before_connecting(key: str, variables: dict[str, Any]) -> None:
    shell = Shell(twin("sbs2011"), {"ansible_password": WORD, **variables})
    result = shell.run("send_connector", DESIRED)
    assert (result["failed"], result["changed"], shell.opened) == (True, False, 0)
    assert [key_of(Reason(**reason)) for reason in result["reasons"]] == [key]
    assert "ansible_winrm_" in result["reasons"][0]["remedy"] and "https" in result["reasons"][0]["remedy"]


@pytest.mark.parametrize("noun", ACTIONS)
def test_no_action_connects_that_way(noun: str) -> None:
    shell = Shell(twin("sbs2011"), IN_CLEAR["basic"])
    assert "in clear text" in shell.run(noun, {})["msg"] and shell.opened == 0


ROOMY = {"profile": "sbs2011", "max_memory_per_shell_mb": 1024}


@pytest.mark.parametrize(("found", "told"), [(150, True), (511, True), (512, False), (0, False), (None, False)])
def test_ping_tells_of_a_shell_too_small_for_exchange(found: int | None, told: bool) -> None:
    result = Shell(twin({**ROOMY, "max_memory_per_shell_mb": found})).run("ping", {})
    assert result["ping"] == "pong"
    assert [f"{found} MB" in notice for notice in result.get("warnings", ())] == [True] * told


@pytest.mark.parametrize("name", FINE)
def test_what_nobody_can_read_is_taken(name: str) -> None:
    shell = Shell(twin(ROOMY), {"ansible_password": WORD, **FINE[name]})
    result = shell.run("ping", {})
    assert (result.get("ping"), shell.opened, result.get("warnings")) == ("pong", 1, None)


@pytest.mark.parametrize("name", TO_ANYBODY)
def test_a_password_for_whoever_answers_is_a_notice(name: str) -> None:
    ignoring = {"ansible_winrm_server_cert_validation": "ignore", **TO_ANYBODY[name]}
    (notice,) = Shell(twin(ROOMY), ignoring).run("ping", {})["warnings"]
    assert "ansible_winrm_server_cert_validation" in notice and "ntlm" in notice
