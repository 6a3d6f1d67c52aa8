"""Markdown as HTML that may stand in a page.

The text is rendered without raw HTML and cleaned afterwards, so that a page that quotes a user's
file or a foreign README cannot bring a script.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypedDict

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TOC_LEVELS: Final = ("h2", "h3")
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w]+")
_TAGS: Final = frozenset(
    {
        "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "img", "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr",
        "ul",
    }
)  # fmt: skip
_HEADINGS: Final = {f"h{level}": {"id"} for level in range(1, 7)}
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    **_HEADINGS,
}


class TocEntry(TypedDict):
    """A heading in the table of contents: its level (2, 3), anchor and text."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page: the first heading's text, the HTML below it, the table of contents."""

    title: str
    html: str
    toc: tuple[TocEntry, ...]


def render(markdown: str) -> Rendered:
    """Markdown (CommonMark with tables) as HTML that may stand in a page.

    Args:
        markdown: the text; raw HTML in it is shown, not used; links are http, https or mailto.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    title, toc, taken = "", [], set[str]()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type != "heading_open":
            at += 1
            continue
        text = _text(tokens[at + 1])
        if token.tag == "h1" and not title:
            title = text
            # The template shows the title itself.
            del tokens[at : at + 3]
            continue
        anchor = _anchor(text, taken)
        token.attrSet("id", anchor)
        if token.tag in _TOC_LEVELS:
            toc.append(TocEntry(level=int(token.tag[1]), id=anchor, text=text))
        at += 1
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Rendered(title, clean, tuple(toc))


def _text(inline: Token) -> str:
    """A heading's words without their marks."""
    children = inline.children or []
    return "".join(child.content for child in children if child.type in ("text", "code_inline"))


def _anchor(text: str, taken: set[str]) -> str:
    """Words joined by `-`, numbered when repeated; the prefix keeps off the page's own ids."""
    base = "help-" + (_NOT_IN_ANCHORS.sub("-", text.lower()).strip("-") or "section")
    anchor, number = base, 2
    while anchor in taken:
        anchor, number = f"{base}-{number}", number + 1
    taken.add(anchor)
    return anchor
