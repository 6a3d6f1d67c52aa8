"""Markdown of a help page as HTML that may stand in a page."""

from __future__ import annotations

import pytest

from omero_plugin_common.markdown_page import render

PAGE = """# A *plugin*

Text with `code`.

## First part
## First part
### Öl & Wasser

| a | b |
|---|---|
| 1 | 2 |
"""


def test_title_contents_and_text() -> None:
    page = render(PAGE)
    assert page.title == "A plugin"
    assert page.toc == (
        {"level": 2, "id": "help-first-part", "text": "First part"},
        {"level": 2, "id": "help-first-part-2", "text": "First part"},
        {"level": 3, "id": "help-öl-wasser", "text": "Öl & Wasser"},
    )
    assert '<h2 id="help-first-part">First part</h2>' in page.html
    assert "<h1" not in page.html
    assert "<code>code</code>" in page.html
    assert "<td>2</td>" in page.html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](javascript:alert(1))",
        '[x](http://a "\\" onclick=\\"alert(1)")',
        "## <svg onload=alert(1)>",
        "<a href='vbscript:x'>y</a>",
        '```x" onmouseover="alert(1)\n```',
    ],
)
def test_nothing_in_it_runs(markdown: str) -> None:
    html = render(markdown).html.lower()
    for tag in ("<script", "<svg", "<iframe", "<object"):
        assert tag not in html
    inside = [part.split(">")[0] for part in html.split("<")[1:]]
    for tag in inside:
        outside_quotes = "".join(tag.split('"')[::2])
        assert " on" not in outside_quotes
        assert "javascript:" not in tag
        assert "data:" not in tag
        assert "vbscript:" not in tag


def test_links_stay() -> None:
    html = render("[a](https://example.org/x) <https://example.org/y> [b](#help-x)").html
    assert 'href="https://example.org/x"' in html
    assert 'href="https://example.org/y"' in html
    assert 'href="#help-x"' in html


def test_a_page_without_headings_has_an_empty_table_of_contents() -> None:
    assert render("text").toc == ()
    assert render("").html == ""
