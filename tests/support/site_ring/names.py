"""A member with images whose names say something, and one write of the OMP plugin in a browser.

The programs run where OMERO's Python is, with `OMERO_HOST` and `OMERO_PORT` set: in a web pod, or
on this machine. Passwords come by standard input, within the program.
"""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

MEMBER: Final = "grace"
GROUP: Final = "Names lab"
LINK: Final = "Metadata from names"
HEADING: Final = "Metadata from file names"
# Each piece has a type, and so a key: a piece without one is not written.
IMAGES: Final = tuple(f"HeLa_A{number:02d}_DAPI.tif" for number in range(1, 5))

_CONNECT: Final = """
import json, os
import omero.clients
from omero.gateway import BlitzGateway, DatasetWrapper
from omero.model import DatasetI, DatasetImageLinkI, ExperimenterGroupI, ExperimenterI, ImageI
from omero.rtypes import rbool, rstring

def connected(user, password):
    address = {"host": os.environ["OMERO_HOST"], "port": int(os.environ["OMERO_PORT"])}
    gateway = BlitzGateway(user, password, secure=True, **address)
    assert gateway.connect(), f"{user} cannot log in"
    return gateway
"""
_MAKE: Final = """
root = connected("root", {root!r})
admin = root.getAdminService()
member = ExperimenterI()
member.omeName, member.ldap = rstring({member!r}), rbool(False)
member.firstName, member.lastName = rstring("Grace"), rstring("Hopper")
group = ExperimenterGroupI(root.createGroup({group!r}, perms="rwra--"), False)
users = ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False)
admin.createExperimenterWithPassword(member, rstring({password!r}), group, [users])
root.close()

own = connected({member!r}, {password!r})
dataset = DatasetI()
dataset.name = rstring("Names")
dataset = own.getUpdateService().saveAndReturnObject(dataset)
for name in {images!r}:
    image = ImageI()
    image.name = rstring(name)
    link = DatasetImageLinkI()
    link.parent, link.child = DatasetI(dataset.id.val, False), image
    own.getUpdateService().saveObject(link)
print(json.dumps(dataset.id.val))
own.close()
"""
_READ: Final = """
own = connected({member!r}, {password!r})
(dataset,) = own.getObjects("Dataset", attributes={{"name": "Names"}})
print(json.dumps({{
    image.getName(): [
        pair for one in image.listAnnotations() if hasattr(one, "getMapValue")
        for pair in one.getValue()
    ]
    for image in dataset.listChildren()
}}))
own.close()
"""
_COUNT: Final = """
from omero.sys import ParametersI

root = connected("root", {root!r})
everywhere = {{"omero.group": "-1"}}
def column(query):
    rows = root.getQueryService().projection(query, ParametersI(), everywhere)
    return [row[0].val for row in rows]

found = {{
    "users": column("select e.omeName from Experimenter e"),
    "groups": column("select g.name from ExperimenterGroup g"),
}}
for kind in ("Project", "Dataset", "Screen", "Plate", "Image", "Fileset", "Annotation"):
    found[kind] = column("select count(o.id) from " + kind + " o")[0]
print(json.dumps(found))
root.close()
"""
# As the page's own modules ask: JSON, and the token of the CSRF cookie.
_WRITE: Final = """async ([site, dataset]) => {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)[1];
  const ask = async (path, body) => {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const sent = body ? { method: "POST", headers, body: JSON.stringify(body) } : {};
    const answer = await fetch(site + path, sent);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  };
  const made = await ask("omeroweb_omp_plugin/selections/", { datasets: [dataset] });
  const settings = { mode: "detect" };
  const shown = await ask("omeroweb_omp_plugin/previews/", { selection: made.selection, settings });
  let job = await ask("omeroweb_omp_plugin/start_job/", { preview: shown.preview });
  const end = Date.now() + 180000;
  while (!job.finished && Date.now() < end) {
    await new Promise((wake) => setTimeout(wake, 300));
    job = await ask(`omero_plugin_common/jobs/${job.id}/`);
  }
  return job;
}"""


def making(root_password: str, password: str) -> str:
    """The program that makes the member and images; it prints the dataset's id."""
    return _CONNECT + _MAKE.format(
        root=root_password, member=MEMBER, group=GROUP, password=password, images=IMAGES
    )


def reading(password: str) -> str:
    """The program that prints the key-value pairs of each image."""
    return _CONNECT + _READ.format(member=MEMBER, password=password)


def counting(root_password: str) -> str:
    """The program that prints users, groups, and how many things of each type there are."""
    return _CONNECT + _COUNT.format(root=root_password)


def write(page: Page, site: str, dataset: int) -> dict[str, Any]:
    """Select a dataset, have its names read, and write what they say.

    Args:
        page: the plugin's page, of somebody who may write.
        site: address of OMERO.web, with a slash at its end.
        dataset: its id.

    Returns:
        The job at its end, or after three minutes.
    """
    job: dict[str, Any] = page.evaluate(_WRITE, [site, dataset])
    return job
