"""Kinds of values: a declaration in, its canonical form or a refusal out; and what a host prints in every language."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import (
    AddressSpaces,
    Boolean,
    Choice,
    Flags,
    HostName,
    Integer,
    IpAddress,
    Kind,
    Limit,
    LocalPath,
    Names,
    ServerNames,
    Size,
    SmartHosts,
    Text,
    TimeSpan,
    Unreadable,
    ip_address,
)
from lab.exchange import values as printed_by
from lab.exchange.texts import Language

steady = settings(deadline=None, derandomize=True)

MOST = 2**31 - 1
TEXT, BOOLEAN, PORT, SIZE, SPAN = Text(20), Boolean(), Integer(1, 65535), Size(MOST), TimeSpan(1, 86400)
CHOICE = Choice("None", "BasicAuth", "BasicAuthRequireTLS")
FLAGS = Flags("Default", "DowngradeAuthFailures", "DowngradeDnsFailures")
NAMES, SERVERS, SMART_HOSTS, SPACES = Names(), ServerNames(), SmartHosts(), AddressSpaces()
DOMAIN, WILDCARD, ADDRESS = HostName(), HostName(wildcard=True), IpAddress()
LIMIT, PATH = Limit(1, MOST), LocalPath()
LOG_SIZE, FILE_SIZE = Size(2**63 - 1024, least=1024**2), Size(4 * 1024**3, least=1, unlimited=False)
KINDS: list[Kind] = [
    TEXT,
    BOOLEAN,
    PORT,
    SIZE,
    SPAN,
    CHOICE,
    FLAGS,
    NAMES,
    SERVERS,
    SMART_HOSTS,
    SPACES,
    DOMAIN,
    WILDCARD,
    ADDRESS,
    LIMIT,
    PATH,
    LOG_SIZE,
    FILE_SIZE,
]
LISTS = (FLAGS, NAMES, SERVERS, SMART_HOSTS, SPACES)


def name_of(kind: Any) -> str | None:
    """A test's name shows the kind, and other values as pytest shows them."""
    return type(kind).__name__ if isinstance(kind, Kind) else None


def is_refused(kind: Kind, desired: Any) -> bool:
    try:
        kind.parse(desired)
    except ValueError as error:
        return bool(str(error))
    return False


def names(*members: str) -> frozenset[str]:
    return frozenset(members)


DECLARATIONS: list[tuple[Kind, Any, Any]] = [
    (TEXT, "managed by Ansible", "managed by Ansible"),
    (TEXT, "Größe “ü”", "Größe “ü”"),
    (TEXT, "two\r\nlines\tand", "two\r\nlines\tand"),
    (TEXT, "x" * 20, "x" * 20),
    (Text(), "x" * 1024, "x" * 1024),
    (TEXT, "", None),
    (TEXT, 2011, "2011"),
    (TEXT, 1.5, "1.5"),
    (BOOLEAN, True, True),
    (BOOLEAN, False, False),
    (BOOLEAN, "yes", True),
    (BOOLEAN, " On ", True),
    (BOOLEAN, "TRUE", True),
    (BOOLEAN, "no", False),
    (BOOLEAN, "off", False),
    (BOOLEAN, "False", False),
    (PORT, 587, 587),
    (PORT, "587", 587),
    (PORT, " 25 ", 25),
    (PORT, 1, 1),
    (PORT, 65535, 65535),
    (Integer(-5, 5), "-5", -5),
    (CHOICE, "BasicAuth", "BasicAuth"),
    (CHOICE, " basicauthrequiretls ", "BasicAuthRequireTLS"),
    (CHOICE, "none", "None"),
    (FLAGS, ["default"], names("Default")),
    (FLAGS, "DowngradeDnsFailures, DowngradeAuthFailures", names("DowngradeAuthFailures", "DowngradeDnsFailures")),
    (FLAGS, ("DowngradeDnsFailures", "downgradednsfailures"), names("DowngradeDnsFailures")),
    (SIZE, "10MB", 10 * 1024**2),
    (SIZE, " 10 mb ", 10 * 1024**2),
    (SIZE, "1.5KB", 2048),
    (SIZE, "1GB", 1024**3),
    (SIZE, "2GB", 2 * 1024**3),
    (SIZE, MOST, 2 * 1024**3),
    (SIZE, 1, 1024),
    (SIZE, "1024B", 1024),
    (SIZE, 1025, 2048),
    (SIZE, 0, 0),
    (SIZE, "Unlimited", "unlimited"),
    (LOG_SIZE, "1MB", 1024**2),
    (LOG_SIZE, "1.5TB", 3 * 1024**4 // 2),
    (LOG_SIZE, 2**63 - 1024, 2**63 - 1024),
    (LOG_SIZE, "9223372036854774783", 2**63 - 1024),
    (LOG_SIZE, "unlimited", "unlimited"),
    (FILE_SIZE, 1, 1024),
    (FILE_SIZE, "4GB", 4 * 1024**3),
    (SPAN, " 00:10:00 ", 600),
    (SPAN, "0:0:1", 1),
    (SPAN, "1.00:00:00", 86400),
    (SPAN, "0.23:59:59", 86399),
    (SPAN, "00:10:00.0000000", 600),
    (SPAN, 36000, 36000),
    (SPAN, "600", 600),
    (NAMES, ["SBS", "sbs", "EX1"], names("sbs", "ex1")),
    (NAMES, [], names()),
    (NAMES, "a, b", names("a", "b")),
    (SERVERS, ["SBS", "ex1"], names("sbs", "ex1")),
    (SERVERS, "SBS.nt4admins.local", names("sbs")),
    (SMART_HOSTS, ["smtp.strato.de"], names("smtp.strato.de")),
    (SMART_HOSTS, "SMTP.Strato.DE., relay", names("smtp.strato.de", "relay")),
    (SMART_HOSTS, {"10.0.0.1", "[10.0.0.2]"}, names("10.0.0.1", "10.0.0.2")),
    (SMART_HOSTS, ["2001:0DB8:0:0::1"], names("2001:db8::1")),
    (SMART_HOSTS, ["_smtp.strato.de"], names("_smtp.strato.de")),
    (SMART_HOSTS, [], names()),
    (SPACES, "*", names("SMTP:*;1")),
    (SPACES, ["smtp:*", "*;1"], names("SMTP:*;1")),
    (SPACES, ["Beispiel.DE;100"], names("SMTP:beispiel.de;100")),
    (SPACES, ["SMTP:*.beispiel.de; 5"], names("SMTP:*.beispiel.de;5")),
    (SPACES, ["x400:c=US;2"], names("X400:c=US;2")),
    (SPACES, [], names()),
    (DOMAIN, "Mail.Beispiel.de.", "mail.beispiel.de"),
    (DOMAIN, "sbs", "sbs"),
    (DOMAIN, "", None),
    (WILDCARD, "*.Strato.de", "*.strato.de"),
    (WILDCARD, "strato.de", "strato.de"),
    (ADDRESS, " 10.0.0.1 ", "10.0.0.1"),
    (ADDRESS, "2001:DB8::0:1", "2001:db8::1"),
    (LIMIT, 20, 20),
    (LIMIT, "20", 20),
    (LIMIT, " Unlimited ", "unlimited"),
    (PATH, "D:\\Logs", "D:\\Logs"),
    (PATH, " d:\\Größe & Co\\SmtpSend\\ ", "d:\\Größe & Co\\SmtpSend"),
    (PATH, "D:\\", "D:\\"),
    (PATH, "", None),
]

REFUSED: list[tuple[Kind, Any]] = [
    (TEXT, "x" * 21),
    (Text(), "x" * 1025),
    (TEXT, "nul\x00"),
    (TEXT, "escape\x1b[31m"),
    (BOOLEAN, "ja"),
    (BOOLEAN, ""),
    (BOOLEAN, 1),
    (BOOLEAN, 0),
    (PORT, 0),
    (PORT, 65536),
    (PORT, -25),
    (PORT, ""),
    (PORT, "25.0"),
    (PORT, "0x19"),
    (PORT, "fünf"),
    (PORT, "9" * 5000),
    (CHOICE, ""),
    (CHOICE, "Basic"),
    (CHOICE, "BasicAuth, None"),
    (CHOICE, ["None"]),
    (FLAGS, []),
    (FLAGS, ""),
    (FLAGS, ["Default", "DowngradeDnsFailures"]),
    (FLAGS, "DowngradeCustomFailures"),
    (FLAGS, "Default,"),
    (SIZE, ""),
    (SIZE, "-1"),
    (SIZE, "MB"),
    (SIZE, "10TB"),
    (SIZE, "10 MiB"),
    (SIZE, "1,5MB"),
    (SIZE, "10MB\x00"),
    (SIZE, "größe"),
    (SIZE, MOST + 2),
    (SIZE, "2.1GB"),
    (SIZE, math.inf),
    (SIZE, math.nan),
    (LOG_SIZE, 0),
    (LOG_SIZE, "1023KB"),
    (LOG_SIZE, 2**63),
    (LOG_SIZE, "8388608TB"),
    (FILE_SIZE, "unlimited"),
    (FILE_SIZE, 0),
    (FILE_SIZE, "4.1GB"),
    (SPAN, ""),
    (SPAN, "10 Minuten"),
    (SPAN, "24:00:00"),
    (SPAN, "00:60:00"),
    (SPAN, "00:00:60"),
    (SPAN, "00:10"),
    (SPAN, "00:00:00.5"),
    (SPAN, "00:00:00"),
    (SPAN, 0),
    (SPAN, "1.00:00:01"),
    (SPAN, 86401),
    (SPAN, -600),
    (NAMES, ["SBS", " "]),
    (NAMES, ["SBS", 1]),
    (NAMES, [["SBS"]]),
    (NAMES, "SBS,,EX1"),
    (SERVERS, ["S BS"]),
    (SERVERS, ["bürö"]),
    (SERVERS, [".local"]),
    (SMART_HOSTS, ["smtp.strato.de:587"]),
    (SMART_HOSTS, ["smtp://smtp.strato.de"]),
    (SMART_HOSTS, ["büro.de"]),
    (SMART_HOSTS, ["smtp strato.de"]),
    (SMART_HOSTS, ["smtp\x00.strato.de"]),
    (SMART_HOSTS, ["-smtp.strato.de"]),
    (SMART_HOSTS, ["smtp..strato.de"]),
    (SMART_HOSTS, ["1.2.3"]),
    (SMART_HOSTS, ["256.1.1.1"]),
    (SMART_HOSTS, ["10.0.0.0/8"]),
    (SMART_HOSTS, ["a" * 64 + ".de"]),
    (SMART_HOSTS, [".".join(["a" * 63] * 4)]),
    (SMART_HOSTS, "smtp.strato.de;587"),
    (SPACES, ["*;0"]),
    (SPACES, ["*;101"]),
    (SPACES, ["*;"]),
    (SPACES, ["*;-1"]),
    (SPACES, ["SMTP:"]),
    (SPACES, [";1"]),
    (SPACES, ["**"]),
    (SPACES, ["*beispiel.de"]),
    (SPACES, ["a.*.de"]),
    (SPACES, ["info@beispiel.de"]),
    (SPACES, ["müller.de"]),
    (SPACES, ["beispiel .de"]),
    (SPACES, ["beispiel\x07.de"]),
    (DOMAIN, " "),
    (DOMAIN, "*.beispiel.de"),
    (DOMAIN, "müller.de"),
    (DOMAIN, "mail beispiel.de"),
    (DOMAIN, "mail.beispiel.de\x00"),
    (DOMAIN, "."),
    (DOMAIN, "[10.0.0.1]"),
    (WILDCARD, "*"),
    (WILDCARD, "*.*.de"),
    (WILDCARD, "smtp.*.de"),
    (ADDRESS, ""),
    (ADDRESS, "10.0.0"),
    (ADDRESS, "10.0.0.1:25"),
    (ADDRESS, "[10.0.0.1]"),
    (ADDRESS, "smtp.strato.de"),
    (ADDRESS, "١٠.0.0.1"),
    (LIMIT, 0),
    (LIMIT, MOST + 1),
    (LIMIT, "10MB"),
    (LIMIT, "none"),
    (LIMIT, ""),
    (PATH, "Logs"),
    (PATH, "D:Logs"),
    (PATH, "/var/log"),
    (PATH, "D:\\a/b"),
    (PATH, "D:\\a*"),
    (PATH, "D:\\a\nb"),
    (PATH, "\\\\server\\logs"),
    (PATH, "D:\\" + "x" * 241),
]

# What is of the wrong type for every kind; floats have a table of their own, since two kinds take them.
WRONG_TYPES = [None, {}, {"a": "b"}, {"10MB": 1}, b"10", object, 1j, [None], [1], [True], [{}]]
SCALAR_ONLY = [[], ["10"], ("10",), {"10"}]


@pytest.mark.parametrize(("kind", "desired", "canonical"), DECLARATIONS, ids=name_of)
def test_a_wish_has_one_canonical_form(kind: Kind, desired: Any, canonical: Any) -> None:
    found = kind.parse(desired)
    assert found == canonical
    assert type(found) is type(canonical)


@pytest.mark.parametrize(("kind", "desired"), REFUSED, ids=name_of)
def test_a_wish_that_does_not_fit_is_refused(kind: Kind, desired: Any) -> None:
    assert is_refused(kind, desired)


@pytest.mark.parametrize("desired", WRONG_TYPES, ids=repr)
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_a_wish_of_the_wrong_type_is_refused(kind: Kind, desired: Any) -> None:
    assert is_refused(kind, desired)


@pytest.mark.parametrize("desired", SCALAR_ONLY, ids=repr)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in LISTS], ids=name_of)
def test_a_list_is_refused_where_one_value_is_meant(kind: Kind, desired: Any) -> None:
    assert is_refused(kind, desired)


@pytest.mark.parametrize("desired", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not BOOLEAN], ids=name_of)
def test_yes_and_no_are_refused_everywhere_else(kind: Kind, desired: bool) -> None:
    assert is_refused(kind, desired)


@pytest.mark.parametrize("desired", [587.0, 0.5, math.nan, math.inf])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if not isinstance(kind, Text | Size)], ids=name_of)
def test_a_fraction_is_refused_where_none_is_meant(kind: Kind, desired: float) -> None:
    assert is_refused(kind, desired)


@pytest.mark.parametrize("kind", LISTS, ids=name_of)
def test_a_number_is_no_list(kind: Kind) -> None:
    assert is_refused(kind, 1)


@pytest.mark.parametrize(
    ("kind", "desired", "expected"),
    [
        (TEXT, "x" * 21, "at most 20 characters"),
        (PORT, 0, "from 1 to 65535"),
        (PORT, "fünf", "from 1 to 65535"),
        (CHOICE, "Basic", "one of None, BasicAuth, BasicAuthRequireTLS"),
        (FLAGS, ["Default", "DowngradeAuthFailures"], "Default alone, or any of DowngradeAuthFailures"),
        (SIZE, "ten", "10MB, or unlimited"),
        (SIZE, "3GB", f"at most {MOST} bytes"),
        (LOG_SIZE, "1KB", "at least 1048576 and at most 9223372036854774784 bytes, or unlimited"),
        (FILE_SIZE, "5GB", "at least 1 and at most 4294967296 bytes"),
        (FILE_SIZE, "unlimited", "a size such as 10MB"),
        (SPAN, "ten", "00:10:00"),
        (LIMIT, 0, f"from 1 to {MOST}, or unlimited"),
        (PATH, "Logs", "a full path on a drive"),
        (SPAN, 86401, "from 00:00:01 to 1.00:00:00"),
        (SPACES, ["*;101"], "a cost from 1 to 100"),
        (SPACES, ["müller.de"], "a domain such as beispiel.de"),
        (SMART_HOSTS, ["a b"], "smtp.strato.de, or IP addresses"),
    ],
    ids=name_of,
)
def test_a_refusal_says_what_was_expected(kind: Kind, desired: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=expected.replace(".", r"\.")):
        kind.parse(desired)


HOST_FORMS: list[tuple[Kind, Any, Any]] = [
    (SPACES, ["SMTP:*;1", "X400:o=Site;c=us;1"], names("SMTP:*;1", "X400:o=Site;c=us;1")),
    (SPACES, ["SMTP:*;1", None, 5], names("SMTP:*;1", "None", "5")),
    (SMART_HOSTS, ["smtp.strato.de", None, {"Domain": "a"}], names("smtp.strato.de", "None", "{'Domain': 'a'}")),
    (TEXT, "", None),
    (BOOLEAN, True, True),
    (BOOLEAN, "False", False),
    (PORT, 25, 25),
    (PORT, "25", 25),
    (CHOICE, "BasicAuthRequireTLS", "BasicAuthRequireTLS"),
    (FLAGS, "DowngradeAuthFailures, DowngradeDnsFailures", names("DowngradeAuthFailures", "DowngradeDnsFailures")),
    (SIZE, "10 MB (10,485,760 bytes)", 10485760),
    (SIZE, "10 MB (10.485.760 bytes)", 10485760),
    (SIZE, "10 MB (10.485.760 Bytes)", 10485760),
    (SIZE, "10 MB (10\u00a0485\u00a0760 octets)", 10485760),
    (SIZE, "10 MB (10\u202f485\u202f760 octets)", 10485760),
    (SIZE, "10 MB (10'485'760 bytes)", 10485760),
    (SIZE, "10 MB (10485760 bytes)", 10485760),
    (SIZE, "1,001 MB (1.049.600 bytes)", 1049600),
    (SIZE, "500 B (500 bytes)", 500),
    (SIZE, "0 B (0 bytes)", 0),
    (SIZE, "2 GB (2,147,483,648 bytes)", 2**31),
    (SIZE, "unlimited", "unlimited"),
    (SIZE, "Unlimited", "unlimited"),
    (SIZE, 10485760, 10485760),
    (LOG_SIZE, "1 GB (1.073.741.824 Bytes)", 1024**3),
    (LOG_SIZE, "1.465 KB (1,500 bytes)", 1500),
    (LOG_SIZE, "Unlimited", "unlimited"),
    (FILE_SIZE, "10 MB (10.485.760 bytes)", 10 * 1024**2),
    (SPAN, "00:10:00", 600),
    (SPAN, "1.00:00:00", 86400),
    (SERVERS, ["SBS"], names("sbs")),
    (SMART_HOSTS, ["[10.0.0.1]", "smtp.strato.de"], names("10.0.0.1", "smtp.strato.de")),
    (SMART_HOSTS, ["[2001:db8::1]"], names("2001:db8::1")),
    (SMART_HOSTS, "[10.0.0.1]", names("10.0.0.1")),
    (SMART_HOSTS, ["smtp strato.de", "SMTP.gmx.net"], names("smtp strato.de", "smtp.gmx.net")),
    (SERVERS, ["SBS", "zwei worte"], names("sbs", "zwei worte")),
    (SPACES, ["SMTP:*;1"], names("SMTP:*;1")),
    (SPACES, ["smtp:Beispiel.de;3"], names("SMTP:beispiel.de;3")),
    (DOMAIN, "mail.beispiel.de", "mail.beispiel.de"),
    (ADDRESS, "0.0.0.0", "0.0.0.0"),
    (LIMIT, "1000", 1000),
    (LIMIT, "unlimited", "unlimited"),
    (PATH, "C:\\Program Files\\Logs\\", "C:\\Program Files\\Logs"),
]

NOT_UNDERSTOOD: list[tuple[Kind, Any]] = [
    (BOOLEAN, "Wahr"),
    (PORT, "fünfundzwanzig"),
    (PORT, 0),
    (CHOICE, "Kerberos"),
    (FLAGS, "Default, DowngradeCustomFailures"),
    (SIZE, ""),
    (SIZE, "10 MB (viele bytes)"),
    (SIZE, "( bytes)"),
    (SIZE, "(., bytes)"),
    (SIZE, "()"),
    (SIZE, "1,5 MB"),
    (SPAN, "10 Minuten"),
    (SPAN, "00:00:00"),
    (DOMAIN, "müller.de"),
    (ADDRESS, "localhost"),
    (ADDRESS, {"Address": 16777343}),
    (LIMIT, "unbegrenzt"),
    (PATH, "\\\\server\\logs"),
]


@pytest.mark.parametrize(("kind", "printed", "canonical"), HOST_FORMS, ids=name_of)
def test_what_a_host_prints_is_understood(kind: Kind, printed: Any, canonical: Any) -> None:
    assert kind.host(printed) == canonical


@pytest.mark.parametrize(("kind", "printed"), NOT_UNDERSTOOD, ids=name_of)
def test_what_is_not_understood_is_kept_and_shown_as_it_came(kind: Kind, printed: Any) -> None:
    found = kind.host(printed)
    assert found == Unreadable(str(printed))
    assert kind.show(found) == str(printed)


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_nothing_on_the_host_is_none(kind: Kind) -> None:
    assert kind.host(None) is None


@pytest.mark.parametrize(("kind", "desired", "canonical"), DECLARATIONS, ids=name_of)
def test_the_unreadable_equals_no_wish(kind: Kind, desired: Any, canonical: Any) -> None:
    assert Unreadable(str(desired)) != kind.parse(desired)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
LIKE_A_SIZE = st.from_regex(r"\A[0-9]{0,3} ?[KM]?B? ?\([0-9.,' \u00a0]*[a-z )]*\Z")


@steady
@given(kind=st.sampled_from(KINDS), value=JSON | LIKE_A_SIZE)
def test_reading_a_host_never_fails(kind: Kind, value: Any) -> None:
    found = kind.host(value)
    assert hash(found) is not None
    assert kind.show(found) is None or isinstance(kind.show(found), str | int | list)


# A declaration of each kind, as freely as it can be written.
LABEL = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,8}[a-z0-9]\Z")
DOMAINS = st.builds("{}.{}".format, LABEL, st.sampled_from(["de", "Example", "local"]))
ADDRESSES = st.ip_addresses().map(str)
DESIRED: list[tuple[Kind, st.SearchStrategy[Any]]] = [
    (TEXT, st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20)),
    (BOOLEAN, st.booleans() | st.sampled_from(["yes", "No", "on", "OFF", "true", "False"])),
    (PORT, st.integers(1, 65535) | st.integers(1, 65535).map(str)),
    (SIZE, st.integers(0, MOST) | st.just("unlimited") | st.builds("{}{}".format, st.integers(0, 2000), st.just("KB"))),
    (SPAN, st.integers(1, 86400)),
    (CHOICE, st.sampled_from(CHOICE.choices).map(str.upper)),
    (FLAGS, st.just(["Default"]) | st.lists(st.sampled_from(FLAGS.choices[1:]), min_size=1)),
    (NAMES, st.lists(LABEL.map(str.upper), max_size=4)),
    (SERVERS, st.lists(LABEL | DOMAINS, max_size=4)),
    (SMART_HOSTS, st.lists(DOMAINS | ADDRESSES | ADDRESSES.map("[{}]".format), max_size=4)),
    (SPACES, st.lists(st.builds("{};{}".format, st.just("*") | DOMAINS, st.integers(1, 100)), max_size=4)),
    (DOMAIN, st.just("") | DOMAINS),
    (WILDCARD, DOMAINS | DOMAINS.map("*.{}".format)),
    (ADDRESS, ADDRESSES),
    (LIMIT, st.integers(1, MOST) | st.just("unlimited")),
    (PATH, st.just("") | st.from_regex(r"\A[A-Z]:\\\\[a-z \\\\]{0,20}\Z")),
    (LOG_SIZE, st.integers(1024**2, 2**63 - 1024) | st.just("unlimited")),
    (FILE_SIZE, st.integers(1, 2**32) | st.builds("{}TB".format, st.just("0.001"))),
]
DESIRED_OF_A_KIND = st.one_of([st.tuples(st.just(kind), desired) for kind, desired in DESIRED])


def test_every_kind_has_wishes_to_try() -> None:
    assert [kind for kind, _ in DESIRED] == KINDS


@steady
@given(DESIRED_OF_A_KIND)
def test_a_wish_is_the_same_after_it_was_shown(case: tuple[Kind, Any]) -> None:
    kind, desired = case
    canonical = kind.parse(desired)
    assert canonical == (None if kind.show(canonical) is None else kind.parse(kind.show(canonical)))


@steady
@given(DESIRED_OF_A_KIND)
def test_a_wish_reads_back_from_its_own_parameter(case: tuple[Kind, Any]) -> None:
    kind, desired = case
    canonical = kind.parse(desired)
    nothing = canonical in (None, frozenset())
    assert kind.host(kind.parameter(canonical)) == (None if nothing else canonical)


@steady
@given(DESIRED_OF_A_KIND)
def test_a_parameter_and_a_shown_value_are_plain_json(case: tuple[Kind, Any]) -> None:
    kind, desired = case
    for value in (kind.parameter(kind.parse(desired)), kind.show(kind.parse(desired))):
        assert value is None or type(value) in (str, int, bool, list)


@steady
@given(size=st.integers(0, MOST), language=st.sampled_from(["en", "de"]))
def test_a_size_equals_what_exchange_makes_and_prints_of_it(size: int, language: Language) -> None:
    canonical = SIZE.parse(size)
    stored = printed_by.Size.parse(SIZE.parameter(canonical)).rounded_up_to_kb()
    assert SIZE.host(stored.display(language)) == canonical


@steady
@given(st.integers(0, MOST))
def test_a_size_is_whole_kilobytes_and_never_smaller_than_wished(size: int) -> None:
    canonical = SIZE.parse(size)
    assert isinstance(canonical, int)
    assert canonical % 1024 == 0
    assert 0 <= canonical - size < 1024


@steady
@given(st.integers(0, MOST))
def test_a_size_never_asks_exchange_for_more_than_it_takes(size: int) -> None:
    assert int(SIZE.parameter(SIZE.parse(size))) <= MOST


@steady
@given(st.integers(1, 86400))
def test_a_time_span_equals_what_exchange_prints_of_it(seconds: int) -> None:
    canonical = SPAN.parse(seconds)
    assert SPAN.host(printed_by.display_time_span(printed_by.parse_time_span(SPAN.parameter(canonical)))) == canonical


@steady
@given(st.lists(DOMAINS | ADDRESSES, max_size=4))
def test_smart_hosts_equal_what_exchange_prints_of_them(hosts: list[str]) -> None:
    canonical = SMART_HOSTS.parse(hosts)
    printed = [printed_by.parse_smart_host(host) for host in SMART_HOSTS.parameter(canonical) or []]
    assert SMART_HOSTS.host(printed) == canonical


@steady
@given(
    st.lists(st.builds("{}{};{}".format, st.sampled_from(["", "smtp:", "X400:"]), DOMAINS, st.integers(1, 100))),
)
def test_address_spaces_equal_what_exchange_prints_of_them(spaces: list[str]) -> None:
    canonical = SPACES.parse(spaces)
    printed = [printed_by.AddressSpace.parse(space).display() for space in SPACES.parameter(canonical) or []]
    assert SPACES.host(printed) == canonical


PARAMETERS: list[tuple[Kind, Any, Any]] = [
    (SIZE, "10MB", "10485760"),
    (SIZE, "2GB", "2147483647"),
    (LOG_SIZE, 2**63 - 1024, "9223372036854774784"),
    (FILE_SIZE, "4GB", "4294967296"),
    (SIZE, "unlimited", "unlimited"),
    (SPAN, 86400, "1.00:00:00"),
    (SPAN, 600, "00:10:00"),
    (FLAGS, ["DowngradeDnsFailures", "DowngradeAuthFailures"], "DowngradeAuthFailures, DowngradeDnsFailures"),
    (SMART_HOSTS, ["b.de", "[10.0.0.1]"], ["10.0.0.1", "b.de"]),
    (SMART_HOSTS, [], None),
    (SPACES, "*", ["SMTP:*;1"]),
    (PORT, "587", 587),
    (DOMAIN, "", None),
]

SHOWN: list[tuple[Kind, Any, Any]] = [
    (SIZE, "10240KB", "10MB"),
    (SIZE, "2GB", "2GB"),
    (LOG_SIZE, "2048GB", "2TB"),
    (SIZE, 1025, "2KB"),
    (SIZE, 0, "0B"),
    (SIZE, "UNLIMITED", "unlimited"),
    (SPAN, 90, "00:01:30"),
    (FLAGS, "default", ["Default"]),
    (SMART_HOSTS, ["b.de", "a.de"], ["a.de", "b.de"]),
    (SMART_HOSTS, [], []),
    (BOOLEAN, "yes", True),
    (TEXT, "", None),
]


@pytest.mark.parametrize(("kind", "desired", "parameter"), PARAMETERS, ids=name_of)
def test_a_wish_as_a_parameter_of_a_cmdlet(kind: Kind, desired: Any, parameter: Any) -> None:
    assert kind.parameter(kind.parse(desired)) == parameter


@pytest.mark.parametrize(("kind", "desired", "shown"), SHOWN, ids=name_of)
def test_a_wish_as_a_person_reads_it(kind: Kind, desired: Any, shown: Any) -> None:
    assert kind.show(kind.parse(desired)) == shown


def test_a_size_that_is_no_whole_kilobyte_is_shown_in_bytes() -> None:
    assert SIZE.show(SIZE.host("500 B (500 bytes)")) == "500B"


@pytest.mark.parametrize(
    ("kind", "type_and_elements"),
    [
        (TEXT, ("str", None)),
        (BOOLEAN, ("bool", None)),
        (PORT, ("int", None)),
        (SIZE, ("str", None)),
        (FLAGS, ("list", "str")),
        (SPACES, ("list", "str")),
    ],
    ids=name_of,
)
def test_a_kind_knows_its_type_in_ansibles_documentation(kind: Kind, type_and_elements: tuple[str, str | None]) -> None:
    assert (kind.ansible_type, kind.elements) == type_and_elements


@pytest.mark.parametrize(("text", "version"), [("10.0.0.1", 4), ("::1", 6)])
def test_an_ip_address_is_told_from_a_name(text: str, version: int) -> None:
    address = ip_address(text)
    assert address is not None
    assert address.version == version
    assert ip_address("smtp.strato.de") is None
