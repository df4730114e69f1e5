"""The accounts file: whatever bytes come in, the same bytes go out or it is refused; its lines, blocks and offsets."""

from __future__ import annotations

import codecs
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.records import parse
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE
from tests.unit.plugin_utils.pop3_connector.pop3_file import SHAPES, Shape, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import Pop3Host, declared, options, subject
from tests.unit.plugin_utils.run.examples import keys_of, run_one

every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
BOMS = [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE]
PIECES = st.sampled_from(
    ["Pop3Account:", "Server:a", "Port:1", "-", "\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "ö", ":", "-\n", "\x01"]
)


@given(st.sampled_from(BOMS), st.binary(max_size=200))
def test_any_bytes_come_out_again_or_are_refused(bom: bytes, body: bytes) -> None:
    data = bom + body
    try:
        assert parse(data, "here").render() == data
    except HostRefused as refused:
        assert keys_of(refused) == ["pop3_file_unreadable"]


@given(st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"]), st.lists(PIECES, max_size=40))
def test_any_lines_come_out_again_and_stand_where_they_say(codec: str, pieces: list[str]) -> None:
    bom = {"utf-16-le": BOMS[2], "utf-16-be": BOMS[3], "utf-32-le": BOMS[4]}.get(codec, b"")
    data = bom + "".join(pieces).encode(codec)
    records = parse(data, "here")
    assert records.render() == data
    at = len(bom)
    for line in records.all_lines:
        assert line.offset == at
        assert data[line.offset : line.after].decode(records.encoding.name) == line.text + line.end
        value = data[line.value_offset : line.value_offset + line.value_length]
        assert line.key is None or value.decode(records.encoding.name) == line.value
        at = line.after
    assert at == len(data)


@every_shape
def test_every_shape_comes_out_again(shape: Shape) -> None:
    data = data_of(shape, account(1), account(2))
    records = parse(data, "here")
    assert records.render() == data
    assert [block.line("Username").value for block in records.accounts if block.line("Username")] == [  # type: ignore[union-attr]
        "user1@beispiel.de",
        "user2@beispiel.de",
    ]


@every_shape
@pytest.mark.parametrize("count", [2, 3])
def test_the_head_is_told_from_the_first_record(shape: Shape, count: int) -> None:
    records = parse(data_of(shape, *(account(n) for n in range(count))), "here")
    keys = [[line.key for line in block.own_lines] for block in records.accounts]
    assert keys[0] == keys[1] and keys[0][-1] is None


def begin_of(text: str) -> int | None:
    return parse(text.encode(), "here").blocks[0].begin


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("Pop3Account:\n-\n", 0),
        ("Entropy:x\nPop3Account:\n-\n", 1),
        ("Version:1\nEntropy:x\nPop3Account:\n-\n", None),
        ("Id:1\nPop3Account:\n-\n", None),
        ("Entropy:x\nId:1\nPop3Account:\n-\nId:2\nPop3Account:\n-\n", 1),
        ("Id:1\nPop3Account:\n-\nPop3Account:\n-\n", 1),
        ("Pop3Account:\n-\nId:2\nPop3Account:\n-\n", None),
        ("Id:1\nPop3Account:\n-\nPop3Account:\n-\nId:2\nPop3Account:\n-\n", None),
        ("\nPop3Account:\n-\n", 1),
        ("Entropy:x\nId:1\nPop3Account:\n-\n\nId:2\nPop3Account:\n-\n", 1),
        ("Other:1\n-\nPop3Account:\n-\n", 0),
    ],
)
def test_where_the_first_record_begins(text: str, begin: int | None) -> None:
    assert begin_of(text) == begin


def test_a_block_of_both_kinds_is_none() -> None:
    assert parse(b"Pop3Account:\nSmtpServer:\n-\n", "here").accounts == ()


@pytest.mark.parametrize("text", ["a:b\n", "Username:-\n", "- \n", " -\n", "--\n"])
def test_only_a_lone_dash_ends_a_block(text: str) -> None:
    records = parse(text.encode(), "here")
    assert records.blocks == () and len(records.rest) == 1


def test_a_file_that_ends_within_a_record_is_cut() -> None:
    assert parse(b"Pop3Account:\nServer:x\n", "here").cut
    assert not parse(b"Pop3Account:\nServer:x\n-\nloose\n", "here").cut


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    (block,) = parse(b"Server: \tpop.x  \n-\n", "here").blocks
    line = block.lines[0]
    assert (line.value, line.value_offset, line.value_length) == ("pop.x", 9, 5)


@pytest.mark.parametrize(
    ("data", "evident", "text", "encoded"),
    [
        (b"a\n", False, "ö", None),
        (b"a\n", False, "a", b"a"),
        ("ö\n".encode(), True, "ü€", "ü€".encode()),
        (b"\xf6\n", True, "ü", b"\xfc"),
        (b"\xf6\n", True, "\u20ac", None),
        (codecs.BOM_UTF16_LE + "a".encode("utf-16-le"), True, "ö", b"\xf6\x00"),
    ],
)
def test_a_text_is_encoded_only_where_the_file_shows_how(
    data: bytes, evident: bool, text: str, encoded: bytes | None
) -> None:
    encoding = parse(data, "here").encoding
    assert encoding.evident is evident
    if encoded is None:
        with pytest.raises(UnicodeEncodeError):
            encoding.encode(text)
    else:
        assert encoding.encode(text) == encoded


def test_a_thousand_accounts_take_no_second() -> None:
    data = data_of(SHAPES[5], *(account(n) for n in range(1000)))
    begin = time.perf_counter()
    assert parse(data, "here").render() == data
    assert time.perf_counter() - begin < 1


def _inside(data: bytes, what: bytes) -> bytes:
    """The bytes with others over some in the middle, where a character begins."""
    middle = len(data) // 4 * 2
    return data[:middle] + what + data[middle + len(what) :]


NOISE = hashlib.shake_256(b"pop3records").digest(400)
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "all NUL": lambda data: bytes(len(data)),
    "NUL behind its byte order mark": lambda data: data[:2] + bytes(len(data) // 2 * 2),
    "random bytes": lambda data: NOISE,
    "random letters": lambda data: NOISE.hex().encode(),
    "NULs inside": lambda data: _inside(data, bytes(8)),
    "NULs at the end": lambda data: data + bytes(8),
    "a page of NULs first": lambda data: bytes(4096) + data,
}


@every_shape
@pytest.mark.parametrize("corrupt", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_refused_and_its_backups_are_named(
    shape: Shape, corrupt: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    host = Pop3Host(corrupt(data_of(shape, account(1), account(2))))
    host.backups = {"pop3records.dat.20260101T000000Z.bak": b"", "pop3records.dat.20260201T000000Z.bak": b""}
    for desired in (options(declared(1)), {}):
        before = host.data
        with pytest.raises(HostRefused) as refused:
            run_one(subject(desired, tmp_path), host.session(), NO_EXCHANGE, lambda data: "", check_mode=False)
        assert keys_of(refused.value) == ["pop3_file_damaged"] and host.data == before
        assert all(name in str(refused.value) for name in host.backups)


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"Entropy:x\r\n", b"-\r\n", b"Pop3Account:\x0b\r\nServer:\x01\r\n-\r\n", b"Pop3Account:\x80\n-\n"],
    ids=repr,
)
def test_what_is_only_odd_is_not_damaged(data: bytes) -> None:
    assert parse(data, "here").damage is None
