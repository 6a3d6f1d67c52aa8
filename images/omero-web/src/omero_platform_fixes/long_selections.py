"""OMERO.web with many selected objects.

Its forms compare each value with each object, and read an object's id anew every time: a comment on
a thousand images takes a million comparisons, which are many seconds. Here one set has the ids.

Who is not logged in is sent to the login page with the address in a parameter. Django refuses to
send to an address of more than 16 KB, which would be 400; here the parameter is left out then.
"""

from __future__ import annotations

from typing import Any


def repair() -> None:
    """Put ours in the place of OMERO.web's."""
    from django.core.exceptions import DisallowedRedirect
    from django.http import HttpResponseRedirect
    from omeroweb.decorators import login_required
    from omeroweb.webclient.custom_forms import ObjectModelMultipleChoiceField

    check = ObjectModelMultipleChoiceField.clean
    to_login = login_required.on_not_logged_in

    def clean(self: Any, value: Any) -> Any:
        """Accept a list whose ids are all known; all others go to OMERO.web's own check."""
        if isinstance(value, list | tuple) and value:
            known = {getattr(each.id, "val", each.id) for each in self.queryset}
            try:
                if {int(each) for each in value} <= known:
                    return list(value)
            except (TypeError, ValueError):
                # OMERO.web's own says what is wrong.
                pass
        return check(self, value)

    def on_not_logged_in(self: Any, request: Any, url: Any, error: Any = None) -> Any:
        try:
            return to_login(self, request, url, error)
        except DisallowedRedirect:
            return HttpResponseRedirect(self.login_url)

    ObjectModelMultipleChoiceField.clean = clean
    login_required.on_not_logged_in = on_not_logged_in
