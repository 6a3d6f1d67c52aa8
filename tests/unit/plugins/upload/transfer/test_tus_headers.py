"""Headers of tus: what a client may send, and whatever else comes."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_plugin_common.errors import ApiError
from omeroweb_upload.transfer.errors import BadHeader, LengthMissing, WrongType, WrongVersion
from omeroweb_upload.transfer.receive import ALGORITHMS
from omeroweb_upload.transfer.tus import answers, headers

KEY = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=","), min_size=1
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@given(st.dictionaries(KEY, st.text(st.characters(codec="utf-8"))))
def test_metadata_of_any_text_comes_through(values: dict[str, str]) -> None:
    header = ",".join(f"{key} {encoded(value)}" for key, value in values.items())
    assert headers.metadata(header) == values


@given(st.text())
def test_any_metadata_is_read_or_refused(header: str) -> None:
    try:
        found = headers.metadata(header)
    except BadHeader:
        return
    assert all(key and " " not in key and "," not in key for key in found)


@pytest.mark.parametrize("header", ["a,a", ",", "a YQ==,", "a YQ=", "a !!!!", "é YQ==", "a /w=="])
def test_metadata_of_another_form_is_refused(header: str) -> None:
    with pytest.raises(BadHeader, match="Upload-Metadata"):
        headers.metadata(header)


def test_a_value_may_be_missing() -> None:
    assert headers.metadata("relativePath YQ==,draft") == {"relativePath": "a", "draft": ""}


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_numbers_of_bytes(count: int) -> None:
    assert headers.number({"Upload-Offset": str(count)}, "Upload-Offset") == count


@given(st.text())
def test_any_number_is_read_or_refused(text: str) -> None:
    try:
        assert headers.number({"Upload-Offset": text}, "Upload-Offset") >= 0
    except BadHeader as error:
        assert "Upload-Offset" in error.message


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1e3", " 1", "٣", "²", "0x1", "1" * 19, "1_0"]
)
def test_what_is_no_number_of_bytes(text: str) -> None:
    with pytest.raises(BadHeader):
        headers.number({"Upload-Offset": text}, "Upload-Offset")


def test_a_body_announces_its_length() -> None:
    assert headers.content_length("12") == 12
    for missing in (None, ""):
        with pytest.raises(LengthMissing):
            headers.content_length(missing)
    with pytest.raises(BadHeader):
        headers.content_length("many")


@given(st.binary(), st.sampled_from(ALGORITHMS))
def test_checksums_of_every_algorithm_that_is_offered(data: bytes, algorithm: str) -> None:
    digest = hashlib.new(algorithm, data).digest()
    found = headers.checksum(f"{algorithm} {base64.b64encode(digest).decode()}")
    assert found is not None
    assert (found.algorithm, found.digest) == (algorithm, digest)


@given(st.text())
def test_any_checksum_is_read_or_refused(text: str) -> None:
    with pytest.raises(BadHeader, match="Upload-Checksum"):
        headers.checksum(text)


@pytest.mark.parametrize(
    "text",
    ["sha1", "sha1 ", "sha1 AAAA", "crc32 AAAAAA==", f"SHA1 {'A' * 27}=", f"sha1 {'A' * 27}"],
)
def test_a_checksum_that_is_none(text: str) -> None:
    with pytest.raises(BadHeader):
        headers.checksum(text)


def test_no_checksum_is_none() -> None:
    assert headers.checksum(None) is None


@pytest.mark.parametrize("version", [None, "", "0.2.2", "1.0", "1.0.0 "])
def test_another_version_is_refused_with_the_one_that_works(version: str | None) -> None:
    given_headers = {} if version is None else {"Tus-Resumable": version}
    with pytest.raises(WrongVersion) as caught:
        headers.check_version(given_headers)
    assert (caught.value.status, caught.value.headers()) == (412, {"Tus-Version": "1.0.0"})


@pytest.mark.parametrize("kind", ["", "application/octet-stream", "multipart/form-data"])
def test_a_chunk_has_its_own_type(kind: str) -> None:
    with pytest.raises(WrongType):
        headers.check_type(kind)


def test_the_type_may_have_parameters() -> None:
    headers.check_type("Application/Offset+Octet-Stream; charset=binary")


def test_answers() -> None:
    when = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
    assert answers.created("/x/", when) == {
        "Location": "/x/",
        "Upload-Expires": "Sun, 29 Nov 2026 20:00:00 GMT",
    }
    position = answers.position(3, 10, "a/µ.tif", when)
    assert position["Upload-Offset"] == "3"
    assert position["Upload-Length"] == "10"
    assert headers.metadata(position["Upload-Metadata"]) == {"relativePath": "a/µ.tif"}
    assert "Upload-Expires" not in answers.advanced(10, 10, when)
    assert answers.capabilities(5)["Tus-Max-Size"] == "5"


@given(st.text())
def test_errors_of_headers_are_errors_of_the_caller(text: str) -> None:
    for read in (headers.metadata, headers.checksum, headers.content_length, headers.check_type):
        try:
            read(text)
        except ApiError as error:
            assert 400 <= error.status < 500
