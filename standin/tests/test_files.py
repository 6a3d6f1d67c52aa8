"""RawFileStore: contents of files."""

from __future__ import annotations

import hashlib
import io

import omero
import pytest

from standin_here import ROOT, Here


def test_what_is_written_is_read_and_saved_with_its_checksum(here: Here) -> None:
    content = bytes(range(256)) * 5000
    file = here.add("OriginalFile", ROOT, 0, name="a.bin", path="/")
    store = here.connect().c.sf.createRawFileStore()
    store.setFileId(file.id)
    assert not store.exists()
    for start in range(0, len(content), 100_000):
        block = content[start : start + 100_000]
        store.write(block, start, len(block))
    assert store.size() == len(content)
    assert store.read(1000, 500) == content[1000:1500]
    # The real server answers as many bytes as it was asked for.
    assert store.read(len(content) - 10, 100) == content[-10:] + bytes(90)
    assert store.read(len(content), 5) == bytes(5)
    assert store.read(len(content) + 1000, 5) == bytes(5)
    saved = store.save()
    assert saved.size.val == len(content)
    assert saved.hash.val == hashlib.sha1(content).hexdigest()  # noqa: S324 - OMERO's own choice
    assert store.truncate(10)
    assert not store.truncate(11)
    store.close()
    assert file.values["size"] == 10


def test_the_gateway_writes_and_reads(here: Here) -> None:
    gateway = here.connect()
    file = gateway.createOriginalFileFromFileObj(
        io.BytesIO(b"one,two\n"), "", "table.csv", 8, mimetype="text/csv"
    )
    assert b"".join(gateway.getObject("OriginalFile", file.id).getFileInChunks()) == b"one,two\n"
    with gateway.getObject("OriginalFile", file.id).asFileObj() as content:
        assert content.read() == b"one,two\n"


def test_a_reader_cannot_write(here: Here) -> None:
    ada = here.connect("ada")
    group = ada.getEventContext().groupId
    file = here.add("OriginalFile", ada.getUserId(), group, name="hers", path="/")
    own = ada.c.sf.createRawFileStore()
    own.setFileId(file.id)
    own.write(b"hers", 0, 4)
    own.close()
    other = here.connect("bob").c.sf.createRawFileStore()
    other.setFileId(file.id)
    assert other.read(0, 4) == b"hers"
    with pytest.raises(omero.SecurityViolation, match="may not change"):
        other.write(b"his!", 0, 4)


def test_misuse_is_named(here: Here) -> None:
    store = here.connect().c.sf.createRawFileStore()
    with pytest.raises(omero.ApiUsageException, match="setFileId"):
        store.size()
    with pytest.raises(omero.ValidationException, match="OriginalFile#4711"):
        store.setFileId(4711)
    file = here.add("OriginalFile", ROOT, 0, name="empty", path="/")
    store.setFileId(file.id)
    with pytest.raises(omero.ApiUsageException, match="cannot write 5 of 2 bytes"):
        store.write(b"ab", 0, 5)
    for position, length in ((-1, 1), (0, -1)):
        with pytest.raises(omero.InternalException, match=f"cannot read {length} bytes"):
            store.read(position, length)
    with pytest.raises(omero.ApiUsageException, match="more than an answer can hold"):
        store.read(0, 2**31 - 1)


def test_a_file_that_nobody_wrote_to(here: Here) -> None:
    """Who may write makes it by looking; who may only read finds nothing."""
    ada = here.connect("ada")
    file = here.add("OriginalFile", ada.getUserId(), ada.getEventContext().groupId, name="new")
    other = here.connect("bob").c.sf.createRawFileStore()
    other.setFileId(file.id)
    for call in (other.size, lambda: other.read(0, 1)):
        with pytest.raises(omero.ResourceError, match="no content"):
            call()
    own = ada.c.sf.createRawFileStore()
    own.setFileId(file.id)
    assert not own.exists()
    assert own.read(0, 2) == bytes(2)
    assert own.exists()
    assert (own.size(), other.size()) == (0, 0)
