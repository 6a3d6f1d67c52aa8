"""`omero.policy.binary_access`: what may be downloaded, and what carries the restriction."""

from __future__ import annotations

from typing import Any

import omero
import pytest

from standin_here import Here, standin_here

DEFAULT = "+read,+write,+image"
THINGS = ("image", "file", "field", "field file", "plate", "well", "attachment")
DENIED = {
    # policy: (what the owner may not, what others may not)
    "+read,+write,+image": ({"field", "field file", "plate", "well"},) * 2,
    "+read,+write,+image,+plate": (set(), set()),
    "+read,+write": (set(THINGS) - {"attachment"},) * 2,
    "+write,+image,+plate": (set(), set(THINGS)),
    "-read,+read,+write,+image,+plate": (set(), set(THINGS)),
    "+read,-write,+image,+plate": (set(THINGS), set(THINGS)),
}


class Lab:
    """An image and a field of a plate, each with a file, and an attachment."""

    def __init__(self, here: Here, policy: str) -> None:
        self.here = here
        here.kernel.config["omero.policy.binary_access"] = policy
        number = len(here.store.rows("ExperimenterGroup"))
        self.group = here.group(f"lab-{number}", "rwr---")
        self.names = f"ada-{number}", f"ben-{number}"
        ada, _ = (here.user(name, self.group) for name in self.names)

        def add(kind: str, **values: Any) -> Any:
            return here.add(kind, ada, self.group, **values)

        rows = {}
        for what in ("image", "field"):
            fileset = add("Fileset", templatePrefix="x")
            file = add("OriginalFile", name=f"{what}.tif", path="/")
            here.kernel.data.content(file).write_bytes(b"content")
            add("FilesetEntry", fileset=fileset.ref, originalFile=file.ref, clientPath="x")
            rows[what] = here.image(what, ada, self.group, fileset=fileset.ref)
            rows["file" if what == "image" else "field file"] = file
        rows["plate"] = add("Plate", name="p")
        rows["well"] = add("Well", plate=rows["plate"].ref)
        add("WellSample", well=rows["well"].ref, image=rows["field"].ref)
        notes = add("OriginalFile", name="notes.csv", path="/")
        rows["attachment"] = add("FileAnnotation", file=notes.ref)
        self.rows = rows

    def denied(self, name: str) -> set[str]:
        """What a user is told not to download."""
        gateway = self.here.connect(name)
        return {
            what
            for what, row in self.rows.items()
            if not gateway.getObject(row.kind, row.id).canDownload()
        }


@pytest.fixture(scope="module")
def here() -> Any:
    """One stand-in for all; each test sets the policy and has a group of its own."""
    with standin_here() as running:
        yield running


@pytest.mark.parametrize("policy", DENIED)
def test_objects_say_what_may_be_downloaded(here: Here, policy: str) -> None:
    lab = Lab(here, policy)
    assert (lab.denied(lab.names[0]), lab.denied(lab.names[1])) == DENIED[policy]


def test_the_group_has_a_say(here: Here) -> None:
    lab = Lab(here, DEFAULT)
    group = here.kernel.accounts.group(lab.group)
    here.store.update(group, config=[("omero.policy.binary_access", "+plate")])
    assert lab.denied(lab.names[1]) == set()
    here.store.update(group, config=[("omero.policy.binary_access", "-image")])
    assert lab.denied(lab.names[1]) == set(THINGS) - {"attachment"}


def test_reading_a_restricted_file_is_refused(here: Here) -> None:
    lab = Lab(here, DEFAULT)
    store = here.connect(lab.names[0]).c.sf.createRawFileStore()
    store.setFileId(lab.rows["file"].id)
    assert store.read(0, 7) == b"content"
    store.setFileId(lab.rows["field file"].id)
    with pytest.raises(omero.SecurityViolation, match="Download is restricted"):
        store.read(0, 7)
