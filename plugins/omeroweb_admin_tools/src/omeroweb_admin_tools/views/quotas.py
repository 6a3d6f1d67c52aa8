"""Limits of groups."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_answer
from omeroweb_admin_tools.services import quotas
from omeroweb_admin_tools.views.access import QUOTAS

_MOST_GROUPS: Final = 10_000
_LARGEST_FILE: Final = 2_000_000
Gigabytes = Annotated[float, Field(strict=False, gt=0)]
Why = Annotated[str, Field(max_length=500)]


class Change(Body):
    """The limit of one group; nothing for none."""

    group: Annotated[str, Field(min_length=1, max_length=255)]
    quota_gb: Gigabytes | None


class Changes(Body):
    """Limits of groups, why, and whether only to say what would change."""

    updates: Annotated[list[Change], Field(min_length=1, max_length=_MOST_GROUPS)]
    why: Why = ""
    dry_run: bool = False


class NewRules(Body):
    """The smallest limit, and the one of groups that are created from now on."""

    minimum_gb: Gigabytes
    new_groups_gb: Gigabytes | None
    why: Why = ""


@json_view("GET", admin=True)
def data(request: Any, caller: Caller) -> dict[str, Any]:
    """Limits, what groups use as far as it was counted, the site's rules, and the history.

    `?counted=1` takes the groups of the last count of the storage: for a page that has just asked
    for a count, so that OMERO is asked once.
    `?before=` is `next` of the page before of the history.

    Returns:
        {"quotas_gb": {group: N, …}, "groups": [{"id", "group", "limit" or null, "from": "set", "new
        groups" or empty, "bytes" or null, "counted", "full_in_days" or null, "standing": "free",
        "nearly full" or "full"}, …], "rules": {"minimum", "new_groups" or null}, "logs": [{"id",
        "timestamp", "level", "message", "what", "group", "by", "why"}, …], "next", "reconcile":
        {"driver": "uploads", "available_groups"}}
    """
    before = number_from_query(request, "before") if request.GET.get("before") else None
    return quotas.data(caller.conn, before, counted=request.GET.get("counted") == "1")


@json_view("POST", admin=QUOTAS, body=Changes, action="admin_tools.set_quotas")
def update(request: Any, caller: Caller, body: Changes) -> dict[str, Any]:
    """Set limits of groups in gigabytes of 1024³ bytes, all of them or none.

    Returns:
        {"dry_run", "changes": [{"group", "before", "after"}, …] in bytes, "quotas_gb": {group: N,
        …}, "reconcile"}
    """
    wanted = {each.group: each.quota_gb for each in body.updates}
    if len(wanted) != len(body.updates):
        raise BadRequest("A group is there twice. Nothing was changed", code="bad_quota")
    return quotas.update(request, caller, wanted, body.why, dry_run=body.dry_run)


@json_view(
    "POST", admin=QUOTAS, file="file", limit=_LARGEST_FILE, action="admin_tools.import_quotas"
)
def import_file(request: Any, caller: Caller, file: Any) -> dict[str, Any]:
    """Set limits from a CSV file with the columns `Group` and `Quota [GB]`, all lines or none.

    The field `dry_run` of the form is `1` to say only what would change; `why` is for the history.

    Returns:
        as `update`
    """
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("The file is not a text in UTF-8", code="bad_table") from None
    why = request.POST.get("why", "")[:500].replace("\0", "")
    dry_run = request.POST.get("dry_run", "") == "1"
    return quotas.import_csv(request, caller, text, why, dry_run=dry_run)


@json_view("GET", admin=True)
def template(_request: Any, _caller: Caller) -> Any:
    """An empty table to fill in.

    Returns:
        CSV
    """
    return csv_answer(quotas.template(), "group-quotas-template.csv")


@json_view("GET", admin=True)
def table(_request: Any, caller: Caller) -> Any:
    """All groups with their limits, to change and to send to `import/`.

    Returns:
        CSV
    """
    return csv_answer(quotas.csv_lines(caller.conn), "group-quotas.csv")


@json_view("POST", admin=QUOTAS, body=NewRules, action="admin_tools.set_quota_rules")
def rules(_request: Any, caller: Caller, body: NewRules) -> dict[str, Any]:
    """Set the smallest limit, and the one of groups that are created from now on.

    Returns:
        {"rules": {"minimum", "new_groups" or null}}
    """
    return quotas.set_rules(caller, body.minimum_gb, body.new_groups_gb, body.why)
