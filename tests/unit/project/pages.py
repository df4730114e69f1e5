"""Links of Markdown pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
WORDS = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(\s*<?([^)>\s]+)|^\[[^\]]+\]:\s*<?([^>\s]+)|\b(?:href|src)=[\"']([^\"']+)", re.MULTILINE)


def links(text: str) -> Iterator[str]:
    """Where a page leads, in any of Markdown's ways, but for what is code."""
    for found in LINK.finditer(WORDS.sub("", BLOCK.sub("", text))):
        yield next(target for target in found.groups() if target)


def anchors(text: str) -> set[str]:
    """The names that a page's headings have as targets."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def leads_somewhere(root: Path, page: Path, link: str) -> bool:
    """Whether a page's link is a whole address, or a file, folder or heading below ``root``."""
    if re.match(r"[a-z]+:", link):
        return True
    path, _, anchor = link.partition("#")
    target = (root / page.parent / path).resolve() if path else root / page
    there = target.is_relative_to(root.resolve()) and target.exists()
    return there and (not anchor or anchor in anchors(target.read_text()))


def dead_links(root: Path, page: Path) -> list[str]:
    """The links of a page (below ``root``) that lead nowhere."""
    return [f"{page}: {link}" for link in links((root / page).read_text()) if not leads_somewhere(root, page, link)]
