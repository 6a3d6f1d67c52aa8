"""`python -m omero_plugin_common.routes_page PACKAGE…`: the routes of plugins as a Markdown page.

All of it comes from the code: addresses from `urls.py`, the rest from `json_view` and from the
docstring of each view, whose section `Returns:` describes the answer.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from omero_plugin_common.web.request_body import LIMIT_BYTES

_HEADING: Final = "Returns:"


def page(packages: Iterable[str]) -> str:
    """The routes of plugins, a section for each.

    Args:
        packages: import names; Django has to be set up.
    """
    return "\n".join(line for package in packages for line in _section(package))


def _section(package: str) -> Iterator[str]:
    routes = importlib.import_module(f"{package}.urls").urlpatterns
    yield f"## {package}\n"
    for each in routes:
        address = f"/{package}/{each.pattern}"
        route = getattr(each.callback, "route", None)
        if route is None:
            yield f"### GET {address}\n\nA page for people.\n"
            continue
        about, answer = _described(each.callback)
        yield f"### {' or '.join(route.methods)} {address}\n\n{about}\n"
        yield from _facts(route, answer)
        yield ""


def _facts(route: Any, answer: str) -> Iterator[str]:
    if route.body is not None:
        yield f"- body: `{shape(route.body)}`"
    if route.file is not None:
        yield f"- body: a form (multipart/form-data) with the file `{route.file}`"
    if route.streams:
        yield "- body: bytes of any length, read as they arrive; the CSRF token is in a header"
    yield f"- answer: {answer}"
    if (route.body is not None or route.file is not None) and route.limit != LIMIT_BYTES:
        yield f"- largest body: {route.limit:,} bytes"
    if route.limited:
        yield "- counts for the rate limit"
    if route.admin:
        only = f" with the privilege `{route.privilege}`" if route.privilege else ""
        yield f"- for administrators of OMERO{only}"


def _described(view: Any) -> tuple[str, str]:
    """What a view's docstring says of it, and of its answer."""
    text = inspect.getdoc(view) or ""
    about, _, returns = text.partition(f"\n{_HEADING}\n")
    answer = " ".join(returns.split("\n\n")[0].split())
    if not answer:
        raise ValueError(f"{view.__module__}.{view.__name__}: its docstring has no {_HEADING}")
    answer = f"`{answer}`" if "{" in answer else answer
    return " ".join(about.split()), answer


def shape(model: type[BaseModel]) -> str:
    """A model as JSON with types instead of values; `?` is behind a field that can be left out."""
    schema = model.model_json_schema(by_alias=True)
    return _shape(schema, schema.get("$defs", {}))


# A text of which there is only one.
_ONE: Final = "const"


def _shape(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _shape(models[schema["$ref"].rpartition("/")[2]], models)
    if either := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_shape(each, models) for each in either)
    if words := schema.get("enum", [schema[_ONE]] if _ONE in schema else []):
        return " or ".join(f'"{each}"' for each in words)
    match schema.get("type"):
        case "object" if "properties" in schema:
            return _fields(schema, models)
        case "object":
            values = [
                schema.get("additionalProperties"),
                *schema.get("patternProperties", {}).values(),
            ]
            shapes = [_shape(each, models) for each in values if isinstance(each, Mapping)]
            return f"{{text: {shapes[0]}, …}}"
        case "array":
            return f"[{_shape(schema.get('items', {}), models)}, …]{_most(schema, 'maxItems')}"
        case "string":
            kind = {"uuid": "uuid", "date-time": "time"}.get(schema.get("format", ""), "text")
            return kind + _most(schema, "maxLength")
        case "integer":
            return "number"
        case "boolean":
            return "true or false"
        case other:
            return str(other or "value")


def _fields(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    needed = schema.get("required", [])
    fields = (
        f'"{name}"{"" if name in needed else "?"}: {_shape(each, models)}'
        for name, each in schema["properties"].items()
    )
    return f"{{{', '.join(fields)}}}"


def _most(schema: Mapping[str, Any], key: str) -> str:
    most = schema.get(key)
    return "" if most is None else f" (at most {most:,})"


def set_up_django() -> None:
    """Django without any settings, which is enough to import views."""
    from django.conf import settings

    if not settings.configured:
        import django

        settings.configure(SECRET_KEY="for this page alone")  # noqa: S106 - it signs nothing
        django.setup()


def main(packages: list[str]) -> int:
    """Print the routes of the plugins that are named."""
    set_up_django()
    sys.stdout.write(page(packages))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
