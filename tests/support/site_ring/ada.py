"""Ada, a user with projects: what a site has before it is moved, and must have afterwards."""

from __future__ import annotations

from typing import Any, Final

from omero_ci.kubectl import Kubectl
from site_ring.installation import Site

ROOT_PASSWORD: Final = "root's password of the old site"
ADA_PASSWORD: Final = "ada's password of the old site"
FIRST_PROJECT: Final = "first"
# In a pod of OMERO.server: nothing secret is an argument.
_PROGRAM: Final = """
from omero.gateway import BlitzGateway
import omero.model
from omero.rtypes import rbool, rstring

def connected(name, password):
    gateway = BlitzGateway(name, password, host="127.0.0.1", port=4064, secure=True)
    assert gateway.connect(), gateway.getLastError()
    return gateway
"""
FILL: Final = f"""{_PROGRAM}
root = connected("root", {ROOT_PASSWORD!r})
admin = root.getAdminService()
lab = omero.model.ExperimenterGroupI()
lab.name, lab.ldap = rstring("lab"), rbool(False)
lab.details.permissions = omero.model.PermissionsI("rwra--")
lab = omero.model.ExperimenterGroupI(admin.createGroup(lab), False)
ada = omero.model.ExperimenterI()
ada.omeName, ada.firstName, ada.lastName = rstring("ada"), rstring("Ada"), rstring("Lovelace")
ada.ldap = rbool(False)
users = omero.model.ExperimenterGroupI(admin.getSecurityRoles().userGroupId, False)
admin.createExperimenterWithPassword(ada, rstring({ADA_PASSWORD!r}), lab, [users])
ada = connected("ada", {ADA_PASSWORD!r})
for name in ({FIRST_PROJECT!r}, "second \\u00e4 'quoted'"):
    project = omero.model.ProjectI()
    project.name = rstring(name)
    ada.getUpdateService().saveObject(project)
"""
_LOOK: Final = f"""{_PROGRAM}
ada = connected("ada", {ADA_PASSWORD!r})
print(sorted(project.getName() for project in ada.getObjects("Project")))
print(connected("root", {ROOT_PASSWORD!r}).getEventContext().isAdmin)
"""


def root_password(kubectl: Kubectl, namespace: str) -> dict[str, Any]:
    """The block of the server that takes over root's password."""
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "old-root", "namespace": namespace},
            "stringData": {"password": ROOT_PASSWORD},
        }
    )
    return {"rootPasswordSecretRef": {"name": "old-root", "key": "password"}}


def check_that_she_is_there(site: Site) -> None:
    """What ada and root had, with their passwords."""
    assert site.exec_program(f"{site.name}-server-0", _LOOK).splitlines() == [
        f"""['{FIRST_PROJECT}', "second ä 'quoted'"]""",
        "True",
    ]
