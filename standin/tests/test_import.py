"""Imports through the managed repository, without Java; and the repository's own operations."""

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
from omero.callbacks import CmdCallbackI
from omero.rtypes import rbool, rstring, unwrap
from PIL import Image

from standin_here import Here


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """The one who imports."""
    return here.connect("ada")


def begun(gateway: Any, *paths: str, **settings: Any) -> Any:
    """An import process for files."""
    fileset = omero.model.FilesetI()
    for path in paths:
        entry = omero.model.FilesetEntryI()
        entry.setClientPath(rstring(path))
        fileset.addFilesetEntry(entry)
    upload = omero.model.UploadJobI()
    upload.setVersionInfo([omero.model.NamedValue("os.name", "Linux")])
    fileset.linkJob(upload)
    chosen = omero.grid.ImportSettings(doThumbnails=rbool(True), noStatsInfo=rbool(False))
    chosen.checksumAlgorithm = omero.model.ChecksumAlgorithmI()
    chosen.checksumAlgorithm.value = rstring(settings.pop("algorithm", "SHA1-160"))
    for name, value in settings.items():
        setattr(chosen, name, value)
    return gateway.c.getManagedRepository().importFileset(fileset, chosen)


def uploaded(process: Any, *contents: bytes) -> list[str]:
    """Write the files; their checksums."""
    for number, content in enumerate(contents):
        store = process.getUploader(number)
        store.write(content, 0, len(content))
        store.close()
    return [hashlib.sha1(each).hexdigest() for each in contents]  # noqa: S324 - OMERO's own choice


def imported(gateway: Any, files: dict[str, bytes], **settings: Any) -> Any:
    """The response to a whole import."""
    process = begun(gateway, *files, **settings)
    handle = process.verifyUpload(uploaded(process, *files.values()))
    answer = CmdCallbackI(gateway.c, handle).loop(50, 100)
    assert isinstance(answer, omero.grid.ImportResponse), answer
    process.close()
    return answer


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
    answer = imported(ada, {"a/b/one.png": b"no picture", "a/c/two.txt": b"companion"})
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
        (f"{prefix}b/", "one.png"), (f"{prefix}c/", "two.txt"),
    ]  # fmt: skip
    assert files[0].values["size"] == len(b"no picture")
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


def test_what_cannot_be_read_becomes_generated_pixels(ada: Any) -> None:
    answer = imported(ada, {"strange.xyz": b"?"})
    image = ada.getObject("Image", answer.objects[0].id.val)
    assert (image.getSizeX(), image.getSizeY(), image.getPixelsType()) == (512, 512, "uint8")
    assert image.getPrimaryPixels().getPlane(0, 0, 0).std() > 0


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
    gone = ada.c.sf.submit(omero.cmd.Delete2({"Image": [answer.objects[0].id.val]})).getResponse()
    assert gone.message.startswith("may not split Fileset")
    both = [each.id.val for each in answer.objects]
    ada.c.sf.submit(omero.cmd.Delete2({"Image": both})).getResponse()
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
    assert process.getUploadOffset(1) == 3
    assert isinstance(process.verifyUpload(hashes).getResponse(), omero.grid.ImportResponse)
    process.close()


def test_other_checksum_algorithms(ada: Any) -> None:
    process = begun(ada, "a.fake", algorithm="MD5-128")
    uploaded(process, b"content")
    md5 = hashlib.md5(b"content").hexdigest()  # noqa: S324 - a client may ask for it
    answer = process.verifyUpload([md5]).getResponse()
    assert isinstance(answer, omero.grid.ImportResponse)
    process.close()
    repository = ada.c.getManagedRepository()
    offered = [omero.model.ChecksumAlgorithmI() for _ in range(2)]
    for each, name in zip(offered, ("Odd-1", "Adler-32"), strict=True):
        each.value = rstring(name)
    assert repository.suggestChecksumAlgorithm(offered).value.val == "Adler-32"
    names = {each.value.val for each in repository.listChecksumAlgorithms()}
    assert {"SHA1-160", "MD5-128", "CRC-32"} <= names


@pytest.mark.parametrize(
    ("paths", "settings", "message"),
    [
        ([], {}, "no paths"),
        (["a", "a"], {}, "twice"),
        (["a"], {"algorithm": "Odd-1"}, "no such checksum algorithm: Odd-1"),
    ],
)
def test_misuse_is_named(
    ada: Any, paths: list[str], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(omero.ApiUsageException, match=message):
        begun(ada, *paths, **settings)


def test_steps_out_of_order_are_named(ada: Any) -> None:
    process = begun(ada, "a.fake")
    with pytest.raises(omero.ApiUsageException, match="2 checksums for 1 files"):
        process.verifyUpload(["a", "b"])
    with pytest.raises(omero.ApiUsageException, match="no file 7"):
        process.getUploader(7)
    with pytest.raises(omero.ChecksumValidationException):
        process.verifyUpload(["a"])
    process.close()


def test_paths_do_not_lead_out_of_the_repository(here: Here, ada: Any) -> None:
    answer = imported(ada, {"/x/../../../../etc/evil.fake": b"", "/x/y/good.fake": b""})
    fileset = ada.getObject("Image", answer.objects[0].id.val).getFileset()
    root = here.kernel.data.root / "ManagedRepository"
    for file in fileset.listFiles():
        path = here.kernel.data.content(here.store.get("OriginalFile", file.getId()))
        assert path.resolve().is_relative_to(root.resolve())


def test_the_repository_lists_and_checks(here: Here, ada: Any) -> None:
    answer = imported(ada, {"deep/er/listed.fake": b"abc"})
    repository = ada.c.getManagedRepository()
    file = next(iter(ada.getObject("Image", answer.objects[0].id.val).getImportedImageFiles()))
    folder = file.getPath()
    assert repository.list(folder) == [f"{folder}listed.fake"]
    assert [each.id.val for each in repository.listFiles(folder)] == [file.getId()]
    assert repository.fileExists(f"{folder}listed.fake")
    assert not repository.fileExists(f"{folder}other.fake")
    tree = unwrap(repository.treeList(folder))
    (top,) = tree.values()
    assert [each["id"] for each in top["files"].values()] == [file.getId()]
    assert repository.verifyChecksums([file.getId()]) == []
    here.kernel.data.content(here.store.get("OriginalFile", file.getId())).write_bytes(b"abd")
    assert repository.verifyChecksums([file.getId()]) == [file.getId()]
    reading = repository.fileById(file.getId())
    assert reading.read(0, 3) == b"abd"


def test_files_and_folders_of_ones_own(here: Here, ada: Any) -> None:
    root = here.connect().c.getManagedRepository()
    root.makeDir("shared/deep", True)
    with pytest.raises(omero.ValidationException, match="exists already"):
        root.makeDir("shared/deep", False)
    repository = ada.c.getManagedRepository()
    with pytest.raises(omero.SecurityViolation):
        repository.makeDir("mine", True)
    store = root.file("shared/deep/new.txt", "rw")
    store.write(b"text", 0, 4)
    store.close()
    assert root.file("shared/deep/new.txt", "r").read(0, 10) == b"text"
    with pytest.raises(omero.ValidationException, match="leads out"):
        repository.file("../../etc/passwd", "r")
    with pytest.raises(omero.SecurityViolation):
        repository.file("shared/deep/new.txt", "rw")


def test_twenty_clients_import_at_once(here: Here) -> None:
    def one(number: int) -> int:
        gateway = here.connect("ada")
        answer = imported(gateway, {f"n{number}&sizeX=16&sizeY=16.fake": bytes(100_000)})
        return int(answer.pixels[0].id.val)

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 20
