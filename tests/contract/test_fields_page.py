"""`docs/fields.md` is what `ci/fields-page` writes, and has every field."""

from __future__ import annotations

import re

from omero_ci import fields_page
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec


def test_the_page_is_the_definition() -> None:
    assert fields_page.PAGE.read_text() == fields_page.text(), (
        "run ci/fields-page and commit docs/fields.md"
    )


def test_each_block_of_the_specification_has_a_section_or_a_row() -> None:
    page = fields_page.text()
    sections = set(re.findall(r"^## spec\.(\w+)$", page, re.MULTILINE))
    rows = set(re.findall(r"^\| `(\w+)`", page.split("\n## ")[1], re.MULTILINE))
    assert sections | rows == {field.alias for field in PlatformSpec.model_fields.values()}
    assert len(sections) > 10


def test_a_row_has_what_a_person_has_to_know() -> None:
    page = fields_page.text()
    assert "| `s3.bucket` | string | required | Name of the bucket; it must exist. |\n" in page
    assert re.search(r"^\| `replicas` \| integer, 1 to 50 \| `2` \|", page, re.MULTILINE)
    assert "- a backup needs either claim or s3\n" in page
