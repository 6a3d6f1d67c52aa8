"""What the plugins ask: containers, images, key-values, acquisition, people, storage.

The queries are those of the plugins, with the ids of the run where a plugin asks for everything.
"""

from __future__ import annotations

from typing import Any, Final

import omero.clients  # isort: skip
import omero.cmd
import omero.model
from omero.rtypes import rstring

from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.lab import ALL_GROUPS, Asked, Lab, new_link
from omero_standin.recording.shown import (
    Ref,
    Unordered,
    ids,
    is_there,
    maps,
    only,
    rows,
    shown,
    unordered,
)

ROWS: Final = Rows()
_CONTAINER: Final = (
    "c.id as id, c.name as name, o.id as owner, g.id as grp, c as c_details_permissions"
)
_WHO: Final = "join c.details.owner o join c.details.group g"
_CONTAINERS: Final = maps(id="Project", owner="Experimenter", grp="ExperimenterGroup", ordered=True)
_DATASETS: Final = maps(id="Dataset", owner="Experimenter", grp="ExperimenterGroup", ordered=True)


class Tree:
    """A project with a dataset of two images; another dataset alone; a screen with a plate."""

    def __init__(self, lab: Lab) -> None:
        """Make it."""
        self.project, self.dataset = lab.made("Project", "project"), lab.made("Dataset", "dataset")
        self.alone = lab.made("Dataset", "alone")
        self.images = [lab.made("Image", f"image-{number}") for number in (1, 2)]
        lab.link(self.project, self.dataset)
        for image in self.images:
            lab.link(self.dataset, image)
        self.screen, self.plate = lab.made("Screen", "screen"), lab.made("Plate", "plate")
        lab.link(self.screen, self.plate)
        self.field = lab.made("Image", "field")
        put_into_well(lab, self.plate, self.field)

    def refs(self, *names: str) -> list[Ref]:
        """Ids, for parameters."""
        return [Ref.of(getattr(self, each)) for each in names]


def put_into_well(lab: Lab, plate: Any, image: Any) -> Any:
    """Make an image the field of a new well of a plate; the saved well."""
    well, sample = omero.model.WellI(), omero.model.WellSampleI()
    well.row, well.column = omero.rtypes.rint(0), omero.rtypes.rint(0)
    well.plate = omero.model.PlateI(plate.id.val, False)
    sample.image = omero.model.ImageI(image.id.val, False)
    well.addWellSample(sample)
    return lab.save(well)


@ROWS.row("P1", "projects, their datasets, and datasets of no project, with what one may do")
def containers(lab: Lab) -> None:
    """The plugins' lists of containers."""
    tree = Tree(lab)
    lab.query.projection(
        f"select new map({_CONTAINER}) from Project c {_WHO} where c.id in (:ids) "  # noqa: S608
        "order by lower(c.name), c.id",
        Asked(ids=tree.refs("project")), ALL_GROUPS, show=_CONTAINERS,
    )  # fmt: skip
    lab.query.projection(
        f"select new map({_CONTAINER}) from ProjectDatasetLink l join l.child c {_WHO} "  # noqa: S608
        "where l.parent.id = :id order by lower(c.name), c.id",
        Asked(id=Ref.of(tree.project)), ALL_GROUPS, show=_DATASETS,
    )  # fmt: skip
    lab.query.projection(
        f"select new map({_CONTAINER}) from Dataset c {_WHO} "  # noqa: S608
        "where not exists (select l.id from ProjectDatasetLink l where l.child.id = c.id) "
        "and c.id in (:ids) order by lower(c.name), c.id",
        Asked(ids=tree.refs("dataset", "alone")), ALL_GROUPS, show=_DATASETS,
    )  # fmt: skip


@ROWS.row("P2", "names of the images in projects, datasets, screens, plates")
def names_of_images(lab: Lab) -> None:
    """The plugin Metadata from names reads them."""
    tree = Tree(lab)
    for query, of in (
        ("select i.id, i.name, d.name from ProjectDatasetLink pl join pl.child d "
         "join d.imageLinks l join l.child i where pl.parent.id in (:ids)", "project"),
        ("select i.id, i.name, d.name from DatasetImageLink l join l.parent d join l.child i "
         "where d.id in (:ids)", "dataset"),
        ("select i.id, i.name, p.name from ScreenPlateLink sl join sl.child p join p.wells w "
         "join w.wellSamples s join s.image i where sl.parent.id in (:ids)", "screen"),
        ("select i.id, i.name, p.name from WellSample s join s.well w join w.plate p "
         "join s.image i where p.id in (:ids)", "plate"),
    ):  # fmt: skip
        lab.query.projection(
            query, Asked(ids=tree.refs(of)), ALL_GROUPS, show=rows("Image", None, None)
        )


@ROWS.row("P3", "how many images datasets and plates have")
def counts(lab: Lab) -> None:
    """Lines for those that have some."""
    tree = Tree(lab)
    lab.query.projection(
        "select l.parent.id, count(l.id) from DatasetImageLink l where l.parent.id in (:ids) "
        "group by l.parent.id",
        Asked(ids=tree.refs("dataset", "alone")), ALL_GROUPS, show=rows("Dataset", None),
    )  # fmt: skip
    lab.query.projection(
        "select w.plate.id, count(s.id) from WellSample s join s.well w "
        "where w.plate.id in (:ids) group by w.plate.id",
        Asked(ids=tree.refs("plate")), ALL_GROUPS, show=rows("Plate", None),
    )  # fmt: skip


@ROWS.row("P4", "what one may do with objects")
def rights(lab: Lab) -> None:
    """Every write of a plugin asks this first."""
    tree = Tree(lab)
    for kind, name in (("Project", "project"), ("Dataset", "dataset"), ("Plate", "plate")):
        lab.query.projection(
            "select new map(obj.id as id, obj.details.owner.id as owner, "  # noqa: S608
            f"obj.details.group.id as grp, obj as obj_details_permissions) from {kind} obj "
            "where obj.id in (:ids)",
            Asked(ids=tree.refs(name)), ALL_GROUPS,
            show=maps(id=kind, owner="Experimenter", grp="ExperimenterGroup"),
        )  # fmt: skip


@ROWS.row("P5", "key-values: written in one call, read, removed")
def key_values(lab: Lab) -> None:
    """As the plugin Metadata from names does."""
    first, second = (lab.made("Image", f"image-{number}") for number in (1, 2))
    lab.update.saveAndReturnIds(
        [key_value(lab, first), key_value(lab, second)], lab_context(lab),
        show=ids("ImageAnnotationLink"),
    )  # fmt: skip
    links = lab.query.findAllByQuery(
        "select l from ImageAnnotationLink l join fetch l.child a "
        "where l.parent.id in (:ids) and a.class = MapAnnotation order by l.id",
        Asked(ids=[Ref.of(first), Ref.of(second)]), ALL_GROUPS,
    )  # fmt: skip
    going = [Ref.of(each) for each in links]
    lab.query.projection(
        "select a.id from Annotation a where a.id in (:ids) and not exists "
        "(select l.id from ImageAnnotationLink l where l.child.id = a.id "
        "and l.id not in (:links)) and not exists "
        "(select l1.id from DatasetAnnotationLink l1 where l1.child.id = a.id)",
        Asked(ids=[Ref.of(each.child) for each in links], links=going), ALL_GROUPS,
        show=rows("Annotation"),
    )  # fmt: skip
    lab.command(omero.cmd.Delete2(targetObjects={
        "Annotation": [links[0].child.id.val], "ImageAnnotationLink": [links[1].id.val],
    }))  # fmt: skip


def key_value(lab: Lab, image: Any) -> Any:
    """A link from an image to a set of key-values, not saved."""
    note = lab.new("MapAnnotation", "key-values")
    note.setMapValue([omero.model.NamedValue("Standin key", "a standin value")])
    note.description = omero.rtypes.rstring("standin description")
    made = omero.model.ImageAnnotationLinkI()
    made.parent, made.child = omero.model.ImageI(image.id.val, False), note
    return made


def lab_context(lab: Lab) -> dict[str, str]:
    """A call in the group of the run."""
    return {"omero.group": str(int(lab.group))}


@ROWS.row("P6", "how images were acquired")
def acquisition(lab: Lab) -> None:
    """The image and its pixels, with what hangs on them."""
    image = lab.image("acquired")
    where = Asked(ids=[Ref.of(image)])
    lab.query.findAllByQuery(
        "select i from Image i "
        "left outer join fetch i.instrument n left outer join fetch n.microscope m "
        "left outer join fetch i.objectiveSettings os left outer join fetch os.objective o "
        "left outer join fetch i.stageLabel left outer join fetch i.imagingEnvironment "
        "where i.id in (:ids)",
        where, ALL_GROUPS, show=unordered,
    )  # fmt: skip
    lab.query.projection(
        "select p.sizeX, p.sizeY, p.sizeZ, p.sizeC, p.sizeT, t.value, t.bitSize, count(c.id) "
        "from Pixels p join p.pixelsType t join p.channels c where p.image.id in (:ids) "
        "group by p.sizeX, p.sizeY, p.sizeZ, p.sizeC, p.sizeT, t.value, t.bitSize",
        where, ALL_GROUPS, show=rows(*[None] * 8),
    )  # fmt: skip
    with lab.may_fail():
        lab.command(omero.cmd.OriginalMetadataRequest(Ref.of(image)))


@ROWS.row("P7", "who one is, and the groups that one is in")
def people(lab: Lab) -> None:
    """Names are not recorded, but whether there are some."""
    lab.admin.getEventContext(show=_context)
    lab.query.projection(
        "select g.id, g.name from ExperimenterGroup g where g.id in (:ids)",
        Asked(ids=[lab.group]), ALL_GROUPS, show=rows("ExperimenterGroup", is_there),
    )  # fmt: skip
    lab.query.projection(
        "select e.id, e.omeName from Experimenter e where e.id in (:ids)",
        Asked(ids=[lab.me]), ALL_GROUPS, show=rows("Experimenter", is_there),
    )  # fmt: skip
    lab.admin.containedGroups(lab.me, show=lambda found: _one_of(found, lab.group))


def _context(found: Any) -> Any:
    return only("isAdmin", "eventType")(found) | {
        "user": shown(Ref.to("Experimenter", found.userId)),
        "group": shown(Ref.to("ExperimenterGroup", found.groupId)),
        "a member of it": found.groupId in found.memberOfGroups,
        "permissions": str(found.groupPermissions),
    }


def _one_of(found: list[Any], number: int) -> Any:
    """The one group of a list that is the run's; the others are the site's."""
    return [
        {"group": shown(each), "permissions": str(each.details.permissions)}
        for each in found
        if each.id.val == number
    ]


@ROWS.row("P8", "bytes of files by owner and group")
def storage(lab: Lab) -> None:
    """As the administrators' page sums them, of the run's files only."""
    files = []
    for number, size in enumerate((10, 32)):
        file = lab.new("OriginalFile", f"counted-{number}", size=omero.rtypes.rlong(size))
        files.append(Ref.of(lab.save(file)))
    lab.query.projection(
        "select o.id, g.id, sum(f.size), count(f.id) from OriginalFile f "
        "join f.details.owner o join f.details.group g where f.id in (:ids) group by o.id, g.id",
        Asked(ids=files), ALL_GROUPS, show=rows("Experimenter", "ExperimenterGroup", None, None),
    )  # fmt: skip
    image = lab.image("used")
    lab.command(omero.cmd.DiskUsage2(targetObjects={"Image": [image.id.val]}), show=_usage)


def _usage(found: Any) -> Any:
    if isinstance(found, omero.cmd.ERR):
        return shown(found)
    return {"kinds": Unordered(sorted({kind for each in found.bytesUsedByReferer.values()
                                       for kind in each}))}  # fmt: skip


@ROWS.row(
    "P9", "a session of another user, as the job service opens it",
    needs=("sudo", "second account"),
)  # fmt: skip
def session_of_another(lab: Lab) -> None:
    """It is ended at once."""
    assert lab.second_group is not None
    principal = omero.sys.Principal()
    them = lab.second_client.sf.getAdminService().getEventContext()
    principal.name, principal.group, principal.eventType = them.userName, them.groupName, "User"
    sessions = lab.on("ISession", lab.client.sf.getSessionService())
    made = sessions.createSessionWithTimeouts(
        principal, 0, 60000, show=only("timeToIdle", "owner")
    )  # fmt: skip
    client = lab.joined(lab.hide(made.uuid.val))
    lab.on("IAdmin", client.sf.getAdminService()).getEventContext(show=_context)
    ended = omero.model.SessionI()
    ended.uuid = made.uuid
    sessions.closeSession(ended, show=lambda left: left >= 0)


@ROWS.row("P10", "links that are there already are refused or kept once")
def twice(lab: Lab) -> None:
    """A plugin that repeats a job meets this."""
    dataset, image = lab.made("Dataset", "dataset"), lab.made("Image", "image")
    lab.link(dataset, image)
    with lab.may_fail():
        lab.update.saveAndReturnObject(new_link(dataset, image))


@ROWS.row("P11", "tables on the parents of an image and of a well, counted by one query")
def tables_on_parents(lab: Lab) -> None:
    """OMERO.web's panel, as the platform's image asks: joins in the sub-queries of a select."""
    tree = Tree(lab)
    (well,) = lab.client.sf.getQueryService().findAllByQuery(
        "select w from WellSample s join s.well w where s.image.id = :id",
        omero.sys.ParametersI().addId(tree.field.id.val), lab_context(lab),
    )  # fmt: skip
    for number, (holder, mimetype) in enumerate((
        (tree.dataset, "OMERO.tables"), (tree.dataset, "text/csv"),
        (tree.project, "OMERO.tables"), (tree.plate, "OMERO.tables"),
    )):  # fmt: skip
        file = lab.new("OriginalFile", f"table-{number}", mimetype=rstring(mimetype))
        lab.link(holder, lab.made("FileAnnotation", f"table-{number}", file=file))
    for kind, looked_at in (("Image", tree.images[0]), ("Image", tree.field), ("Well", well)):
        lab.query.projection(
            TABLES_ON_PARENTS[kind],
            Asked(id=Ref.of(looked_at), ns=_TABLES, mt="OMERO.tables"), ALL_GROUPS,
        )  # fmt: skip


@ROWS.row("P12", "the ROI of a shape that was asked for through its ROI")
def roi_of_a_shape(lab: Lab) -> None:
    """No fetch join is in the query, and still omero-metadata reads the ROI's name."""
    image = lab.made("Image", "image")
    roi = lab.new("Roi", "roi", image=omero.model.ImageI(image.id.val, False))
    roi.addShape(omero.model.RectangleI())
    roi = lab.save(roi)
    for query in (
        "select distinct s from Shape as s join s.roi as r join r.image as i where i.id = :id",
        "select s from Shape s where s.roi.image.id = :id",
    ):
        lab.query.findAllByQuery(
            query, Asked(id=Ref.of(image)), ALL_GROUPS,
            show=lambda found: [each.roi.loaded for each in found],
        )  # fmt: skip


def _tables(kind: str, parents: dict[str, str]) -> str:
    counts = (
        f"(select count(distinct link.id) from {parent} parent {joins} "  # noqa: S608 - constants
        "join parent.annotationLinks link join link.child note join note.file held "
        "where seen.id = it.id and (note.ns = :ns or held.mimetype = :mt))"
        for parent, joins in parents.items()
    )
    return f"select {', '.join(counts)} from {kind} it where it.id = :id"  # noqa: S608 - constants


_TABLES: Final = "openmicroscopy.org/omero/bulk_annotations"
# As `omero_platform_fixes.panel_queries` asks.
TABLES_ON_PARENTS: Final = {
    "Image": _tables("Image", {
        "Screen": "join parent.plateLinks pl join pl.child.wells w join w.wellSamples ws "
                  "join ws.image seen",
        "Plate": "join parent.wells w join w.wellSamples ws join ws.image seen",
        "Project": "join parent.datasetLinks dl join dl.child.imageLinks il join il.child seen",
        "Dataset": "join parent.imageLinks il join il.child seen",
    }),
    "Well": _tables("Well", {
        "Screen": "join parent.plateLinks pl join pl.child.wells seen",
        "Plate": "join parent.wells seen",
    }),
}  # fmt: skip
