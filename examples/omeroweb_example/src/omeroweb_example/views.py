"""The page, and what its script asks for."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.views.decorators.http import require_safe
from omeroweb.webclient.decorators import login_required, render_response

from omero_plugin_common import jobs
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.permissions import require
from omero_plugin_common.rate_limit import RateLimiter
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_example import datasets as omero_datasets
from omeroweb_example.jobs import CountRequest

_LARGEST_PAGE: Final = 1000
_LIMIT: Final = RateLimiter("omeroweb_example")


@require_safe  # type: ignore[untyped-decorator]
@login_required()  # type: ignore[untyped-decorator]
@render_response()  # type: ignore[untyped-decorator]
def index(_request: Any, conn: Any = None, **_url: Any) -> dict[str, Any]:
    """The page; its script fetches the rows."""
    return {"template": "omeroweb_example/index.html", "title": "Your datasets"}


@json_view("GET")
def datasets(request: Any, caller: Caller) -> dict[str, Any]:
    """`?offset=&limit=&sort=&order=&text=`: one page of the caller's datasets."""
    order = request.GET.get("sort") or "name"
    if order not in omero_datasets.ORDERS:
        raise BadRequest(f"`sort` must be one of {', '.join(omero_datasets.ORDERS)}")
    total, rows = omero_datasets.page(
        caller.conn,
        caller.user_id,
        text=request.GET.get("text", "")[:200],
        order=order,
        descending=request.GET.get("order") == "desc",
        offset=number_from_query(request, "offset", 0, 10**9),
        limit=number_from_query(request, "limit", 200, _LARGEST_PAGE),
    )
    show = reverse("webindex")
    return {
        "total": total,
        "rows": [row | {"url": f"{show}?show=dataset-{row['id']}"} for row in rows],
    }


@json_view(
    "POST",
    body=CountRequest,
    rate_limit=_LIMIT,
    action="omeroweb_example.count",
)
def count(request: Any, caller: Caller, body: CountRequest) -> dict[str, Any]:
    """Start the job, for datasets that the caller may see."""
    require(caller.conn, "Dataset", body.datasets, "read")
    request.audit.add("Dataset", body.datasets)
    return jobs.start(request, "omeroweb_example.count", body).as_json()
