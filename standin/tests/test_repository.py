"""The managed repository's own operations: who may, what is refused, what is on disk."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import omero
import omero.cmd
import omero.grid
import omero.model
import pytest
from omero.callbacks import CmdCallbackI
from omero.rtypes import rstring, unwrap

from standin_here import Here, answered, standin_here


class Member:
    """A user with the repository, and a folder of their own in it."""

    def __init__(self, gateway: Any) -> None:
        """Log in; nothing is made."""
        self.gateway = gateway
        self.repository = gateway.c.getManagedRepository()
        context = gateway.getEventContext()
        self.id, self.home = context.userId, f"{context.userName}_{context.userId}"

    def folder(self) -> str:
        """A new folder of the member's."""
        path = f"{self.home}/{uuid.uuid4()}"
        self.repository.makeDir(path, True)
        return path

    def write(self, path: str, content: bytes = b"hi") -> Any:
        """A file with content; its OriginalFile."""
        store = self.repository.file(path, "rw")
        try:
            store.write(content, 0, len(content))
            return store.save()
        finally:
            store.close()

    def read(self, path: str) -> bytes:
        """The content of a file."""
        store = self.repository.file(path, "r")
        try:
            return bytes(store.read(0, store.size()))
        finally:
            store.close()


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in with two members in a group of each level."""
    with standin_here() as running:
        for level in ("rw----", "rwr---", "rwra--", "rwrw--"):
            group = running.group(f"lab {level}", level)
            for name in ("ada", "bob"):
                running.user(f"{name} {level}", group)
        yield running


@pytest.fixture(scope="module")
def member(here: Here) -> Callable[[str], Member]:
    """A user of the stand-in."""
    known: dict[str, Member] = {}

    def found(name: str) -> Member:
        if name not in known:
            known[name] = Member(here.connect(name))
        return known[name]

    return found


@pytest.fixture(scope="module")
def ada(member: Callable[[str], Member]) -> Member:
    """A member of a read-only group."""
    return member("ada rwr---")


@pytest.fixture(scope="module")
def disk(here: Here) -> Path:
    """Where the repository is on disk."""
    return Path(here.kernel.data.root) / "ManagedRepository"


def test_a_folder_below_ones_own(here: Here, ada: Member, disk: Path) -> None:
    path = f"{ada.home}/{uuid.uuid4()}/a/b"
    assert not ada.repository.fileExists(path)
    ada.repository.makeDir(path, True)
    assert (disk / path).is_dir()
    assert ada.repository.fileExists(path)
    assert ada.repository.list(path.rpartition("/")[0]) == [path]
    (row,) = [
        each
        for each in here.store.holding("OriginalFile", "name", "b")
        if each.values["path"] == f"{path.rpartition('/')[0]}/"
    ]
    # In the group of all users, whatever group it was made in.
    assert (row.owner, row.group, row.values["mimetype"]) == (ada.id, 1, "Directory")
    # Again with parents is no error, without it is.
    ada.repository.makeDir(path, True)
    with pytest.raises(omero.ResourceError, match="exists on disk"):
        ada.repository.makeDir(path, False)


@pytest.mark.parametrize(
    "path", ["{home}/../other", "other", "{home}x/a", "../{home}", "{home}/../../{home}"]
)
def test_nothing_beside_ones_own(ada: Member, disk: Path, path: str) -> None:
    with pytest.raises(omero.ValidationException, match=r"cannot create directory|leads out"):
        ada.repository.makeDir(path.format(home=ada.home), True)
    assert not (disk / "other").exists()


def test_the_folder_above_must_be_there(ada: Member, disk: Path) -> None:
    path = f"{ada.folder()}/a/b"
    with pytest.raises(omero.SecurityViolation, match="Cannot find parent directory"):
        ada.repository.makeDir(path, False)
    with pytest.raises(omero.SecurityViolation, match="Cannot find parent directory"):
        ada.repository.file(f"{path}/x.txt", "rw")
    assert not (disk / path).parent.exists()


def test_names_that_not_every_system_can_write(ada: Member, disk: Path) -> None:
    folder = ada.folder()
    for name in (
        "a:b",
        "a*",
        "what?",
        "a|b",
        'a"b',
        "a<b",
        "a\\b",
        "a\x07",
        "CON",
        "nul.txt",
        "$MFT",
    ):
        with pytest.raises(omero.ValidationException, match="illegal components"):
            ada.repository.makeDir(f"{folder}/{name}", True)
    assert list((disk / folder).iterdir()) == []
    for name in ("Über grün", "a b", "ends.", "-x", "日本"):
        ada.repository.makeDir(f"{folder}/{name}", False)
    assert len(ada.repository.list(folder)) == 5


def test_an_administrator_makes_folders_anywhere_and_they_are_roots(
    here: Here, ada: Member, member: Callable[[str], Member]
) -> None:
    root = member("root").repository
    root.makeDir("shared/deep", True)
    owners = {
        row.values["name"]: (row.owner, row.group)
        for row in here.store.holding("OriginalFile", "mimetype", "Directory")
        if row.values["name"] in ("shared", "deep")
    }
    assert owners == {"shared": (0, 1), "deep": (0, 1)}
    with pytest.raises(omero.ResourceError):
        root.makeDir("shared/deep", False)
    with pytest.raises(omero.ValidationException, match="cannot create directory"):
        ada.repository.makeDir("shared/mine", True)


def test_a_file_is_written_and_read(here: Here, ada: Member, disk: Path) -> None:
    folder = ada.folder()
    content = b"abc" * 1000
    saved = ada.write(f"./{folder}/dir/../x.dv0", content)
    sha1 = hashlib.sha1(content).hexdigest()  # noqa: S324 - OMERO's own choice
    assert unwrap(saved.hash) == sha1
    assert unwrap(saved.size) == len(content)
    assert unwrap(saved.mimetype) == "application/octet-stream"
    assert saved.mtime is not None
    assert (unwrap(saved.path), unwrap(saved.name)) == (f"{folder}/", "x.dv0")
    assert (disk / folder / "x.dv0").read_bytes() == content
    assert ada.read(f"{folder}/x.dv0") == content
    # It can be read by its id as well, and written by its path only.
    store = ada.gateway.c.sf.createRawFileStore()
    store.setFileId(saved.id.val)
    assert store.read(0, 3) == b"abc"
    with pytest.raises(omero.SecurityViolation, match="not writeable"):
        store.write(b"x", 0, 1)
    store.close()
    store = ada.repository.fileById(saved.id.val)
    with pytest.raises(omero.SecurityViolation, match="not writeable"):
        store.truncate(0)
    with pytest.raises(omero.ApiUsageException, match="Cannot reset id"):
        store.setFileId(saved.id.val)
    store.close()
    assert ada.repository.mimetype(f"{folder}/x.dv0") == "application/octet-stream"
    with pytest.raises(omero.ValidationException, match="does not exist"):
        ada.repository.mimetype(f"{folder}/none.txt")


@pytest.mark.parametrize(
    ("level", "read", "write", "put"),
    [
        ("rw----", False, False, False),
        ("rwr---", True, False, False),
        ("rwra--", True, False, True),
        ("rwrw--", True, True, True),
    ],
)
def test_what_others_may_do(
    member: Callable[[str], Member],
    disk: Path,
    level: str,
    read: bool,
    write: bool,
    put: bool,
) -> None:
    ada, bob = member(f"ada {level}"), member(f"bob {level}")
    folder = f"{ada.folder()}/b/c"
    ada.repository.makeDir(folder, True)
    path = f"{folder}/file.txt"
    file = ada.write(path)
    assert ada.repository.list(f"{folder}/") == [path]
    everywhere = {"omero.group": "-1"}
    for repository in (ada.repository, bob.repository) if read else (ada.repository,):
        for store in (
            repository.fileById(file.id.val, everywhere),
            repository.file(path, "r", everywhere),
        ):
            assert store.read(0, 2) == b"hi"
            store.close()
    if not read:
        calls: tuple[Callable[[], object], ...] = (
            lambda: bob.repository.fileById(file.id.val),
            lambda: bob.repository.file(path, "r"),
            lambda: bob.repository.fileExists(path),
        )
        for call in calls:
            with pytest.raises(omero.SecurityViolation):
                call()
        assert bob.repository.list(folder) == []
    if write:
        bob.write(path, b"ho")
    else:
        with pytest.raises(omero.SecurityViolation):
            bob.repository.file(path, "rw")
    assert (disk / path).read_bytes() == (b"ho" if write else b"hi")
    if put:
        bob.write(f"{folder}/bob.txt")
    else:
        with pytest.raises(omero.SecurityViolation, match="No annotate access"):
            bob.write(f"{folder}/bob.txt")
    assert (disk / folder / "bob.txt").exists() is put


def test_a_member_of_two_groups_has_one_folder(here: Here) -> None:
    first, second = here.group("first", "rw----"), here.group("second", "rw----")
    here.user("two", first, second)
    two = Member(here.connect("two"))
    path = f"{two.folder()}/a.txt"
    two.write(path)
    two.gateway.setGroupForSession(second)
    other = Member(two.gateway)
    other.write(f"{other.folder()}/b.txt")
    with pytest.raises(omero.SecurityViolation):
        other.repository.file(path, "r")
    assert other.repository.file(path, "r", {"omero.group": "-1"}).read(0, 2) == b"hi"


def test_what_is_on_disk_only_is_registered_first(ada: Member, disk: Path) -> None:
    folder = ada.folder()
    (disk / folder / "copied.png").write_bytes(b"abc")
    (disk / folder / "made").mkdir()
    assert ada.repository.list(folder) == []
    for mode in ("r", "rw"):
        with pytest.raises(omero.grid.UnregisteredFileException) as caught:
            ada.repository.file(f"{folder}/copied.png", mode)
    assert unwrap(caught.value.file.size) == 3
    file = ada.repository.register(f"{folder}/copied.png", rstring("image/png"))
    assert file.id is not None
    for name in ("path", "name", "size", "mtime"):
        assert unwrap(getattr(file, name)) == unwrap(getattr(caught.value.file, name))
    assert (unwrap(file.mimetype), file.hash) == ("image/png", None)
    assert ada.read(f"{folder}/copied.png") == b"abc"
    # A second time it is the same file; others may not do it.
    again = ada.repository.register(f"{folder}/copied.png", None)
    assert again.id.val == file.id.val
    with pytest.raises(omero.ResourceError, match="not registered"):
        ada.repository.makeDir(f"{folder}/made", True)
    with pytest.raises(omero.grid.UnregisteredFileException) as caught:
        ada.repository.file(f"{folder}/made", "rw")
    assert unwrap(caught.value.file.mimetype) == "Directory"
    with pytest.raises(omero.ValidationException, match="is a directory"):
        ada.repository.register(f"{folder}/made", rstring("text/plain"))
    assert unwrap(ada.repository.register(f"{folder}/made", None).mimetype) == "Directory"
    with pytest.raises(omero.SecurityViolation, match="re-register"):
        ada.repository.register("/", None)


def test_others_may_not_register_in_ones_folder(
    ada: Member, member: Callable[[str], Member], disk: Path
) -> None:
    folder = ada.folder()
    (disk / folder / "x.png").write_bytes(b"abc")
    with pytest.raises(omero.SecurityViolation, match="No annotate access"):
        member("bob rwr---").repository.register(f"{folder}/x.png", None)
    assert ada.repository.list(folder) == []


def test_the_top_lists_what_is_registered(here: Here, ada: Member, disk: Path) -> None:
    ada.folder()
    (disk / ".omero").mkdir(exist_ok=True)
    found = ada.repository.list(".")
    assert f"/{ada.home}" in found
    assert ".omero" not in "".join(found)
    with pytest.raises(omero.ValidationException, match="does not exist"):
        ada.repository.list(f"{ada.home}/none")
    shared = ada.gateway.c.sf.sharedResources().repositories()
    for row, proxy in zip(shared.descriptions, shared.proxies, strict=True):
        root = proxy.root()
        assert [unwrap(getattr(root, name)) for name in ("id", "path", "name")] == [
            unwrap(getattr(row, name)) for name in ("id", "path", "name")
        ]


def test_a_tree_is_named_by_files_and_deleted_with_all_in_it(
    here: Here, ada: Member, disk: Path
) -> None:
    folder = ada.folder()
    name = folder.rpartition("/")[2]
    ada.repository.makeDir(f"{folder}/a/b", True)
    file = ada.write(f"{folder}/a/b/file.txt")
    tree = unwrap(ada.repository.treeList(folder))
    assert list(tree) == [name]
    inner = tree[name]["files"]["a"]["files"]["b"]["files"]["file.txt"]
    assert (inner["id"], inner["size"]) == (file.id.val, 2)
    assert list(unwrap(ada.repository.treeList(f"{folder}/a/b/file.txt"))) == ["file.txt"]
    # A folder with something in it cannot be deleted by its id.
    request = omero.cmd.Delete2({"OriginalFile": [tree[name]["id"]]})
    refused = answered(ada.gateway.c.sf.submit(request))
    assert isinstance(refused, omero.cmd.ERR)
    assert (disk / folder / "a/b/file.txt").is_file()
    with pytest.raises(omero.ValidationException, match="leads out"):
        ada.repository.deletePaths([f"{folder}/../../.."], True, True)
    handle = ada.repository.deletePaths([folder], True, True)
    answer = CmdCallbackI(ada.gateway.c, handle).loop(50, 100)
    assert isinstance(answer, omero.cmd.Delete2Response), answer
    assert unwrap(ada.repository.treeList(folder)) == {}
    assert not (disk / folder).exists()
    assert (disk / ada.home).is_dir()


def test_a_file_that_was_deleted_is_made_anew(ada: Member, disk: Path) -> None:
    path = f"{ada.folder()}/file.txt"
    file = ada.write(path)
    ada.gateway.deleteObjects("OriginalFile", [file.id.val], wait=True)
    assert not (disk / path).exists()
    store = ada.repository.file(path, "rw")
    assert unwrap(store.getFileId()) != file.id.val
    store.close()
    # Nothing was written: it is an empty file, and has the checksum of one.
    assert (disk / path).read_bytes() == b""
    new = ada.gateway.getObject("OriginalFile", store_id(ada, path))
    assert new.getHash() == hashlib.sha1(b"").hexdigest()  # noqa: S324 - OMERO's own choice


def store_id(member: Member, path: str) -> int:
    """The id of a file's OriginalFile."""
    (about,) = unwrap(member.repository.treeList(path)).values()
    return int(about["id"])


def test_checksums_of_files_in_whatever_group(
    here: Here, ada: Member, member: Callable[[str], Member], disk: Path
) -> None:
    folder = ada.folder()
    good, bad = ada.write(f"{folder}/good.txt"), ada.write(f"{folder}/bad.txt")
    (disk / folder / "bad.txt").write_bytes(b"no")
    (disk / folder / "without.txt").write_bytes(b"?")
    without = ada.repository.register(f"{folder}/without.txt", None)
    attachment = here.add("OriginalFile", ada.id, 1, name="x", path="", size=0)
    ids = [file.id.val for file in (good, bad, without)] + [attachment.id, 99_999_999]
    assert ada.repository.verifyChecksums(ids) == [bad.id.val]
    # An administrator checks a whole site in one call, in the group of the moment.
    assert member("root").repository.verifyChecksums(ids) == [bad.id.val]
    (disk / folder / "bad.txt").unlink()
    with pytest.raises(omero.InternalException, match="there is no file"):
        ada.repository.verifyChecksums(ids)
    private = member("ada rw----")
    hidden = private.write(f"{private.folder()}/x.txt")
    with pytest.raises(omero.InternalException, match="may not see"):
        ada.repository.verifyChecksums([hidden.id.val])


def test_another_algorithm_for_files_that_are_there(
    here: Here, ada: Member, member: Callable[[str], Member], disk: Path
) -> None:
    folder = ada.folder()
    file, bad = ada.write(f"{folder}/a.txt"), ada.write(f"{folder}/b.txt")
    wanted = omero.model.ChecksumAlgorithmI()
    wanted.value = rstring("MD5-128")
    assert ada.repository.setChecksumAlgorithm(wanted, [file.id.val]) == [file.id.val]
    row = here.store.get("OriginalFile", file.id.val)
    assert row.values["hash"] == hashlib.md5(b"hi").hexdigest()  # noqa: S324 - a client may ask
    assert ada.repository.setChecksumAlgorithm(wanted, [file.id.val]) == []
    assert ada.repository.verifyChecksums([file.id.val]) == []
    # The new checksum is not made over a content that is not what it was.
    (disk / folder / "b.txt").write_bytes(b"no")
    with pytest.raises(omero.ServerError, match="hash mismatch"):
        ada.repository.setChecksumAlgorithm(wanted, [bad.id.val])
    wanted.value = rstring("SHA1-160")
    with pytest.raises(omero.SecurityViolation):
        member("bob rwr---").repository.setChecksumAlgorithm(wanted, [file.id.val])


def test_the_template_decides_which_folders_are_the_servers(tmp_path: Path) -> None:
    config = {"omero.fs.repo.path": "%group%/%user%//%institution%/%perms%/%time%"}
    with standin_here(config) as running:
        running.user("cy", running.group("a lab", "rwra--"))
        cy = Member(running.connect("cy"))
        cy.repository.makeDir("a lab/cy/x", True)
        with pytest.raises(omero.ValidationException, match="root-owned"):
            cy.repository.makeDir("a lab/other", True)
        process = cy.repository.importPaths(["/data/a.fake"])
        (fileset,) = running.store.rows("Fileset")
        # There is no institution: that folder is left out.
        assert fileset.values["templatePrefix"].startswith("a lab/cy/rwra--/")
        process.close()
        running.kernel.config["omero.fs.repo.path"] = "%user%//%hash%"
        with pytest.raises(omero.ApiUsageException, match="%hash%"):
            cy.repository.importPaths(["/data/a.fake"])
