"""Reading the body of a request into a pydantic model."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from omero_plugin_common.errors import BadRequest, TooLarge, UnsupportedMediaType
from omero_plugin_common.json_text import JsonProblem, parse_json

LIMIT_BYTES: Final = 1_000_000
_COMPLAINTS: Final = 5


Model = TypeVar("Model", bound=BaseModel)


def check_size(request: Any, limit: int, instead: str = "") -> None:
    """Refuse a body by its announced length, before any of it is read.

    Without an announcement Django reads nothing, so no body gets around this.

    Args:
        request: Django's request.
        limit: bytes.
        instead: what to do with a larger one.

    Raises:
        TooLarge: more than that.
        BadRequest: the length is no number.
    """
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal():
        raise BadRequest("The Content-Length header is not a number")
    if int(announced) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes" + (instead and f". {instead}"))


def is_large(request: Any) -> bool:
    """Whether the body is larger than that of an ordinary view; after `check_size`."""
    return int(request.META.get("CONTENT_LENGTH") or "0") > LIMIT_BYTES


def read_body(request: Any, model: type[Model]) -> Model:
    """The request's body as an object of the model.

    JSON is read strictly. A form's fields are texts, so they are converted where the model wants a
    number.

    Raises:
        UnsupportedMediaType: neither JSON nor a form.
        BadRequest: malformed, or not what the model wants; names the fields, never their values.
    """
    kind = request.content_type
    try:
        if kind == "application/json":
            raw = request.body
            parse_json(raw)
            return model.model_validate_json(raw)
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            fields = {name: text for name, text in request.POST.items() if name != _TOKEN}
            if any("\0" in text for text in fields.values()):
                raise BadRequest("a field of the form contains a NUL character", code="bad_body")
            return model.model_validate_strings(fields)
    except JsonProblem as problem:
        raise BadRequest(str(problem), code="bad_json") from None
    except ValidationError as error:
        raise BadRequest(_complaints(error), code="bad_body") from None
    raise UnsupportedMediaType("Send the body as application/json")


def read_file(request: Any, name: str) -> Any:
    """A file in the form that the request sends: Django's `UploadedFile`.

    Raises:
        BadRequest: there is no such file.
    """
    if name not in request.FILES:
        raise BadRequest(f"Send the file as `{name}` of a form (multipart/form-data)")
    return request.FILES[name]


_TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105 - the name of the field, not its value


def _complaints(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    texts = [
        f"{'.'.join(str(part)[:50] for part in each['loc']) or 'body'}: {each['msg']}"
        for each in problems[:_COMPLAINTS]
    ]
    if len(problems) > _COMPLAINTS:
        texts.append(f"and {len(problems) - _COMPLAINTS} more")
    return "; ".join(texts)
