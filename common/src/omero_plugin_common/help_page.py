"""A plugin's help page from the Markdown file in its package."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, Final

from django.http import Http404
from django.views.decorators.http import require_safe
from omeroweb.webclient.decorators import login_required, render_response

from omero_plugin_common.markdown_page import Rendered, render

FILE: Final = "help.md"
TEMPLATE: Final = "omero_plugin_common/help.html"


def help_view(package: str, *, template: str = TEMPLATE) -> Callable[..., Any]:
    """The view of a plugin's help page.

    Args:
        package: the plugin's import name; its `help.md` is the text.
        template: gets `{title, help_html, toc}`.

    Returns:
        A view for `urls.py`; 404 when the package has no such file.
    """

    @require_safe  # type: ignore[untyped-decorator]
    @login_required()  # type: ignore[untyped-decorator]
    @render_response()  # type: ignore[untyped-decorator]
    def show(_request: Any, **_given: Any) -> dict[str, Any]:
        page = _page(package)
        if page is None:
            raise Http404(f"{package} has no {FILE}")
        return {
            "template": template,
            "title": page.title,
            # `html` is a dictionary of OMERO.web's own in every template.
            "help_html": page.html,
            "toc": page.toc,
        }

    return show  # type: ignore[no-any-return]


@cache
def _page(package: str) -> Rendered | None:
    """Rendered once per process: the file is part of the image."""
    file = resources.files(package).joinpath(FILE)
    return render(file.read_text(encoding="utf-8")) if file.is_file() else None
