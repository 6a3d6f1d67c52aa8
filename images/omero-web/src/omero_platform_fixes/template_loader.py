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
    # It asks for one address at the root of the host, also where the site is below a path.
    "omero_iviewer/index.html": {
        '<body class="container-fluid">': (
            '<body class="container-fluid">\n'
            "<script src=\"{% static 'omero_platform_fixes/iviewer_image_region.js' %}\" "
            "data-address=\"{% url 'no_image_region' %}\"></script>"
        ),
    },
    "webgallery/base/base.html": {
        "https://ajax.googleapis.com/ajax/libs/jquery/1.11.0/jquery.min.js": _JQUERY,
        "../../assets/ico/favicon.ico": "{% static 'gallery/images/favicon.ico' %}",
        # Of nobody.
        "<p>&copy; Company 2014</p>": "",
    },
    # Its viewer needs scripts of OMERO.web that have another form now: a picture in its place leads
    # to the site's viewer.
    "webgallery/show_image.html": {
        '<div id="img_viewer" style="width:512px; height:512px; float: left"></div>': (
            '<a href="{% url \'web_image_viewer\' image.id %}" title="Open in the viewer">'
            '<img alt="" style="max-width: 512px; float: left; margin-right: 20px" '
            "src=\"{% url 'webgateway' %}render_image/{{ image.id }}/\"></a>"
        ),
        "3rdparty/jquery.mousewheel-3.0.6.js": "3rdparty/jquery.mousewheel-3.1.13.js",
        '<script type="text/javascript" src='
        '"{% static "webgateway/js/ome.viewport.js" %}"></script>': "",
        """<script>
        var viewport = $.WeblitzViewport("#img_viewer", "{% url 'webgateway' %}", """
        """{'mediaroot': '{{ STATIC_URL }}' } );
        viewport.load({{ image.id }});
    </script>""": "",
    },
    # It loads a module as if it were a script; its panel in OMERO.web does it right.
    "omero_parade/index.html": {
        "<script src=\"{% static 'omero_parade/js/bundle.js' %}\"></script>": "",
        "<script>\n        omero_parade.full_page_app(": (
            '<script type="module">\n'
            "        import omero_parade from \"{% static 'omero_parade/js/bundle.js' %}\";\n"
            "        omero_parade.full_page_app("
        ),
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
