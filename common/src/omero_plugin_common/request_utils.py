"""What a request carries: its user, its body, its query, and the form of answer it can use.

`load_request_data` is for plugins that were written for the Docker edition of this platform; ours
declare their bodies as models (`body.Body`).
"""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.json_text import JsonProblem, parse_json
from omero_plugin_common.string_utils import LARGEST_ID, whole_number

# OMERO.web's own addresses that answer in JSON whatever is asked for.
_JSON_ADDRESSES: Final = ("/api/", "/webclient/api/")


def wants_page(request: Any) -> bool:
    """Whether a refusal is shown to a person as it is; a script gets JSON instead.

    A browser that goes to an address, also from a link or a form, names text/html in `Accept`
    (https://developer.mozilla.org/docs/Web/HTTP/Guides/Content_negotiation/List_of_default_Accept_values).
    `fetch`, curl and the HTTP libraries of Python take anything. jQuery may name text/html as well,
    and says by `X-Requested-With` that it is a script. `nginx.conf` of the image omero-web has the
    same rule for what nginx refuses.

    Args:
        request: Django's request.
    """
    headers = request.headers
    if headers.get("X-Requested-With") == "XMLHttpRequest":
        return False
    if request.path_info.startswith(_JSON_ADDRESSES):
        return False
    return "text/html" in headers.get("Accept", "").lower()


def number_from_query(request: Any, name: str, default: int = 0, most: int = LARGEST_ID) -> int:
    """A whole number from the query of an address, such as `?offset=200`.

    Args:
        request: Django's request.
        name: in the query.
        default: what it is when the query does not have it, or has an empty text.
        most: the largest that is accepted; without it, the largest id of OMERO and PostgreSQL.

    Raises:
        BadRequest: not a number from 0 to `most`.
    """
    text = request.GET.get(name)
    if not text:
        return default
    number = whole_number(text, most)
    if number is None:
        raise BadRequest(f"`{name}` must be a number from 0 to {most}")
    return number


def current_username(request: Any, conn: Any) -> str | None:
    """The user's login name: OMERO's, else Django's, else nothing.

    Args:
        request: Django's request.
        conn: the gateway of the request, or nothing.
    """
    user = conn.getUser() if conn is not None else None
    name = user.getName() if user is not None else None
    if name:
        return str(name)
    return getattr(getattr(request, "user", None), "username", None) or None


def parse_json_body(request: Any) -> tuple[dict[str, Any] | None, str | None]:
    """The JSON object in a request's body, or what is wrong with it: (data, error)."""
    try:
        data = parse_json(request.body)
    except JsonProblem as problem:
        return None, str(problem)
    if not isinstance(data, dict):
        return None, "the body must be a JSON object"
    return data, None


def load_request_data(request: Any) -> dict[str, Any]:
    """The JSON object in a request's body; the form's fields when it is not one."""
    data, error = parse_json_body(request)
    if error is None and data is not None:
        return data
    return {str(name): value for name, value in request.POST.items()}
