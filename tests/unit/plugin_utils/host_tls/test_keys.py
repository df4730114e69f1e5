"""Which values a key gets: facts in, values out, and never less allowed than before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.keys import (
    NAMES,
    ROWS,
    is_on,
    rows_of,
    with_parents,
)
from tests.unit.plugin_utils.host_tls.tls_host import ON, W2008R2, W2012, W2012R2

END, DOTNET, WINHTTP = (next(row for row in ROWS if row.option == option) for option in ("client", "dotnet", "winhttp"))
OLD = (6, 1, 7600)

# what is there, on which Windows, what is written
ENDS: dict[str, tuple[Mapping[str, int], tuple[int, ...], Mapping[str, int]]] = {
    "nothing": ({}, W2008R2, ON),
    "on already": (ON, W2008R2, {}),
    "on with another number": ({"Enabled": -1, "DisabledByDefault": 0}, W2008R2, {}),
    "disabled": ({"Enabled": 0, "DisabledByDefault": 1}, W2008R2, ON),
    "disabled alone": ({"Enabled": 0}, W2008R2, ON),
    "disabled by default": ({"Enabled": 1, "DisabledByDefault": 1}, W2008R2, {"DisabledByDefault": 0}),
    "enabled alone": ({"Enabled": 1}, W2008R2, {"DisabledByDefault": 0}),
    "the other alone": ({"DisabledByDefault": 0}, W2008R2, {"Enabled": 1}),
    "the other alone, and hidden": ({"DisabledByDefault": 1}, W2008R2, ON),
    "nothing since Windows 8": ({}, W2012, {}),
    "half a key since Windows 8": ({"Enabled": 1}, W2012, {"DisabledByDefault": 0}),
    "disabled since Windows 8": ({"Enabled": 0}, W2012, ON),
}


@pytest.mark.parametrize(("found", "windows", "written"), ENDS.values(), ids=ENDS)
def test_what_an_end_of_tls12_gets(
    found: Mapping[str, int], windows: tuple[int, ...], written: Mapping[str, int]
) -> None:
    assert END.wanted(found, windows) == written
    after = {**found, **written}
    assert is_on(after, windows) is True and END.wanted(after, windows) == {}


@pytest.mark.parametrize(("found", "written"), [(None, 1), (0, 1), (1, None), (2, 1), (-1, 1)])
def test_what_dotnet_gets(found: int | None, written: int | None) -> None:
    name = "SystemDefaultTlsVersions"
    wanted = {} if written is None else {name: written}
    assert DOTNET.wanted({} if found is None else {name: found}, W2008R2) == wanted


@pytest.mark.parametrize(
    ("found", "windows", "written"),
    [
        (None, W2008R2, 0xAA0),
        (None, W2012, 0xAA0),
        (None, W2012R2, None),
        (0, W2012R2, 0xA00),
        (0xA0, W2008R2, 0xAA0),
        (0x800, W2008R2, 0xA00),
        (0xA00, W2008R2, None),
        (0x2AA8, W2008R2, None),
        (-1, W2008R2, None),
        (-(2**31), W2008R2, 0xA00 - 2**31),
    ],
)
def test_what_winhttp_gets(found: int | None, windows: tuple[int, ...], written: int | None) -> None:
    name = "DefaultSecureProtocols"
    wanted = {} if written is None else {name: written}
    assert WINHTTP.wanted({} if found is None else {name: found}, windows) == wanted


DWORDS = st.none() | st.integers(-(2**31), 2**31 - 1) | st.sampled_from([0, 1, -1, 0xA0, 0xAA0])
WINDOWS = st.sampled_from([OLD, W2008R2, W2012, W2012R2, (10, 0, 20348)])


def allowed(option: str, numbers: Mapping[str, int], windows: tuple[int, ...]) -> set[int]:
    """What the values of a key allow, as numbers of which there must never be fewer."""
    if option in ("client", "server"):
        return {1} if is_on(numbers, windows) else set()
    if option == "dotnet":
        return {1} if numbers.get("SystemDefaultTlsVersions") == 1 else set()
    found = numbers.get("DefaultSecureProtocols")
    default = 0xA0 if windows < W2012R2 else 0xA80
    bits = default if found is None else found % 2**32
    return {bit for bit in range(32) if bits >> bit & 1}


@settings(deadline=None, derandomize=True)
@given(st.sampled_from(ROWS), st.data(), WINDOWS)
def test_nothing_is_ever_switched_off(row: object, data: st.DataObject, windows: tuple[int, ...]) -> None:
    """Over all values that may be there: what was allowed still is, and no value but the row's own is written."""
    found_row = next(each for each in ROWS if each is row)
    found = {name: value for name in found_row.names if (value := data.draw(DWORDS)) is not None}
    written = found_row.wanted(found, windows)
    after = {**found, **written}
    assert set(written) <= set(found_row.names) and all(-(2**31) <= value < 2**31 for value in written.values())
    assert allowed(found_row.option, found, windows) <= allowed(found_row.option, after, windows)
    assert found_row.wanted(after, windows) == {}


def test_strong_crypto_is_no_value_of_ours() -> None:
    assert {name for names in NAMES.values() for name in names} == {
        "Enabled",
        "DisabledByDefault",
        "SystemDefaultTlsVersions",
        "DefaultSecureProtocols",
    }


def test_the_keys_of_each_option_in_both_views() -> None:
    counts = {option: len(rows_of([option])) for option in ("client", "server", "dotnet", "winhttp", "restart")}
    assert counts == {"client": 1, "server": 1, "dotnet": 4, "winhttp": 2, "restart": 0}
    for option in ("dotnet", "winhttp"):
        paths = [row.path for row in rows_of([option])]
        assert len([path for path in paths if "Wow6432Node" in path]) == len(paths) / 2


def test_a_parent_stands_once_and_below_what_it_holds() -> None:
    paths = with_parents(rows_of(["client", "server"]))
    assert [path.rpartition("\\")[2] for path in paths] == ["Client", "Server", "TLS 1.2"]
