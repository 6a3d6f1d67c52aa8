"""What Kopf needs to keep in order to tell what changed in an object: nothing."""

from collections.abc import Iterable

import kopf


class NoDiffs(kopf.DiffBaseStorage):
    """Takes no copy of an object and compares none.

    Kopf does both for every event, a sixth of this operator's work, to call handlers of changes.
    There are none here: an event only wakes a pass, which reads the cluster anew.
    """

    def build(
        self, *, body: kopf.Body, extra_fields: Iterable[kopf.FieldSpec] | None = None
    ) -> kopf.BodyEssence:
        """The object as far as it is compared."""
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        """The object as it was when it was last handled."""
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Note the object as handled."""
