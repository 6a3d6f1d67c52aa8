"""Templates of others, with single lines repaired: what they load from other hosts, or is nowhere.

Here and not as files of their names: a template of the next version is not hidden, and a line that
is gone fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.template.loaders import app_directories

_JQUERY: Final = "{% static '3rdparty/jquery-3.6.2.min.js' %}"
_JQUERY_UI: Final = "{% static '3rdparty/jquery-ui-1.13.2/"

# By template: what stands there, and what takes its place.
REPAIRS: Final[Mapping[str, Mapping[str, str]]] = {
    "webclient/history/history_details.html": {
        "webgateway/img/folder_screen32.png": "webclient/image/folder_screen32.png",
        "webgateway/img/folder_plate32.png": "webclient/image/folder_plate32.png",
    },
    "webgallery/base/base.html": {
        "https://ajax.googleapis.com/ajax/libs/jquery/1.11.0/jquery.min.js": _JQUERY,
        "../../assets/ico/favicon.ico": "{% static 'gallery/images/favicon.ico' %}",
    },
    "webgallery/show_image.html": {
        "3rdparty/jquery.mousewheel-3.0.6.js": "3rdparty/jquery.mousewheel-3.1.13.js",
    },
    "webgallery/categories/base.html": {
        "https://code.jquery.com/jquery-2.2.4.min.js": _JQUERY,
        "https://code.jquery.com/ui/1.12.1/jquery-ui.min.js": (
            f"{_JQUERY_UI}js/jquery-ui.js' %}}\"></script>\n"
            "<script src=\"{% static 'omero_platform_fixes/jquery_load.js' %}"
        ),
        "https://code.jquery.com/ui/1.12.1/themes/base/jquery-ui.css": (
            f"{_JQUERY_UI}css/jquery-ui.css' %}}"
        ),
        # Fonts: the browser has others.
        '<link rel="stylesheet" type="text/css" media="all" '
        'href="//fonts.googleapis.com/css?family=Open+Sans:400,700,400italic,700italic">': "",
        '<link rel="stylesheet" type="text/css" media="all" '
        'href="//fonts.googleapis.com/css?family=Nunito">': "",
        # Two pictures in the footer of one site.
        '<link rel="stylesheet" href="https://use.fontawesome.com/releases/v5.8.1/css/all.css" '
        'integrity="sha384-50oBUHEmvpQ+1lW4y57PTFmhCaXp0ML5d60M1M7uH2+nqUivzIebhndOJK28anvf" '
        'crossorigin="anonymous">': "",
        # For browsers without `fetch`, Symbol and Promise.
        '<script src="https://cdn.jsdelivr.net/npm/whatwg-fetch@3.0.0/dist/fetch.umd.min.js">'
        "</script>": "",
        '<script src="https://cdnjs.cloudflare.com/ajax/libs/babel-core/5.6.15/'
        'browser-polyfill.min.js"></script>': "",
        # A file of one site.
        '<script src="{{ base_url }}about/js/version.js"></script>': "",
    },
}


class Loader(app_directories.Loader):  # type: ignore[misc]
    """Django's own, with the repairs."""

    def get_contents(self, origin: Any) -> str:
        """The text of a template."""
        text = str(super().get_contents(origin))
        for before, after in REPAIRS.get(origin.template_name, {}).items():
            text = text.replace(before, after)
        return text
