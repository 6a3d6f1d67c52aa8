"""IMetadata and ITypes: what their options mean."""

from __future__ import annotations

from typing import Any

import omero
import omero.model
import pytest
from omero.constants.metadata import NSINSIGHTTAGSET
from omero.rtypes import rstring

from standin_here import Here


@pytest.fixture(scope="module")
def tags(here: Here) -> dict[str, Any]:
    """A tag set of ada's with a tag of hers, and two tags that are in none."""
    group = here.kernel.accounts.group_named("lab").id
    ada, bob = (here.kernel.accounts.user_named(name).id for name in ("ada", "bob"))
    made = {
        name: here.add("TagAnnotation", owner, group, textValue=name)
        for name, owner in (("set", ada), ("inside", ada), ("alone", ada), ("bobs", bob))
    }
    here.store.update(made["set"], ns=NSINSIGHTTAGSET)
    here.add(
        "AnnotationAnnotationLink", ada, group, parent=made["set"].ref, child=made["inside"].ref
    )
    return made


@pytest.mark.parametrize(
    ("orphan", "mine", "names"),
    [
        (False, False, ["set"]),
        (True, False, ["alone", "bobs", "set"]),
        (True, True, ["alone", "set"]),
    ],
)
def test_tag_sets_come_with_their_tags(
    here: Here, tags: dict[str, Any], orphan: bool, mine: bool, names: list[str]
) -> None:
    asked = omero.sys.ParametersI().orphan() if orphan else omero.sys.ParametersI()
    if mine:
        asked.exp(tags["set"].owner)
    found = here.connect("ada").getMetadataService().loadTagSets(asked)
    assert sorted(each.textValue.val for each in found) == names
    (whole,) = (each for each in found if each.ns is not None)
    assert [each.textValue.val for each in whole.linkedAnnotationList()] == ["inside"]


def test_values_that_were_added_are_no_original_ones(here: Here) -> None:
    service = here.connect().c.sf.getTypesService()
    before = {(type(each), each.value.val) for each in service.getOriginalEnumerations()}
    made = omero.model.FormatI()
    made.value = rstring("of the test")
    service.createEnumeration(made)
    after = {(type(each), each.value.val) for each in service.getOriginalEnumerations()}
    assert after == before
    assert (omero.model.PixelsTypeI, "uint8") in before
    assert "of the test" in [each.value.val for each in service.allEnumerations("Format")]
