"""axe-core in the page: no violation that keeps somebody from using it.

The script is the one inside the distribution `axe-playwright-python`, pinned with its hash in
requirements/host.txt, so no registry is asked while tests run.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

from playwright.sync_api import Page

BLOCKING: Final = ("serious", "critical")
# WCAG 2.0 to 2.2, levels A and AA, and what axe's authors know to be good practice.
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Asked for the height first: only then does the browser begin what a change of style begins.
_TRANSITIONS_END: Final = """async () => {
  document.body.getBoundingClientRect();
  const moving = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(moving.map((each) => each.finished));
}"""


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def violations(page: Page, *, leave_out: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What axe-core finds on the page as it is now.

    Args:
        page: open, settled. Transitions, such as OMERO.web's 0.2 s to another text colour, are
            waited for here.
        leave_out: CSS selectors of parts that are not ours.
    """
    # Evaluated over the debugging protocol, so that a page's own policy does not stop it; without
    # `preload` it does not load style sheets a second time, into inline ones.
    page.evaluate(_axe())
    page.evaluate(_TRANSITIONS_END)
    exclude = [[selector] for selector in leave_out]
    found: dict[str, Any] = page.evaluate(
        """([exclude, tags]) =>
             axe.run({ exclude }, {
               runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false,
             })""",
        [exclude, _TAGS],
    )
    return list(found["violations"])


def check_accessible(page: Page, *, leave_out: tuple[str, ...] = ()) -> None:
    """Fail with rule, reason and element when something serious is wrong."""
    bad = [each for each in violations(page, leave_out=leave_out) if each["impact"] in BLOCKING]
    lines = [
        f"{each['id']} ({each['impact']}): {each['help']}\n    {_where(node)}"
        for each in bad
        for node in each["nodes"][:5]
    ]
    # The first line alone is what a summary of many tests shows.
    rules = ", ".join(each["id"] for each in bad)
    assert not bad, "\n".join([f"axe-core: {rules} on {page.url}", *lines])


def _where(node: dict[str, Any]) -> str:
    return f"{node['html'][:200]}\n    {node['failureSummary']}"
