"""Imports through the managed repository."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import omero
import omero.cmd
import omero.grid
import omero.model
import pytest
from omero.rtypes import rbool, rstring, unwrap
from PIL import Image

from importing import begun, imported, uploaded
from omero_standin.services.commands.handle import DELAY
from standin_here import Here, answered


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """The one who imports."""
    return here.connect("ada")


def tiff(*pages: Any, **options: Any) -> bytes:
    """A TIFF of pages."""
    out = io.BytesIO()
    images = [Image.fromarray(page) for page in pages]
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], **options)
    return out.getvalue()


def test_a_tiff_becomes_an_image_with_its_pixels(here: Here, ada: Any) -> None:
    page = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30)
    answer = imported(ada, {"/data/ada/cells.tif": tiff(page, page + 1000)})
    image = ada.getObject("Image", answer.objects[0].id.val)
    assert (image.getName(), image.getPixelsType()) == ("cells.tif", "uint16")
    assert (image.getSizeX(), image.getSizeY(), image.getSizeZ(), image.getSizeT()) == (
        30,
        20,
        1,
        2,
    )
    assert np.array_equal(image.getPrimaryPixels().getPlane(0, 0, 1), page + 1000)
    assert image.getChannels()[0].getWindowMax() == 1599.0
    assert image.getThumbVersion() is not None
    fileset = image.getFileset()
    assert [each.getName() for each in fileset.listFiles()] == ["cells.tif"]
    file = next(iter(image.getImportedImageFiles()))
    assert b"".join(file.getFileInChunks()) == tiff(page, page + 1000)
    assert file.getPath().startswith("ada_")
    assert image.getImportedImageFilePaths()["client_paths"] == ["/data/ada/cells.tif"]


def test_an_import_has_the_rows_of_the_real_server(here: Here, ada: Any) -> None:
    answer = imported(
        ada,
        {"a/b/one.fake": b"its name", "a/c/two.txt": b"companion"},
        reader="loci.formats.in.FakeReader",
    )
    image = here.store.get("Image", answer.objects[0].id.val)
    fileset = here.store.get(*image.values["fileset"])
    kinds = [
        each.values["child"].kind
        for each in here.store.referring("FilesetJobLink", "parent", fileset.ref)
    ]
    assert kinds == [
        "UploadJob", "MetadataImportJob", "PixelDataJob", "ThumbnailGenerationJob", "IndexingJob",
    ]  # fmt: skip
    entries = here.store.referring("FilesetEntry", "fileset", fileset.ref)
    files = [here.store.get(*each.values["originalFile"]) for each in entries]
    prefix = fileset.values["templatePrefix"]
    assert [(each.values["path"], each.values["name"]) for each in files] == [
        (f"{prefix}b/", "one.fake"), (f"{prefix}c/", "two.txt"),
    ]  # fmt: skip
    assert files[0].values["size"] == len(b"its name")
    query = (
        "select o from FilesetJobLink l join l.parent as fs join l.child as j "
        "join j.originalFileLinks l2 join l2.child as o "
        "where fs.id = :id and o.mimetype = 'application/omero-log-file'"
    )
    parameters = omero.sys.ParametersI().addId(fileset.id)
    log = ada.getQueryService().findByQuery(query, parameters)
    assert (
        str(image.id) in b"".join(ada.getObject("OriginalFile", log.id).getFileInChunks()).decode()
    )


def test_colour_pages_and_stacks(ada: Any) -> None:
    colours = np.zeros((8, 9, 3), np.uint8)
    colours[..., 2] = 200
    out = io.BytesIO()
    Image.fromarray(colours).save(out, "PNG")
    answer = imported(ada, {"rgb.png": out.getvalue()})
    image = ada.getObject("Image", answer.objects[0].id.val)
    assert image.getSizeC() == 3
    assert image.getPrimaryPixels().getPlane(0, 2, 0).max() == 200
    pages = [np.full((4, 5), number, np.uint8) for number in range(12)]
    text = "ImageJ=1.53\nimages=12\nchannels=2\nslices=3\nframes=2\n"
    answer = imported(ada, {"stack.tif": tiff(*pages, description=text)})
    image = ada.getObject("Image", answer.objects[0].id.val)
    assert (image.getSizeZ(), image.getSizeC(), image.getSizeT()) == (3, 2, 2)
    assert int(image.getPrimaryPixels().getPlane(2, 1, 1)[0, 0]) == 11


def test_ome_tiff_tells_axes_names_and_sizes(ada: Any) -> None:
    text = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="5"'
        ' SizeY="4" SizeZ="2" SizeC="1" SizeT="1" PhysicalSizeX="0.25">'
        '<Channel ID="Channel:0:0" Name="DAPI"/></Pixels></Image></OME>'
    )
    pages = [np.zeros((4, 5), np.uint8)] * 2
    answer = imported(ada, {"x.ome.tif": tiff(*pages, description=text)})
    image = ada.getObject("Image", answer.objects[0].id.val)
    assert (image.getSizeZ(), image.getPixelSizeX()) == (2, 0.25)
    assert image.getChannelLabels() == ["DAPI"]


def test_fake_files_are_what_their_names_say(here: Here, ada: Any) -> None:
    name = "test&sizeX=20&sizeZ=3&sizeC=2&pixelType=uint16&series=2.fake"
    answer = imported(ada, {name: b""})
    assert len(answer.pixels) == 2
    assert [unwrap(each.sizeC) for each in answer.pixels] == [2, 2]
    image = ada.getObject("Image", answer.objects[1].id.val)
    assert image.getName() == f"{name} [test 2]"
    gone = answered(ada.c.sf.submit(omero.cmd.Delete2({"Image": [answer.objects[0].id.val]})))
    assert gone.message.startswith("within Fileset")
    both = [each.id.val for each in answer.objects]
    answered(ada.c.sf.submit(omero.cmd.Delete2({"Image": both})))
    assert here.store.find("Fileset", image.fileset.id.val) is None


def test_settings_of_the_client_are_followed(here: Here, ada: Any) -> None:
    dataset = here.add("Dataset", ada.getUserId(), ada.getEventContext().groupId, name="d")
    tag = here.add("TagAnnotation", ada.getUserId(), ada.getEventContext().groupId, textValue="t")
    answer = imported(
        ada,
        {"x.fake": b""},
        algorithm="SHA1-160",
        userSpecifiedName=rstring("named"),
        userSpecifiedDescription=rstring("described"),
        userSpecifiedTarget=omero.model.DatasetI(dataset.id, False),
        userSpecifiedAnnotationList=[omero.model.TagAnnotationI(tag.id, False)],
        doThumbnails=rbool(False),
        noStatsInfo=rbool(True),
    )
    image = ada.getObject("Image", answer.objects[0].id.val)
    assert (image.getName(), image.getDescription()) == ("named", "described")
    assert [each.getId() for each in ada.getObject("Dataset", dataset.id).listChildren()] == [
        image.getId()
    ]
    assert [each.getId() for each in image.listAnnotations()] == [tag.id]
    assert image.getThumbVersion() is None


def test_a_wrong_checksum_is_refused_and_names_the_file(here: Here, ada: Any) -> None:
    before = here.store.count("Image")
    process = begun(ada, "a.fake", "b.fake")
    hashes = uploaded(process, b"one", b"two")
    with pytest.raises(omero.ChecksumValidationException) as caught:
        process.verifyUpload([hashes[0], "0" * 40])
    assert caught.value.failingChecksums == {1: hashes[1]}
    assert here.store.count("Image") == before
    assert process.getUploadOffset(1) == 0
    assert isinstance(answered(process.verifyUpload(hashes)), omero.grid.ImportResponse)
    process.close()


def test_other_checksum_algorithms(ada: Any) -> None:
    process = begun(ada, "a.fake", algorithm="MD5-128")
    uploaded(process, b"content")
    md5 = hashlib.md5(b"content").hexdigest()  # noqa: S324 - a client may ask for it
    answer = answered(process.verifyUpload([md5]))
    assert isinstance(answer, omero.grid.ImportResponse)
    process.close()
    repository = ada.c.getManagedRepository()
    offered = [omero.model.ChecksumAlgorithmI() for _ in range(3)]
    for each, name in zip(offered, ("Odd-1", "Adler-32", "MD5-128"), strict=True):
        each.value = rstring(name)
    # What the server likes best, not what the client names first.
    assert repository.suggestChecksumAlgorithm(offered).value.val == "MD5-128"
    assert repository.suggestChecksumAlgorithm(offered[:1]) is None
    names = {each.value.val for each in repository.listChecksumAlgorithms()}
    assert {"SHA1-160", "MD5-128", "CRC-32"} <= names


@pytest.mark.parametrize(
    ("paths", "settings", "error", "message"),
    [
        ([], {}, omero.ApiUsageException, "No paths provided"),
        (["a", "a"], {}, omero.ValidationException, "twice"),
        (["a/10:30.tif"], {}, omero.ValidationException, "illegal components: '10:30.tif'"),
        (["a"], {"algorithm": "Odd-1"}, omero.ValidationException, "algorithm: Odd-1"),
        (["a"], {"checksumAlgorithm": None}, omero.ApiUsageException, "must specify checksum"),
    ],
)
def test_misuse_is_named(
    ada: Any, paths: list[str], settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        begun(ada, *paths, **settings)


@pytest.mark.parametrize("jobs", [[], ["UploadJobI", "UploadJobI"], ["IndexingJobI"]])
def test_a_fileset_comes_with_one_upload_job(ada: Any, jobs: list[str]) -> None:
    fileset = omero.model.FilesetI()
    entry = omero.model.FilesetEntryI()
    entry.clientPath = rstring("a.fake")
    fileset.addFilesetEntry(entry)
    for each in jobs:
        fileset.linkJob(getattr(omero.model, each)())
    chosen = omero.grid.ImportSettings()
    chosen.checksumAlgorithm = omero.model.ChecksumAlgorithmI()
    chosen.checksumAlgorithm.value = rstring("SHA1-160")
    with pytest.raises(omero.ValidationException, match="on creation"):
        ada.c.getManagedRepository().importFileset(fileset, chosen)


def test_steps_out_of_order_are_named(ada: Any) -> None:
    process = begun(ada, "a.fake")
    with pytest.raises(omero.ApiUsageException, match="hashes size should be 1 not 2"):
        process.verifyUpload(["a", "b"])
    with pytest.raises(omero.ApiUsageException, match="no file 7"):
        process.getUploader(7)
    with pytest.raises(omero.ChecksumValidationException):
        process.verifyUpload(["a"])
    process.close()


def test_an_uploader_stays_until_it_is_closed(
    here: Here, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(here.kernel.config, DELAY, "1000")
    process = begun(ada, "a.fake")
    store = process.getUploader(0)
    store.write(b"first", 0, 5)
    # Another one who asks goes on with the same store.
    again = process.getUploader(0)
    assert again.ice_getIdentity() == store.ice_getIdentity()
    assert process.getUploadOffset(0) == 5
    again.write(b"second", 5, 6)
    assert process.getUploadOffset(0) == 11
    # Before the store is closed or saved the server knows no checksum.
    sha1 = hashlib.sha1(b"firstsecond").hexdigest()  # noqa: S324 - OMERO's own choice
    with pytest.raises(omero.ChecksumValidationException) as caught:
        process.verifyUpload([sha1])
    assert caught.value.failingChecksums == {0: ""}
    store.close()
    assert process.getUploader(0).ice_getIdentity() != store.ice_getIdentity()
    with pytest.raises(omero.ChecksumValidationException) as caught:
        process.verifyUpload([sha1.upper()])
    assert caught.value.failingChecksums == {0: sha1}
    assert process.getHandle() is None
    handle = process.verifyUpload([sha1])
    assert process.getHandle().ice_getIdentity() == handle.ice_getIdentity()
    request = handle.getRequest()
    assert request.process.ice_getIdentity() == process.ice_getIdentity()
    assert request.activity.child.ice_id() == "::omero::model::MetadataImportJob"
    # The images are made after the answer, in five steps.
    assert handle.getResponse() is None
    assert (handle.getStatus().steps, handle.getStatus().currentStep) == (5, 0)
    assert isinstance(answered(handle), omero.grid.ImportResponse)
    assert handle.getStatus().currentStep == 4
    process.close()


def test_a_file_without_content_is_uploaded_by_closing_it(here: Here, ada: Any) -> None:
    process = begun(ada, "empty.fake")
    process.getUploader(0).close()
    sha1 = hashlib.sha1(b"").hexdigest()  # noqa: S324 - OMERO's own choice
    answer = answered(process.verifyUpload([sha1]))
    assert isinstance(answer, omero.grid.ImportResponse)
    process.close()


@pytest.mark.parametrize(
    ("reader", "paths", "kept"),
    [
        (
            "loci.formats.in.FakeReader",
            ["/d/a/b/c/x.fake", "/d/a/b/y.fake"],
            ["c/x.fake", "y.fake"],
        ),
        ("", ["/x/d/a/b/c/x.fake", "/x/d/a/b/c/y.fake"], ["a/b/c/x.fake", "a/b/c/y.fake"]),
        ("", ["x.fake"], ["x.fake"]),
    ],
)
def test_folders_above_the_files_that_are_kept(
    here: Here, ada: Any, reader: str, paths: list[str], kept: list[str]
) -> None:
    process = begun(ada, *paths, reader=reader)
    handle = process.verifyUpload(uploaded(process, *(b"" for _ in paths)))
    location = handle.getRequest().location
    prefix = "/".join(location.sharedPath.split("/")[:4])
    assert prefix.startswith(f"ada_{ada.getUserId()}/")
    found = [
        f"{location.sharedPath}/{each}".removeprefix(f"{prefix}/") for each in location.usedFiles
    ]
    assert found == kept
    root = here.kernel.data.root / "ManagedRepository"
    assert all((root / prefix / each).is_file() for each in kept)
    process.close()


def test_folders_of_an_import_belong_to_root_and_to_the_one_who_imports(
    here: Here, ada: Any
) -> None:
    answer = imported(ada, {"x.fake": b""})
    fileset = ada.getObject("Image", answer.objects[0].id.val).getFileset()
    parts = fileset.getTemplatePrefix().rstrip("/").split("/")
    assert len(parts) == 4
    rows = {
        (row.values["path"] + row.values["name"]).lstrip("/"): (row.owner, row.group)
        for row in here.store.holding("OriginalFile", "mimetype", "Directory")
    }
    assert rows[parts[0]] == (0, 1)
    for number in range(2, 5):
        assert rows["/".join(parts[:number])] == (ada.getUserId(), 1)


def test_what_the_client_says_of_sizes_and_new_annotations(here: Here, ada: Any) -> None:
    tag = omero.model.TagAnnotationI()
    tag.textValue = rstring("new with an import")
    answer = imported(
        ada,
        {"two&series=2.fake": b""},
        userSpecifiedAnnotationList=[tag],
        userSpecifiedPixels=[0.5, 0.25, 2.0],
    )
    images = [ada.getObject("Image", each.id.val) for each in answer.objects]
    assert [(i.getPixelSizeX(), i.getPixelSizeY(), i.getPixelSizeZ()) for i in images] == [
        (0.5, 0.25, 2.0)
    ] * 2
    tags = {each.getId() for image in images for each in image.listAnnotations()}
    assert len(tags) == 1
    assert here.store.holding("TagAnnotation", "textValue", "new with an import")[0].id in tags


def test_jobs_say_who_did_what(here: Here, ada: Any) -> None:
    process = begun(ada, "a.fake", doThumbnails=None)
    query = (
        "select j from FilesetJobLink l join l.child j join fetch j.status where l.parent.id = :id"
    )
    handle = process.verifyUpload(uploaded(process, b""))
    fileset = handle.getRequest().activity.parent.id.val
    parameters = omero.sys.ParametersI().addId(fileset)
    jobs = ada.getQueryService().findAllByQuery(query, parameters)
    assert [type(each).__name__ for each in jobs] == [
        "UploadJobI", "MetadataImportJobI", "PixelDataJobI", "IndexingJobI",
    ]  # fmt: skip
    assert unwrap(jobs[0].status.value) == "Finished"
    told = {each.name: each.value for each in jobs[1].versionInfo}
    assert told["omero.version"] == here.kernel.config["omero.version"]
    process.close()


def test_imports_that_are_open_are_listed_for_those_who_may_change_them(here: Here) -> None:
    ada, again, bob = here.connect("ada"), here.connect("ada"), here.connect("bob")
    process = begun(ada, "a.fake")
    found = [each.ice_getIdentity() for each in again.c.getManagedRepository().listImports()]
    assert process.ice_getIdentity() in found
    assert bob.c.getManagedRepository().listImports() == []
    process.close()
    found = [each.ice_getIdentity() for each in again.c.getManagedRepository().listImports()]
    assert process.ice_getIdentity() not in found


def test_paths_do_not_lead_out_of_the_repository(here: Here, ada: Any) -> None:
    answer = imported(ada, {"/x/../../../../etc/evil.fake": b"", "/x/y/good.fake": b""})
    fileset = ada.getObject("Image", answer.objects[0].id.val).getFileset()
    root = here.kernel.data.root / "ManagedRepository"
    files = list(fileset.listFiles())
    assert {file.getName() for file in files} == {"evil.fake", "good.fake"}
    for file in files:
        path = here.kernel.data.content(here.store.get("OriginalFile", file.getId()))
        assert path.resolve().is_relative_to(root.resolve())


def test_twenty_clients_import_at_once(here: Here) -> None:
    def one(number: int) -> int:
        gateway = here.connect("ada")
        answer = imported(gateway, {f"n{number}&sizeX=16&sizeY=16.fake": bytes(100_000)})
        return int(answer.pixels[0].id.val)

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 20
