# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Characters that nobody sees, and letters that look like others: one table for all that reads names and logins."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Unicode's Default_Ignorable_Code_Point, whatever their categories."""
_EMPTY = "\u2800"
"""A sign of Braille without a dot."""
_UNSEEN = re.compile(f"[{_EMPTY}{''.join(f'{chr(first)}-{chr(last)}' for first, last in _IGNORABLE)}]")

_CAPITALS = {
    "A": "ΑАᎪꓮⲀ",
    "B": "ΒВᏴꓐⲂ",
    "C": "ϹСᏟꓚⲤ",
    "D": "Ꭰꓓ",
    "E": "ΕЕᎬꓰ",
    "F": "Ϝꓝ",
    "G": "ԌᏀꓖ",
    "H": "ΗНᎻꓧⲎ",
    "I": "ΙІꓲⲒ",
    "J": "ͿЈᎫꓙ",
    "K": "ΚКᏦꓗⲔ",
    "L": "ԼᏞꓡ",
    "M": "ΜϺМᎷꓟⲘ",
    "N": "ΝꓠⲚ",
    "O": "ΟОՕꓳⲞ",
    "P": "ΡРᏢꓑⲢ",
    "Q": "Ԛ",
    "R": "ᎡᏒꓣ",
    "S": "ЅՏᏕᏚꓢ",
    "T": "ΤТᎢꓔⲦ",
    "U": "Սꓴ",
    "V": "ѴᏙꓦ",
    "W": "ԜᎳꓪ",
    "X": "ΧХꓫⲬ",
    "Y": "ΥУҮᎩꓬⲨ",
    "Z": "ΖᏃꓜ",
    "4": "Ꮞ",
    "5": "Ƽ",
}
_SMALL = {
    "a": "ɑαаᴀ⍺",
    "b": "ƅβвьʙᏏᑲ",
    "c": "ϲсᴄⲥ",
    "d": "ԁᴅꓒᑯ",
    "e": "εеҽᴇ℮ꬲ",
    "f": "ϝքꜰꞙẝ",
    "g": "ɡɢցԍᶃ",
    "h": "һнհʜᏂⲏ",
    "i": "ıɩɪιіꙇᎥⲓ",
    "j": "ϳјȷᴊ",
    "k": "ĸκкᴋⲕ",
    "l": "ӏǀʟוןߊⵏ",
    "m": "мᴍⲙ",
    "n": "ƞηпոռɴⲛ",
    "o": "οоօסهەჿᴏᴑⲟ",
    "p": "ρрᴘ⍴ⲣ",
    "q": "ԛգզ",
    "r": "гʀᴦꭇⲅ",
    "s": "ѕƽꜱ",
    "t": "τтᴛⲧ",
    "u": "υսʋᴜ",
    "v": "νѵᴠט",
    "w": "ωѡաԝɯᴡ",
    "x": "χхᕁ×ⲭ",
    "y": "γуүɣʏყỿⲩ",
    "z": "ζᴢⲍ",
    "2": "ƨ",
    "3": "зʒȝɜӡ",
    "6": "бᏮ",
    "8": "ȣ",
}
"""The Latin letters and digits, and what looks like them in other alphabets (Greek, Cyrillic, Armenian, Hebrew, Arabic,
Cherokee, Lisu, Coptic) and among the rarer Latin letters. Capitals and small letters of one alphabet look like
different ones. Full width, mathematical and other forms of the same letter are known by their decomposition (NFKD)."""
_LATIN = {ord(other): letter for table in (_CAPITALS, _SMALL) for letter, others in table.items() for other in others}
_TURKISH = "\u0131"
"""The i without a dot, which stands beside Latin letters in a name such as S\u0131la."""
_WORD = re.compile(rf"[\w{''.join(map(chr, _LATIN))}]+")


def is_unseen(character: str) -> bool:
    """Whether a character leaves no mark, or shapes only those beside it."""
    return bool(_UNSEEN.match(character)) or unicodedata.category(character) == "Cf"


def without_unseen(text: str) -> str:
    """A text as it is seen."""
    return text if text.isascii() else "".join(each for each in text if not is_unseen(each))


def latin(text: str) -> str:
    """A text in Latin letters and digits as far as its own look like them; capitals stay capitals, and accents stay."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_LATIN)).translate(_LATIN)
    digits = (str(unicodedata.decimal(each, each)) for each in apart)
    return unicodedata.normalize("NFKC", "".join(digits))


def mixed_letters(text: str) -> Iterator[int]:
    """Where in a text a letter only looks like the Latin ones beside it in its word, or is another form of one."""
    for word in _WORD.finditer(text):
        if word[0].isascii() or not latin(word[0]).isascii():
            continue
        beside = any(each.isascii() and each.isalpha() for each in word[0])
        for at, each in enumerate(word[0], word.start()):
            if not each.isascii() and each != _TURKISH and (beside or unicodedata.normalize("NFKD", each).isascii()):
                yield at
