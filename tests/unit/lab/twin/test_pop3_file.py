"""Byte order marks of the accounts file."""

from __future__ import annotations

import base64

import pytest

from tests.unit.lab.twin.pop3_commands import (
    code,
    machine_with,
    output,
)


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfA\xff\n-\n", b"\xff\xfeA\x00\x00\xd8-\x00", b"\xff\xfeA", b"\xff\xfe\x00\x00A\x00\x00"],
)
def test_bytes_that_are_no_text_of_their_mark(data: bytes) -> None:
    machine = machine_with()
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    assert code(machine, "Read-Pop3Records") == "pop3_file_unreadable"
    outside = output(machine, "Read-Pop3Records", Content=False)
    assert (outside["Length"], outside["Masked"], outside["Secrets"]) == (len(data), None, [])


@pytest.mark.parametrize("codec", ["utf-16-be", "utf-32-le", "utf-32-be"])
def test_the_other_byte_order_marks(codec: str) -> None:
    data = "\ufeffEntropy:Zm9v\rPassword:YmFy\r\nx\x85y\n-\n".encode(codec)
    machine = machine_with()
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    masked = base64.b64decode(output(machine, "Read-Pop3Records")["Masked"])
    assert masked.decode(codec) == "\ufeffEntropy:xxxx\rPassword:xxxx\r\nx\x85y\n-\n"
