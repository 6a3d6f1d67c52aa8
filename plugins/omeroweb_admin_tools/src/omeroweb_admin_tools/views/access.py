"""Who may see which page, and the pages that only they get.

Every administrator of OMERO reads all data there is, so usage of the storage is no secret to them.
Logs have what all people do, and the rest is about the platform and not about OMERO: for
administrators without restrictions. OMERO knows those by the privilege to read others' sessions,
which it advises against for anybody else:
https://docs.openmicroscopy.org/omero/5.6/developers/Server/LightAdmins.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.views.decorators.http import require_safe
from omeroweb.webclient.decorators import login_required, render_response

from omero_plugin_common.errors import Forbidden
from omero_plugin_common.web.caller import Caller, caller_of
from omero_plugin_common.web.json_view import check_administrator, refusal

# Privileges of OMERO. Logs, resources, Grafana, diagnostics:
FULL: Final = "ReadSession"
# Changes of quotas:
QUOTAS: Final = "ModifyGroup"


def admin_page(privilege: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function of (request, caller) that gives a template and its context into a page.

    It is for administrators who have the privilege. Others get 403: a page where a browser shows
    it, else JSON.
    """

    def decorate(view: Callable[[Any, Caller], dict[str, Any]]) -> Callable[..., Any]:
        @wraps(view)
        def page(request: Any, conn: Any = None, **_url: Any) -> Any:
            caller = caller_of(request, conn)
            try:
                check_administrator(caller, privilege)
            except Forbidden as problem:
                return refusal(request, problem)
            return view(request, caller)

        shown: Callable[..., Any] = require_safe(login_required()(render_response()(page)))
        return shown

    return decorate
