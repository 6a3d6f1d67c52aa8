"""Where an import goes: `-d`, `-r` and `-T` of `omero import`."""

from __future__ import annotations

import re
from typing import Any, Final

import omero.model
import omero.sys
from omero.rtypes import rstring

from omero_standin.import_client.upload import ImportFailed

_KINDS: Final = {"Dataset": omero.model.DatasetI, "Screen": omero.model.ScreenI}
_FORM: Final = re.compile(r"(?:omero\.model\.)?(Dataset|Screen)(?:I)?:(?:(id|[-+%@]?name):)?(.+)")


def target(client: Any, dataset: str | None, screen: str | None, said: str | None) -> Any:
    """The Dataset or Screen without content, or None.

    `said` is `Dataset:1`, `Dataset:id:1` or `Dataset:name:NAME`. For a name the user's newest of it
    is taken, and one is made when there is none.

    Raises:
        ImportFailed: Something else is said.
    """
    for kind, number in (("Dataset", dataset), ("Screen", screen)):
        if number is not None:
            said = number if number.startswith(kind) else f"{kind}:{number}"
    if said is None:
        return None
    found = _FORM.fullmatch(said)
    if found is None:
        raise ImportFailed(f"the target {said!r} must be Dataset:ID, Dataset:name:NAME or Screen:…")
    kind, how, value = found.groups()
    if how in (None, "id"):
        if not value.isdigit():
            raise ImportFailed(f"the target {said!r} has no id")
        return _KINDS[kind](int(value), False)
    if how != "name":
        raise ImportFailed(f"the target {said!r}: only `name` is supported, not {how!r}")
    return _KINDS[kind](_by_name(client, kind, value), False)


def _by_name(client: Any, kind: str, name: str) -> int:
    parameters = omero.sys.ParametersI().addString("name", name)
    parameters.addLong("owner", client.sf.getAdminService().getEventContext().userId)
    query = (
        f"select o from {kind} o where o.name = :name and o.details.owner.id = :owner "  # noqa: S608
        "order by o.id desc"
    )
    rows = client.sf.getQueryService().findAllByQuery(query, parameters)
    if rows:
        return int(rows[0].id.val)
    made = _KINDS[kind]()
    made.name = rstring(name)
    return int(client.sf.getUpdateService().saveAndReturnObject(made).id.val)
