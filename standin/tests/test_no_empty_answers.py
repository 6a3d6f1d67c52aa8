"""No call is answered by nothing because it was not understood.

Each operation of the services and stores is called with what is there; the answer is not empty, or
the operation is listed with the reason why it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from hashlib import sha1
from typing import Any, Final

import omero
import omero.cmd
import omero.grid
import omero.model
import omero.romio
import omero.sys
import pytest
from omero.constants.metadata import NSINSIGHTTAGSET
from omero.constants.namespaces import NSEXPERIMENTERPHOTO
from omero.constants.projection import ProjectionType
from omero.rtypes import rint, rstring, unwrap

from omero_standin.servants import returns_nothing
from omero_standin.services.table import COMMANDS, HANDLERS, STORES
from standin_here import PASSWORD, ROOT, Here, Ref, answered, standin_here

SCRIPT: Final = 'import omero.scripts as s\nc = s.client("Empty.py", s.Long("A", default=1))\n'
# Empty on purpose, and why.
EMPTY: Final = {
    "JobHandle.jobError": "a truth value: the job ended well",
    "JobHandle.jobRunning": "a truth value: the job has ended",
    "IAdmin.lookupLdapAuthExperimenter": "no user logs in by LDAP",
    "IAdmin.lookupLdapAuthExperimenters": "no user logs in by LDAP",
    "ILdap.discover": "there is no directory; with omero.ldap.config it is refused",
    "ILdap.discoverGroups": "there is no directory; with omero.ldap.config it is refused",
    "ILdap.getSetting": "a truth value: LDAP is off",
    "IRenderingSettings.applySettingsToImage": "a truth value: two channels do not fit one",
    "IShare.getCommentCount": "no share can be made",
    "IShare.getMemberCount": "no share can be made",
    "IShare.getMemberShares": "no share can be made",
    "IShare.getMemberSharesFor": "no share can be made",
    "IShare.getOwnShares": "no share can be made",
    "IShare.getSharesOwnedBy": "no share can be made",
    "ITimeline.getMostRecentShareCommentLinks": "no share can be made",
    "RawPixelsStore.getPlaneOffset": "a number: the first plane begins at 0",
    "RawPixelsStore.getRowOffset": "a number: the first row begins at 0",
    "RawPixelsStore.getStackOffset": "a number: the first stack begins at 0",
    "RawPixelsStore.getTimepointOffset": "a number: the first time begins at 0",
    "RawPixelsStore.getResolutionLevel": "a number: the only resolution is 0",
    "RawPixelsStore.isFloat": "a truth value: the image has whole numbers",
    "RawPixelsStore.isSigned": "a truth value: the image is unsigned",
    "RawPixelsStore.requiresPixelsPyramid": "a truth value: the image is small",
    "RenderingEngine.getChannelNoiseReduction": "a truth value: it is off",
    "RenderingEngine.getChannelLookupTable": "a text: no lookup table is chosen",
    "RenderingEngine.getCodomainMapContext": "no map is chosen",
    "RenderingEngine.getDefaultT": "a number: the first time",
    "RenderingEngine.getPixelsTypeLowerBound": "a number: the type begins at 0",
    "RenderingEngine.getResolutionLevel": "a number: the only resolution is 0",
    "RenderingEngine.isPixelsTypeSigned": "a truth value: the image is unsigned",
    "RenderingEngine.requiresPixelsPyramid": "a truth value: the image is small",
    "Search.isCaseSensitive": "a truth value: it never is",
    "ThumbnailStore.isInProgress": "a truth value: thumbnails are drawn when they are asked for",
}


# These are an error always: they have a test of their own.
REFUSED: Final = frozenset({"ILdap.findDN", "ILdap.findGroupDN"})


class Made:
    """A stand-in with one of everything, root's connection, and the ids."""

    def __init__(self, here: Here) -> None:
        """Make everything."""
        self.here = here
        add, link = self._add, here.link
        self.group = here.group("lab")
        self.user = here.user("ada", self.group)
        self.image = here.image("a", ROOT, 0, size=(64, 48, 2, 2, 1))
        self.other = here.image("b", ROOT, 0)
        self.pixels = here.pixels_of(self.image).id
        # Values of imported images cannot be written.
        new = here.image("new", ROOT, 0, size=(64, 48, 2, 2, 1))
        self.written = here.pixels_of(new).id
        fileset = add("Fileset", templatePrefix="x/")
        for each in (self.image, self.other):
            here.store.update(each, fileset=fileset.ref)
        self.dataset, self.project = add("Dataset", name="d"), add("Project", name="p")
        link(self.dataset, self.image)
        link(self.project, self.dataset)
        self.screen, self.plate = add("Screen", name="s"), add("Plate", name="q")
        link(self.screen, self.plate)
        self.roi = add("Roi", image=self.image.ref)
        self.shape = add("Rectangle", roi=self.roi.ref, x=1.0, y=1.0, width=4.0, height=4.0)
        self.tag, tag_set = add("TagAnnotation", textValue="t"), add("TagAnnotation", textValue="s")
        here.store.update(tag_set, ns=NSINSIGHTTAGSET)
        add("AnnotationAnnotationLink", parent=tag_set.ref, child=self.tag.ref)
        link(self.image, self.tag)
        self.file = add("OriginalFile", name="f.txt", path="/", mimetype="text/plain", size=3)
        here.kernel.data.content(self.file).write_text("abc")
        photo = add("FileAnnotation", file=self.file.ref, ns=NSEXPERIMENTERPHOTO)
        add("ExperimenterAnnotationLink", parent=Ref("Experimenter", ROOT), child=photo.ref)
        job = add("MetadataImportJob")
        add("FilesetJobLink", parent=fileset.ref, child=job.ref)
        add("JobOriginalFileLink", parent=job.ref, child=self.file.ref)
        self.fileset, self.instrument = fileset, add("Instrument")
        self.channel = here.store.referring("Channel", "pixels", Ref("Pixels", self.pixels))[0]
        self.gateway = here.connect()
        self.sf = self.gateway.c.sf
        self.session = self.gateway.c.getSessionId()
        here.kernel.sessions.create(ROOT, 0, agent="OMERO.web")
        self.sf.getSessionService().setInput(self.session, "k", rstring("v"))
        self.sf.getSessionService().setOutput(self.session, "k", rstring("v"))
        self.script = self.sf.getScriptService().uploadOfficialScript("/e/Empty.py", SCRIPT)
        settings = self.sf.getRenderingSettingsService()
        settings.resetDefaultsInSet("Image", [self.image.id, self.other.id])
        self.settings = here.store.rows("RenderingDef")[0].id

    def _add(self, kind: str, **values: Any) -> Any:
        return self.here.add(kind, ROOT, 0, **values)

    def store(self, name: str) -> Any:
        """A new store with something in it."""
        made = getattr(self.sf, next(each for each, (b, _) in STORES.items() if _name(b) == name))()
        match name:
            case "RawFileStore":
                made.setFileId(self.file.id)
                made.write(b"x", 0, 1)
            case "RawPixelsStore":
                made.setPixelsId(self.written, False)
                made.setRow(bytes(64), 0, 0, 0, 0)
            case "JobHandle":
                made.submit(_job(self))
                made.setStatusAndMessage("Finished", rstring("done"))
            case "Exporter":
                made.addImage(self.image.id)
            case "RenderingEngine":
                made.lookupPixels(self.pixels)
                made.lookupRenderingDef(self.pixels)
                made.load()
            case "Search":
                made.onlyType("Dataset")
                made.setAllowLeadingWildcard(True)
                made.byFullText("d*")
            case "ThumbnailStore":
                made.setPixelsId(self.pixels)
                made.getThumbnail(rint(48), rint(48))
        return made


def _name(base: type) -> str:
    return base.__name__


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    """One for all tests."""
    with standin_here() as running:
        yield Made(running)


Arguments = Callable[[Made], tuple[Any, ...]]


def _user(name: str) -> Any:
    row = omero.model.ExperimenterI()
    row.omeName, row.firstName, row.lastName = rstring(name), rstring("N"), rstring("N")
    return row


def _named(kind: str, name: str) -> Any:
    row = getattr(omero.model, f"{kind}I")()
    row.name = rstring(name)
    return row


def _value(kind: str, value: str) -> Any:
    row = getattr(omero.model, f"{kind}I")()
    row.value = rstring(value)
    return row


def _link(made: Made) -> Any:
    link = omero.model.ProjectDatasetLinkI()
    link.parent = omero.model.ProjectI(made.project.id, False)
    link.child = omero.model.DatasetI(made.here.add("Dataset", ROOT, 0, name="l").id, False)
    return link


def _job(made: Made) -> Any:
    job = omero.model.ScriptJobI()
    job.linkOriginalFile(omero.model.OriginalFileI(made.script, False))
    return job


def _saved_job(made: Made) -> Any:
    handle = made.sf.createJobHandle()
    number = handle.submit(_job(made))
    handle.close()
    return _ref("ScriptJob", number)


def _plane() -> Any:
    return omero.romio.PlaneDef(omero.romio.XY, 0, 0, 0, 0, None, -1)


def _changed(made: Made) -> Any:
    row = made.gateway.getQueryService().get("Dataset", made.dataset.id)
    row.description = rstring("changed")
    return row


SUDO = omero.sys.Principal("ada", "lab", "User", None)
MAX = ProjectionType.MAXIMUMINTENSITY
SIZE = (rint(32), rint(32))
# What operations are called with; those without arguments are not in it.
WITH: Final[dict[str, Arguments]] = {
    "Exporter.read": lambda _m: (0, 4),
    "IAdmin.uploadMyUserPhoto": lambda _m: ("p.png", "image/png", b"png"),
    "IPixels.copyAndResizeImage": lambda m: (
        m.image.id, rint(8), rint(8), rint(1), rint(1), [0], "copy", False,
    ),
    "IPixels.copyAndResizePixels": lambda m: (
        m.pixels, rint(8), rint(8), rint(1), rint(1), [0], "copy", False,
    ),
    "IScript.validateScript": lambda m: (_saved_job(m), []),
    "JobHandle.attach": lambda m: (_saved_job(m).id.val,),
    "JobHandle.setMessage": lambda _m: ("more",),
    "JobHandle.setStatus": lambda _m: ("Running",),
    "JobHandle.setStatusAndMessage": lambda _m: ("Running", None),
    "JobHandle.submit": lambda m: (_job(m),),
    "RawPixelsStore.getRegion": lambda _m: (4, 0),
    "SharedResources.acquireProcessor": lambda m: (_job(m), 5),
    "IAdmin.canUpdate": lambda m: (omero.model.ImageI(m.image.id, False),),
    "IAdmin.containedExperimenters": lambda m: (m.group,),
    "IAdmin.containedGroups": lambda m: (m.user,),
    "IAdmin.createExperimenter": lambda m: (_user("n1"), _ref("ExperimenterGroup", m.group), []),
    "IAdmin.createExperimenterWithPassword": lambda m: (
        _user("n2"), rstring("p"), _ref("ExperimenterGroup", m.group), [],
    ),
    "IAdmin.createGroup": lambda _m: (_named("ExperimenterGroup", "g1"),),
    "IAdmin.createRestrictedSystemUser": lambda _m: (_user("n3"), []),
    "IAdmin.createRestrictedSystemUserWithPassword": lambda _m: (_user("n4"), [], rstring("p")),
    "IAdmin.createSystemUser": lambda _m: (_user("n5"),),
    "IAdmin.createUser": lambda _m: (_user("n6"), "lab"),
    "IAdmin.getAdminPrivileges": lambda _m: (_ref("Experimenter", 0),),
    "IAdmin.getAdminsWithPrivileges": lambda _m: ([],),
    "IAdmin.getDefaultGroup": lambda m: (m.user,),
    "IAdmin.getExperimenter": lambda m: (m.user,),
    "IAdmin.getGroup": lambda m: (m.group,),
    "IAdmin.getLeaderOfGroupIds": lambda m: (_leader(m),),
    "IAdmin.getMemberOfGroupIds": lambda m: (_ref("Experimenter", m.user),),
    "IAdmin.lookupExperimenter": lambda _m: ("ada",),
    "IAdmin.lookupGroup": lambda _m: ("lab",),
    "IAdmin.lookupLdapAuthExperimenter": lambda m: (m.user,),
    "IConfig.getConfigValue": lambda _m: ("omero.db.authority",),
    "IConfig.getConfigValues": lambda _m: ("omero",),
    "IConfig.setConfigValueIfEquals": lambda _m: ("omero.some", "value", ""),
    "IContainer.createDataObject": lambda _m: (_named("Project", "c1"), None),
    "IContainer.createDataObjects": lambda _m: ([_named("Project", "c2")], None),
    "IContainer.findContainerHierarchies": lambda m: ("Project", [m.image.id], None),
    "IContainer.getCollectionCount": lambda m: ("Dataset", "imageLinks", [m.dataset.id], None),
    "IContainer.getImages": lambda m: ("Dataset", [m.dataset.id], None),
    "IContainer.getImagesBySplitFilesets": lambda m: ({"Dataset": [m.dataset.id]}, None),
    "IContainer.getUserImages": lambda _m: (None,),
    "IContainer.link": lambda m: ([_link(m)], None),
    "IContainer.loadContainerHierarchy": lambda m: ("Project", [m.project.id], None),
    "IContainer.updateDataObject": lambda m: (_changed(m), None),
    "IContainer.updateDataObjects": lambda m: ([_changed(m)], None),
    "IMetadata.countSpecifiedAnnotations": lambda _m: ("TagAnnotation", [], [], None),
    "IMetadata.getTaggedObjectsCount": lambda m: ([m.tag.id], None),
    "IMetadata.loadAnnotation": lambda m: ([m.tag.id],),
    "IMetadata.loadAnnotations": lambda m: ("Image", [m.image.id], [], [], None),
    "IMetadata.loadChannelAcquisitionData": lambda m: ([m.channel.id],),
    "IMetadata.loadInstrument": lambda m: (m.instrument.id,),
    "IMetadata.loadLogFiles": lambda m: ("Fileset", [m.fileset.id]),
    "IMetadata.loadSpecifiedAnnotations": lambda _m: ("TagAnnotation", [], [], None),
    "IMetadata.loadSpecifiedAnnotationsLinkedTo": lambda m: (
        "TagAnnotation", [], [], "Image", [m.image.id], None,
    ),
    "IMetadata.loadTagContent": lambda m: ([m.tag.id], None),
    "IMetadata.loadTagSets": lambda _m: (None,),
    "IPixels.createImage": lambda _m: (2, 2, 1, 1, [450], _value("PixelsType", "uint8"), "n", ""),
    "IPixels.getAllEnumerations": lambda _m: ("PixelsType",),
    "IPixels.getBitDepth": lambda _m: (_value("PixelsType", "uint8"),),
    "IPixels.getEnumeration": lambda _m: ("PixelsType", "uint8"),
    "IPixels.loadRndSettings": lambda m: (m.settings,),
    "IPixels.retrieveAllRndSettings": lambda m: (m.pixels, -1),
    "IPixels.retrievePixDescription": lambda m: (m.pixels,),
    "IPixels.retrieveRndSettings": lambda m: (m.pixels,),
    "IPixels.retrieveRndSettingsFor": lambda m: (m.pixels, ROOT),
    "IProjection.projectPixels": lambda m: (m.pixels, None, MAX, 0, 0, [0], 1, 0, 1, "n"),
    "IProjection.projectStack": lambda m: (m.pixels, None, MAX, 0, 0, 1, 0, 1),
    "IQuery.find": lambda m: ("Image", m.image.id),
    "IQuery.findAll": lambda _m: ("Image", None),
    "IQuery.findAllByExample": lambda _m: (_named("Dataset", "d"), None),
    "IQuery.findAllByQuery": lambda _m: ("select s from Session s", None),
    "IQuery.findAllByString": lambda _m: ("Dataset", "name", "d", True, None),
    "IQuery.findByExample": lambda _m: (_named("Dataset", "d"),),
    "IQuery.findByQuery": lambda _m: ("select i from Image i where i.name = 'a'", None),
    "IQuery.findByString": lambda _m: ("Dataset", "name", "d"),
    "IQuery.get": lambda m: ("Image", m.image.id),
    "IQuery.projection": lambda _m: ("select count(e) from EventLog e", None),
    "IRenderingSettings.applySettingsToDataset": lambda m: (m.pixels, m.dataset.id),
    "IRenderingSettings.applySettingsToImage": lambda m: (m.pixels, m.other.id),
    "IRenderingSettings.applySettingsToImages": lambda m: (m.pixels, [m.image.id]),
    "IRenderingSettings.applySettingsToPixels": lambda m: (m.pixels, m.pixels),
    "IRenderingSettings.applySettingsToProject": lambda m: (m.pixels, m.project.id),
    "IRenderingSettings.applySettingsToSet": lambda m: (m.pixels, "Image", [m.image.id]),
    "IRenderingSettings.getRenderingSettings": lambda m: (m.pixels,),
    "IRenderingSettings.resetDefaultsByOwnerInSet": lambda m: ("Image", [m.image.id]),
    "IRenderingSettings.resetDefaultsInDataset": lambda m: (m.dataset.id,),
    "IRenderingSettings.resetDefaultsInSet": lambda m: ("Image", [m.image.id]),
    "IRenderingSettings.resetMinMaxInSet": lambda m: ("Image", [m.image.id]),
    "IRenderingSettings.sanityCheckPixels": lambda m: (
        _ref("Pixels", m.pixels), _ref("Pixels", m.pixels),
    ),
    "IRenderingSettings.setOriginalSettingsInDataset": lambda m: (m.dataset.id,),
    "IRenderingSettings.setOriginalSettingsInSet": lambda m: ("Image", [m.image.id]),
    "IRoi.findByImage": lambda m: (m.image.id, None),
    "IRoi.findByPlane": lambda m: (m.image.id, 0, 0, None),
    "IRoi.findByRoi": lambda m: (m.roi.id, None),
    "IRoi.getShapeStats": lambda m: (m.shape.id,),
    "IRoi.getShapeStatsList": lambda m: ([m.shape.id],),
    "IRoi.getShapeStatsRestricted": lambda m: ([m.shape.id], 0, 0, [0]),
    "IScript.canRunScript": lambda m: (m.script,),
    "IScript.getParams": lambda m: (m.script,),
    "IScript.getScriptID": lambda _m: ("/e/Empty.py",),
    "IScript.getScriptText": lambda m: (m.script,),
    "IScript.getScriptWithDetails": lambda m: (m.script,),
    "IScript.getScriptsByMimetype": lambda _m: ("text/x-python",),
    "IScript.getUserScripts": lambda m: (_uploaded(m),),
    "IScript.runScript": lambda m: (m.script, {}, None),
    "IScript.uploadOfficialScript": lambda _m: ("/e/More.py", SCRIPT),
    "IScript.uploadScript": lambda _m: ("/mine.py", SCRIPT),
    "ISession.closeSession": lambda m: (_session(m),),
    "ISession.createSession": lambda _m: (omero.sys.Principal("root", "", "User", None), PASSWORD),
    "ISession.createSessionWithTimeout": lambda _m: (SUDO, 1000),
    "ISession.createSessionWithTimeouts": lambda _m: (SUDO, 1000, 1000),
    "ISession.createUserSession": lambda _m: (0, 1000, "system"),
    "ISession.getInput": lambda m: (m.session, "k"),
    "ISession.getInputKeys": lambda m: (m.session,),
    "ISession.getInputs": lambda m: (m.session,),
    "ISession.getMyOpenAgentSessions": lambda _m: ("OMERO.web",),
    "ISession.getOutput": lambda m: (m.session, "k"),
    "ISession.getOutputKeys": lambda m: (m.session,),
    "ISession.getOutputs": lambda m: (m.session,),
    "ISession.getReferenceCount": lambda m: (m.session,),
    "ISession.getSession": lambda m: (m.session,),
    "IShare.getCommentCount": lambda _m: ([1],),
    "IShare.getMemberCount": lambda _m: ([1],),
    "IShare.getMemberShares": lambda _m: (False,),
    "IShare.getMemberSharesFor": lambda _m: (_ref("Experimenter", 0), False),
    "IShare.getOwnShares": lambda _m: (False,),
    "IShare.getSharesOwnedBy": lambda _m: (_ref("Experimenter", 0), False),
    "ITimeline.countByPeriod": lambda _m: (["Image"], None, None, None),
    "ITimeline.getByPeriod": lambda _m: (["Image"], None, None, None, False),
    "ITimeline.getEventLogsByPeriod": lambda _m: (None, None, None),
    "ITimeline.getMostRecentAnnotationLinks": lambda _m: (["Image"], [], [], None),
    "ITimeline.getMostRecentObjects": lambda _m: (["Image"], None, False),
    "ITimeline.getMostRecentShareCommentLinks": lambda _m: (None,),
    "ITypes.allEnumerations": lambda _m: ("PixelsType",),
    "ITypes.createEnumeration": lambda _m: (_value("Format", "new format"),),
    "ITypes.getEnumeration": lambda _m: ("PixelsType", "uint8"),
    "ITypes.updateEnumeration": lambda m: (_format(m),),
    "IUpdate.saveAndReturnArray": lambda _m: ([_named("Project", "u1")],),
    "IUpdate.saveAndReturnIds": lambda _m: ([_named("Project", "u2")],),
    "IUpdate.saveAndReturnObject": lambda _m: (_named("Project", "u3"),),
    "RawFileStore.read": lambda _m: (0, 1),
    "RawFileStore.truncate": lambda _m: (1,),
    "RawPixelsStore.findMinMax": lambda _m: ([0],),
    "RawPixelsStore.getCol": lambda _m: (0, 0, 0, 0),
    "RawPixelsStore.getHistogram": lambda _m: ([0], 16, False, None),
    "RawPixelsStore.getHypercube": lambda _m: ([0] * 5, [1] * 5, [1] * 5),
    "RawPixelsStore.getPlane": lambda _m: (0, 0, 0),
    "RawPixelsStore.getPlaneOffset": lambda _m: (0, 0, 0),
    "RawPixelsStore.getPlaneRegion": lambda _m: (0, 0, 0, 4, 0),
    "RawPixelsStore.getRow": lambda _m: (0, 0, 0, 0),
    "RawPixelsStore.getRowOffset": lambda _m: (0, 0, 0, 0),
    "RawPixelsStore.getStack": lambda _m: (0, 0),
    "RawPixelsStore.getStackOffset": lambda _m: (0, 0),
    "RawPixelsStore.getTile": lambda _m: (0, 0, 0, 0, 0, 4, 4),
    "RawPixelsStore.getTimepoint": lambda _m: (0,),
    "RawPixelsStore.getTimepointOffset": lambda _m: (0,),
    "RenderingEngine.lookupRenderingDef": lambda m: (m.pixels,),
    "RenderingEngine.render": lambda _m: (_plane(),),
    "RenderingEngine.renderAsPackedInt": lambda _m: (_plane(),),
    "RenderingEngine.renderCompressed": lambda _m: (_plane(),),
    "RenderingEngine.renderProjectedAsPackedInt": lambda _m: (MAX, 0, 1, 0, 1),
    "RenderingEngine.renderProjectedCompressed": lambda _m: (MAX, 0, 1, 0, 1),
    "RenderingEngine.resetDefaultSettings": lambda _m: (True,),
    "SharedResources.newTable": lambda _m: (0, "t.h5"),
    "SharedResources.openTable": lambda m: (_table(m),),
    "ThumbnailStore.getThumbnail": lambda _m: SIZE,
    "ThumbnailStore.getThumbnailByLongestSide": lambda _m: SIZE[:1],
    "ThumbnailStore.getThumbnailByLongestSideDirect": lambda _m: SIZE[:1],
    "ThumbnailStore.getThumbnailByLongestSideSet": lambda m: (SIZE[0], [m.pixels]),
    "ThumbnailStore.getThumbnailDirect": lambda _m: SIZE,
    "ThumbnailStore.getThumbnailForSectionByLongestSideDirect": lambda _m: (0, 0, SIZE[0]),
    "ThumbnailStore.getThumbnailForSectionDirect": lambda _m: (0, 0, *SIZE),
    "ThumbnailStore.getThumbnailSet": lambda m: (*SIZE, [m.pixels]),
    "ThumbnailStore.getThumbnailWithoutDefault": lambda _m: SIZE,
    "ThumbnailStore.setPixelsId": lambda m: (m.pixels,),
    "ThumbnailStore.thumbnailExists": lambda _m: (rint(48), rint(48)),
}  # fmt: skip


def _ref(kind: str, number: int) -> Any:
    return getattr(omero.model, f"{kind}I")(number, False)


def _leader(made: Made) -> Any:
    accounts = made.here.kernel.accounts
    accounts.set_owner(accounts.group(made.group), accounts.user(made.user), owner=True)
    return _ref("Experimenter", made.user)


def _uploaded(made: Made) -> list[Any]:
    made.sf.getScriptService().uploadScript("/own.py", SCRIPT)
    return []


def _session(made: Made) -> Any:
    return made.sf.getSessionService().createUserSession(0, 1000, "system")


def _format(made: Made) -> Any:
    row = made.here.add("Format", ROOT, 0, value="older")
    given = omero.model.FormatI(row.id, True)
    given.value = rstring("newer")
    return given


def _table(made: Made) -> Any:
    table = made.sf.sharedResources().newTable(0, "o.h5")
    table.initialize([omero.grid.LongColumn("a", "", [])])
    file = table.getOriginalFile()
    table.close()
    return file


OPERATIONS: Final = sorted(
    f"{interface}.{name}"
    for interface, handler in [
        *((name, type(handler)) for name, handler in HANDLERS.items()),
        *((_name(base), handler) for base, handler in STORES.values()),
    ]
    for name, _ in inspect.getmembers(handler, inspect.isfunction)
    if not name.startswith("_")
    and name != "end"
    and not returns_nothing(handler, name)
    and f"{interface}.{name}" not in REFUSED
)
# Channels are numbered, and nearly all operations of the engine are about one.
CHANNEL: Final = (0,)


def is_empty(answer: Any) -> bool:
    """Whether an answer says nothing: null, nothing in it, zero, false."""
    if isinstance(answer, omero.api.RoiResult):
        return not answer.rois
    if isinstance(answer, dict):
        return not answer or all(is_empty(each) for each in answer.values())
    if isinstance(answer, omero.RType):
        answer = unwrap(answer)
    if isinstance(answer, int | float | str | bytes | list | tuple | type(None)):
        return not answer
    return False


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_answers(made: Made, operation: str) -> None:
    interface, name = operation.split(".")
    if interface in HANDLERS:
        proxy = getattr(made.sf, f"get{_getter(interface)}Service")()
    else:
        proxy = made.store(interface)
        if operation == "Exporter.read":
            proxy.generateXml()
    arguments = WITH.get(operation)
    given: tuple[Any, ...] = () if arguments is None else arguments(made)
    handler = HANDLERS.get(interface) or next(
        h for b, h in STORES.values() if _name(b) == interface
    )
    if arguments is None and len(inspect.signature(getattr(handler, name)).parameters) > _own(
        handler
    ):
        given = CHANNEL
    answer = getattr(proxy, name)(*given)
    assert is_empty(answer) is (operation in EMPTY), f"{operation}{given} answers {answer!r}"


def _own(handler: object) -> int:
    """The parameters that every operation has: the handler of a class, and the call."""
    return 2 if isinstance(handler, type) else 1


def _getter(interface: str) -> str:
    """The name of a service in its getter."""
    return {
        "IRoi": "Roi", "ITypes": "Types", "ILdap": "Ldap", "IShare": "Share", "IPixels": "Pixels",
    }.get(interface, interface[1:])  # fmt: skip


@pytest.mark.parametrize("name", ["findDN", "findGroupDN"])
def test_what_needs_a_directory_is_refused(made: Made, name: str) -> None:
    with pytest.raises(omero.ApiUsageException, match="LDAP is not configured"):
        getattr(made.sf.getLdapService(), name)("ada")
    made.here.kernel.config["omero.ldap.config"] = "true"
    try:
        for discover in ("discover", "discoverGroups"):
            with pytest.raises(omero.ApiUsageException, match="searching an LDAP directory"):
                getattr(made.sf.getLdapService(), discover)()
    finally:
        made.here.kernel.config["omero.ldap.config"] = "false"


def test_the_lists_name_operations() -> None:
    assert set(EMPTY) | set(WITH) <= set(OPERATIONS)


# --- commands

Request = Callable[[Made], Any]


def _images(made: Made) -> dict[str, list[int]]:
    return {"Image": [made.image.id]}


def _fresh(made: Made) -> dict[str, list[int]]:
    return {"Project": [made.here.add("Project", ROOT, 0, name="fresh").id]}


def _sha1(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _with_dataset(made: Made) -> dict[str, list[int]]:
    project = made.here.add("Project", ROOT, 0, name="with a dataset")
    made.here.link(project, made.here.add("Dataset", ROOT, 0, name="empty"))
    return {"Project": [project.id]}


def _file_of_image(made: Made) -> Any:
    """A file from before filesets, which an image has."""
    image = made.here.image("before", ROOT, 0)
    pixels = made.here.pixels_of(image)
    made.here.add("PixelsOriginalFileMap", ROOT, 0, parent=made.file.ref, child=pixels.ref)
    return image.id


COMMAND_WITH: Final[dict[str, Request]] = {
    "Chgrp2": lambda m: omero.cmd.Chgrp2(_fresh(m), groupId=m.group),
    "Chmod2": lambda m: omero.cmd.Chmod2({"ExperimenterGroup": [m.group]}, permissions="rwrw--"),
    "Chown2": lambda m: omero.cmd.Chown2(_fresh(m), userId=m.user),
    "CurrentSessionsRequest": lambda _m: omero.cmd.CurrentSessionsRequest(),
    "Delete2": lambda m: omero.cmd.Delete2(_fresh(m)),
    "DiskUsage": lambda m: omero.cmd.DiskUsage(None, {"OriginalFile": [m.file.id]}),
    "DiskUsage2": lambda m: omero.cmd.DiskUsage2({"OriginalFile": [m.file.id]}),
    "DoAll": lambda m: omero.cmd.DoAll([omero.cmd.Delete2(_fresh(m))], None),
    "Duplicate": lambda m: omero.cmd.Duplicate(_fresh(m)),
    "FindChildren": lambda m: omero.cmd.FindChildren(_images(m), typesOfChildren=["Pixels"]),
    "FindParents": lambda m: omero.cmd.FindParents(_images(m), typesOfParents=["Dataset"]),
    "LegalGraphTargets": lambda _m: omero.cmd.LegalGraphTargets(omero.cmd.Delete2()),
    "ListRequests": lambda _m: omero.cmd.ListRequests(),
    "ManageImageBinaries": lambda m: omero.cmd.ManageImageBinaries(m.image.id),
    "OriginalMetadataRequest": lambda m: omero.cmd.OriginalMetadataRequest(m.image.id),
    "RawAccessRequest": lambda _m: omero.grid.RawAccessRequest(
        "ScriptRepo", "checksum", ["SHA1-160", _sha1(SCRIPT), "e/Empty.py"]
    ),
    "Save": lambda _m: omero.api.Save(_named("Project", "saved")),
    "SkipHead": lambda m: omero.cmd.SkipHead(
        _with_dataset(m),
        startFrom=["Dataset"],
        request=omero.cmd.Chgrp2(groupId=m.group, dryRun=True),
    ),
    "UpdateSessionTimeoutRequest": lambda m: omero.cmd.UpdateSessionTimeoutRequest(
        m.session, None, omero.rtypes.rlong(600000)
    ),
    "UsedFilesRequest": lambda m: omero.cmd.UsedFilesRequest(_file_of_image(m)),
}
# Answered by an error always, and why.
COMMAND_REFUSED: Final = {
    "ResetPasswordRequest": "nothing here sends mail",
}
COMMAND_NAMES: Final = sorted(each.__name__ for each in COMMANDS)


@pytest.mark.parametrize("name", sorted(set(COMMAND_NAMES) - set(COMMAND_REFUSED)))
def test_a_command_answers(made: Made, name: str) -> None:
    handle = made.sf.submit(COMMAND_WITH[name](made))
    response = answered(handle)
    handle.close()
    assert not isinstance(response, omero.cmd.ERR), response
    said = {key: value for key, value in vars(response).items() if not key.startswith("_")}
    assert type(response) is omero.cmd.OK or any(not is_empty(each) for each in said.values()), said
