"""Settings over the wire: complete, the same in another browser, strict."""

from __future__ import annotations

from typing import Any

import pytest

from people import Person
from upload_site import UploadBrowser, browser_of
from whole_site import WholeSite

SPECIAL = {
    "create_tables": False,
    "create_figures_attachments": True,
    "create_figures_images": True,
}


@pytest.fixture
def ada(whole: WholeSite, person: Person) -> UploadBrowser:
    return browser_of(whole, person)


def test_defaults_show_the_rules_for_attachments(ada: UploadBrowser) -> None:
    settings = ada.ask("user-settings/")["settings"]
    assert (settings["show_collaboration"], settings["settings"]["confirm"]) == (True, "always")
    extensions = {end for rule in settings["settings"]["attach"] for end in rule["extensions"]}
    assert {".pdf", ".msa", ".log"} <= extensions


def test_settings_are_the_same_in_another_browser(
    ada: UploadBrowser, whole: WholeSite, person: Person
) -> None:
    chosen = ada.ask("user-settings/")["settings"]
    chosen["settings"]["attach"] = [{"extensions": [".pdf"], "to": "project"}]
    chosen["target"]["new_dataset"] = "O'Neill \u202e 🔬"
    answer = ada.tell("user-settings/save/", {"settings": chosen})
    assert (answer["success"], answer["settings"]) == (True, chosen)
    assert browser_of(whole, person).ask("user-settings/")["settings"] == chosen


def test_what_an_other_version_stored_is_left_out(
    ada: UploadBrowser, whole: WholeSite, person: Person
) -> None:
    stored = '{"show_collaboration": false, "target": {"gone": 1}, "later": [1]}'
    with whole.base.transaction() as cursor:
        cursor.execute(
            "insert into upload_user_settings (user_id, settings) values (%s, %s)",
            (person.id, stored),
        )
    settings = ada.ask("user-settings/")["settings"]
    assert settings["show_collaboration"] is False
    assert settings["target"]["new_dataset"] is None


@pytest.mark.parametrize(
    "settings", [None, [], {"show_collaboration": "yes"}, {"unknown": 1}, {"target": {"x": 1}}]
)
def test_what_does_not_fit_is_rejected(ada: UploadBrowser, settings: Any) -> None:
    before = ada.ask("user-settings/")
    assert ada.tell("user-settings/save/", {"settings": settings}, 400)["code"] == "bad_body"
    assert ada.ask("user-settings/") == before


def test_settings_of_a_special_import(ada: UploadBrowser) -> None:
    name = {"method": "sem_edx_spectra"}
    assert ada.tell("special-method-settings/load/", name) == {"success": True, "settings": None}
    saved = ada.tell("special-method-settings/save/", {**name, "settings": SPECIAL})
    assert saved["settings"] == SPECIAL
    assert ada.tell("special-method-settings/load/", name)["settings"] == SPECIAL
    for deleted in (True, False):
        told = ada.tell("special-method-settings/delete/", name)
        assert told == {"success": True, "deleted": deleted}
    ada.tell("special-method-settings/load/", {"method": "../x"}, status=400)
    ada.tell("special-method-settings/save/", {**name, "settings": {"x": True}}, status=400)
