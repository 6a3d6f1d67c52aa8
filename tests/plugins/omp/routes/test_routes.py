"""The routes over the wire: methods, tokens, passwords, limits, other users' things."""

from __future__ import annotations

import csv
import http.client
import io
import json
import re
import uuid
from typing import Any
from urllib.parse import urlencode

import httpx
import omero
import pytest

from omp_site import PLUGIN, OmpBrowser

SETTINGS = {"mode": "separators", "pattern": "_", "names": ["Line", "Number", "Stain"]}
ANY = "00000000-0000-4000-8000-000000000000"
GET = (
    "",
    "projects/",
    "root-status/",
    f"progress/{ANY}/",
    "from-address/",
    f"jobs/{ANY}/in-omero/",
    "help/",
    f"previews/{ANY}/rows/",
    f"backups/{ANY}.csv",
)
POST = (
    "start_job/",
    "start_acq_job/",
    "start_delete_all_job/",
    "start_delete_plugin_job/",
    "selections/",
    "previews/",
    "restore/",
    "restore/stored/",
    "start_backup_job/",
)


@pytest.fixture
def ada(place: Any) -> OmpBrowser:
    return place.browser("ada")


def select(browser: OmpBrowser, place: Any, group: str = "notes") -> str:
    chosen = browser.send("selections/", {"datasets": [place.lab.dataset(group)]})
    return str(chosen["selection"])


def preview(browser: OmpBrowser, selection: str, mode: str = "replace_own") -> Any:
    body = {"selection": selection, "settings": SETTINGS, "mode": mode}
    return browser.send("previews/", body)


@pytest.mark.parametrize("route", [*GET, *POST])
def test_each_route_has_one_method(ada: OmpBrowser, route: str) -> None:
    headers = {"X-CSRFToken": ada.token}
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = ada.client.request(method, f"/{PLUGIN}/{route}", headers=headers)
        allowed = method == ("GET" if route in GET else "POST")
        assert (answer.status_code != 405) == allowed, (method, answer.status_code)


@pytest.mark.parametrize("route", POST)
def test_nothing_is_done_for_another_page(ada: OmpBrowser, route: str) -> None:
    answer = ada.client.post(f"/{PLUGIN}/{route}", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize("route", ["projects/", "root-status/", f"progress/{ANY}/"])
def test_nobody_is_told_to_log_in(place: Any, route: str) -> None:
    assert httpx.get(f"{place.omp.site.url}/{PLUGIN}/{route}").status_code == 401


def test_the_page_and_its_help_are_there(ada: OmpBrowser) -> None:
    assert "Metadata from file names" in ada.get(f"/{PLUGIN}/").text
    assert "omp_hash" in ada.get(f"/{PLUGIN}/help/").text


def test_root_is_told_why_it_cannot_write(place: Any, ada: OmpBrowser) -> None:
    root = place.browser("root")
    status = root.ask("root-status/")
    assert (status["is_root_user"], status["can_write"]) == (True, False)
    assert "administrator" in status["reason"]
    assert ada.ask("root-status/") == {"is_root_user": False, "can_write": True, "reason": ""}
    body = {"selection": select(root, place)}
    refused = root.send("start_acq_job/", body, status=403)
    assert (refused["code"], refused["error"]) == ("administrator", status["reason"])


def test_projects_are_sorted_by_what_their_groups_allow(place: Any) -> None:
    found = place.browser("ben").ask("projects/")
    assert [each["name"] for each in found["collab"]] == ["Project sharing"]
    assert [each["name"] for each in found["collab_annotate"]] == ["Project notes"]
    assert [each["name"] for each in found["read_only"]] == ["Project reading"]
    assert (found["owned"], found["collab_available"]) == ([], True)
    [notes] = found["collab_annotate"]
    assert (notes["access"], notes["group"], notes["own"]) == ("read_annotate", "notes", False)

    mine = place.browser("ada").ask("projects/")
    assert len(mine["owned"]) == 4
    assert mine["collab_available"] is False
    nothing = place.browser("chi").ask("projects/")
    assert not any(nothing[key] for key in ("owned", "collab", "collab_annotate", "read_only"))


def test_the_datasets_of_a_project_come_with_their_numbers(place: Any, ada: OmpBrowser) -> None:
    [project] = [p for p in ada.ask("projects/")["owned"] if p["name"] == "Project notes"]
    [dataset] = ada.ask(f"projects/?project={project['id']}")["datasets"]
    assert (dataset["name"], dataset["images"]) == ("names", 3)
    assert place.browser("chi").ask(f"projects/?project={project['id']}") == {"datasets": []}
    assert ada.ask("projects/?project=x", status=400)["code"] == "bad_request"


def test_a_selection_says_how_its_names_are_built(place: Any, ada: OmpBrowser) -> None:
    body = {"datasets": [place.lab.dataset("notes")]}
    chosen = ada.send("selections/", body)
    assert (chosen["images"], chosen["first"][0]) == (3, "HeLa_01_DAPI.tif")
    assert chosen["detected"]["separators"] == ["_"]
    assert 0 <= chosen["detected"]["confidence"] <= 1
    made = ada.send("previews/", {"selection": chosen["selection"], "settings": {"mode": "detect"}})
    assert made["settings"]["mode"] != "detect"
    assert len(made["columns"]) >= 2


def test_a_preview_tells_the_pieces_of_a_name_and_what_each_is_called(
    place: Any, ada: OmpBrowser
) -> None:
    settings = {
        **SETTINGS, "names": ["Line", "", "Stain"],
        "constants": [{"key": "Study", "value": "S1"}, {"key": "Stain", "value": "none"}],
    }  # fmt: skip
    body = {"selection": select(ada, place), "settings": settings}
    made = ada.send("previews/", body)
    # What nobody has named is no column; what all images get comes last.
    assert made["columns"] == ["Line", "Study", "Stain"]
    assert made["constants"] == settings["constants"]
    [shape] = made["shapes"]
    assert (shape["place"], shape["names"], shape["example"]) == (0, 3, "HeLa_01_DAPI.tif")
    assert [(each["start"], each["end"], each["key"]) for each in shape["pieces"]] == [
        (0, 4, "Line"), (5, 7, ""), (8, 12, "Stain"),
    ]  # fmt: skip
    [row, *_] = ada.ask(f"previews/{made['preview']}/rows/")["rows"]
    told = [(each["name"], each["then"]) for each in row["cells"]]
    assert told[:3] == [("Line", ["HeLa"]), ("Study", ["S1"]), ("Stain", ["none"])]
    wrong = {**settings, "constants": [{"key": "omp_hash", "value": "x"}]}
    assert "omp_hash" in ada.send("previews/", {**body, "settings": wrong}, status=400)["error"]


def test_an_empty_selection_is_refused(ada: OmpBrowser) -> None:
    for body in ({}, {"datasets": []}, {"images": []}):
        assert ada.send("selections/", body, status=400)["code"] == "empty_selection"
    assert ada.send("selections/", {"datasets": [10**9]}, status=404)["code"] == "empty_selection"
    for route in POST[1:4]:
        assert ada.send(route, {}, status=400)["code"] == "bad_body"


def test_a_pattern_that_is_refused_says_why(place: Any, ada: OmpBrowser) -> None:
    settings = {"mode": "regex", "pattern": "(a", "names": []}
    body = {"selection": select(ada, place), "settings": settings}
    refused = ada.send("previews/", body, status=400)
    assert refused["code"] == "pattern_refused"
    assert len(refused["error"]) > 10


def test_a_preview_refuses_reserved_names_and_images_of_others(place: Any, ada: OmpBrowser) -> None:
    selection = select(ada, place)
    for settings, overrides, error in (
        (SETTINGS | {"names": ["omp_hash"]}, {}, "No key can be called omp_hash"),
        (
            SETTINGS,
            {str(place.lab.images("notes")[0]): {"omp_image": "x"}},
            "No key can be called omp_image",
        ),
        (SETTINGS, {"999999999": {"Line": "x"}}, "Image 999999999 is not in the selection"),
    ):
        body = {"selection": selection, "settings": settings, "overrides": overrides}
        refused = ada.send("previews/", body, status=400)
        assert refused == {"error": error, "code": "bad_request"}


def test_a_value_is_edited_without_touching_the_old_preview(place: Any, ada: OmpBrowser) -> None:
    image = place.lab.images("notes")[0]
    old = preview(ada, select(ada, place))
    body = {"values": {str(image): {"Line": "U2OS", "Drug": "DMSO"}}}
    new = ada.send(f"previews/{old['preview']}/values/", body)
    assert new["columns"] == [*old["columns"], "Drug"]
    [row] = [r for r in ada.ask(f"previews/{new['preview']}/rows/")["rows"] if r["id"] == image]
    assert row["edited"] == ["Drug", "Line"]
    assert {c["name"]: c["then"] for c in row["cells"]} == {
        "Line": ["U2OS"], "Number": ["01"], "Stain": ["DAPI"], "Drug": ["DMSO"]
    }  # fmt: skip
    assert ada.ask(f"previews/{old['preview']}/")["edited"] == 0


def test_images_are_ticked_one_by_one_and_by_what_is_shown(place: Any, ada: OmpBrowser) -> None:
    first, second, _ = place.lab.images("notes")
    old = preview(ada, select(ada, place))
    assert (old["skipped"], old["skippedMisfits"]) == (0, 0)
    ticks = f"previews/{old['preview']}/ticks/"
    new = ada.send(ticks, {"images": {str(first): False, str(second): False}})
    assert (new["skipped"], new["skippedMisfits"], new["mismatching"]) == (2, 0, 0)
    shown = ada.ask(f"previews/{new['preview']}/rows/?filter=skipped")
    assert [(row["id"], row["written"]) for row in shown["rows"]] == [
        (first, False),
        (second, False),
    ]
    assert (shown["total"], shown["skipped"]) == (2, 2)
    assert ada.ask(f"previews/{new['preview']}/rows/")["skipped"] == 2
    all_of_them = {"filter": "skipped", "ticked": True}
    assert ada.send(f"previews/{new['preview']}/ticks/", all_of_them)["skipped"] == 0
    assert ada.send(ticks, {"filter": "all", "ticked": False})["skipped"] == 3
    assert ada.ask(f"previews/{old['preview']}/")["skipped"] == 0
    assert ada.send(ticks, {"images": {"999999999": True}}, status=400)["code"] == "bad_request"
    assert ada.send(ticks, {"filter": "odd"}, status=400)["code"] == "bad_body"


def values_of(browser: OmpBrowser, made: Any, key: str) -> dict[int, list[str]]:
    rows = browser.ask(f"previews/{made['preview']}/rows/")["rows"]
    cells = {row["id"]: {each["name"]: each["then"] for each in row["cells"]} for row in rows}
    return {image: found.get(key, []) for image, found in cells.items()}


def test_a_key_is_edited_on_many_images_at_once(place: Any, ada: OmpBrowser) -> None:
    first, second, third = place.lab.images("notes")
    old = preview(ada, select(ada, place))

    def edit(made: Any, where: dict[str, Any], key: str, **change: Any) -> Any:
        body = {**where, "key": key, "change": change}
        return ada.send(f"previews/{made['preview']}/edit/", body)

    new = edit(old, {"filter": "all"}, "Line", to="text", text="La", by="LA")
    assert (new["changedImages"], new["edited"]) == (3, 3)
    assert set(map(tuple, values_of(ada, new, "Line").values())) == {("HeLA",)}
    new = edit(new, {"images": [third, second]}, "Dose", to="value", value="10uM")
    assert new["columns"] == [*old["columns"], "Dose"]
    new = edit(new, {"filter": "all"}, "Dose", to="unit", unit="Dose unit")
    assert (new["changedImages"], new["columns"][-2:]) == (2, ["Dose", "Dose unit"])
    assert values_of(ada, new, "Dose unit") == {first: [], second: ["uM"], third: ["uM"]}
    new = edit(new, {"images": [first, second]}, "Number", to="first")
    assert values_of(ada, new, "Number") == {first: ["01"], second: ["01"], third: ["03"]}
    # What changes nothing makes no other preview.
    same = edit(new, {"filter": "all"}, "Line", to="text", text="ctrl", by="control", whole=True)
    assert (same["changedImages"], same["preview"]) == (0, new["preview"])
    # The earlier previews are as they were: going back to one undoes an edit.
    assert values_of(ada, old, "Line")[first] == ["HeLa"]

    for body, code in (
        ({"filter": "all", "key": "Line", "change": {"to": "text", "text": "", "by": "x"}}, 400),
        ({"filter": "all", "key": "Line", "change": {"to": "nothing"}}, 400),
        ({"images": [999999999], "key": "Line", "change": {"to": "first"}}, 400),
        ({"filter": "all", "key": "omp_hash", "change": {"to": "value", "value": "x"}}, 400),
    ):
        ada.send(f"previews/{old['preview']}/edit/", body, status=code)
    long = {"to": "text", "text": "e", "by": "x" * 9_999}
    body = {"filter": "all", "key": "Line", "change": long}
    refused = ada.send(f"previews/{old['preview']}/edit/", body, status=400)
    assert "10,000 characters" in refused["error"]


def test_the_table_is_searched_and_sorted(place: Any, ada: OmpBrowser) -> None:
    first, second, third = place.lab.images("notes")
    made = preview(ada, select(ada, place))
    values = {"values": {str(second): {"Line": "U2OS"}, str(third): {"Line": "A2"}}}
    made = ada.send(f"previews/{made['preview']}/values/", values)

    def ids(**query: str) -> list[int]:
        path = f"previews/{made['preview']}/rows/"
        found = ada.ask(f"{path}?{urlencode(query)}")
        assert found["total"] == len(found["rows"])
        return [row["id"] for row in found["rows"]]

    assert ids(search="u2os") == [second]
    assert ids(search="_02_") == [second]
    assert ids(search="hela_0") == [first, second, third]
    assert ids(sort="Line") == [third, first, second]
    assert ids(sort="@image", order="desc") == [third, second, first]
    # What is done to all that the table shows is done to what was found, in its order.
    at = f"previews/{made['preview']}/"
    assert ada.send(f"{at}ticks/", {"filter": "all", "search": "u2os", "ticked": False})[
        "skipped"
    ] == 1  # fmt: skip
    edit = {"filter": "all", "sort": "Line", "key": "Number", "change": {"to": "first"}}
    new = ada.send(f"{at}edit/", edit)
    assert set(map(tuple, values_of(ada, new, "Number").values())) == {("03",)}
    found = {
        "filter": "all",
        "search": "A2",
        "key": "Number",
        "change": {"to": "value", "value": "x"},
    }
    assert ada.send(f"{at}edit/", found)["changedImages"] == 1


def test_what_is_somebody_elses_does_not_exist(place: Any, ada: OmpBrowser) -> None:
    selection = select(ada, place)
    made = preview(ada, selection)["preview"]
    job = ada.send("start_job/", {"preview": made})["id"]
    ben = place.browser("ben")
    for path in (
        f"previews/{made}/",
        f"previews/{made}/rows/",
        f"selections/{selection}/backup.csv",
        f"progress/{job}/",
    ):
        assert ben.get(f"/{PLUGIN}/{path}").status_code == 404, path
    assert ben.get(f"/omero_plugin_common/jobs/{job}/report.csv").status_code == 404
    ben.send("start_job/", {"preview": made}, status=404)
    ben.send(f"previews/{made}/values/", {"values": {}}, status=404)
    ben.send(f"previews/{made}/ticks/", {"filter": "all"}, status=404)
    change = {"filter": "all", "key": "Line", "change": {"to": "first"}}
    ben.send(f"previews/{made}/edit/", change, status=404)
    ada.finished(job)


def test_progress_and_report(place: Any, ada: OmpBrowser) -> None:
    job = ada.send("start_job/", {"preview": preview(ada, select(ada, place))["preview"]})["id"]
    ada.finished(job)
    found = ada.ask(f"progress/{job}/")
    assert (found["state"], found["done"], found["total"], found["percent"]) == ("done", 3, 3, 100)
    assert found["message"] == "3 written"
    report = ada.get(f"/omero_plugin_common/jobs/{job}/").json()["report"]
    assert report == f"/omero_plugin_common/jobs/{job}/report.csv"
    answer = ada.get(report)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["outcome"] for row in rows] == ["written"] * 3
    assert [row["pairs_written"] for row in rows] == ["3"] * 3
    ada.ask(f"progress/{uuid.uuid4()}/", status=404)


def test_all_pairs_go_only_with_password_and_word(place: Any, ada: OmpBrowser) -> None:
    lab = place.lab
    images = lab.images("notes")
    lab.annotate("ada", images, {"typed": "by hand"})
    selection = select(ada, place)
    everything = preview(ada, selection, "replace_all")["preview"]
    for route, body, word in (
        ("start_job/", {"preview": everything}, "REPLACE"),
        ("start_delete_all_job/", {"selection": selection}, "DELETE"),
    ):
        for more, code in (
            ({}, (400, "not_confirmed")),
            ({"confirmation": word}, (403, "password_needed")),
            ({"confirmation": word, "password": "guess"}, (403, "wrong_password")),
            ({"confirmation": word, "password": "ben"}, (403, "wrong_password")),
        ):
            place.omp.forget_limits()
            answer = ada.post(f"/{PLUGIN}/{route}", body | more)
            assert (answer.status_code, answer.json()["code"]) == code
            assert "guess" not in answer.text
    assert all(lab.pairs(image) == [{"typed": "by hand"}] for image in images)
    assert "guess" not in place.omp.log()
    place.omp.forget_limits()
    sure = {"confirmation": "REPLACE", "password": "ada"}
    job = ada.send("start_job/", {"preview": everything} | sure)
    assert ada.finished(job["id"])["result"] == {"images": 3, "replaced": 3}
    with place.omp.base.transaction() as cursor:
        cursor.execute("select parameters::text as text from omero_plugin_jobs")
        assert all("password" not in row["text"] for row in cursor.fetchall())


def test_passwords_are_guessed_six_times_a_minute(place: Any, ada: OmpBrowser) -> None:
    body = {"selection": select(ada, place), "confirmation": "DELETE", "password": "guess"}
    place.lab.count_anew()
    answers = [ada.post(f"/{PLUGIN}/start_delete_all_job/", body) for _ in range(8)]
    assert [each.status_code for each in answers] == [403] * 6 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["retryAfter"] <= 60
    # Neither a right password nor another route gets past the limit.
    sure = body | {"password": "ada"}
    assert ada.post(f"/{PLUGIN}/start_delete_all_job/", sure).status_code == 429
    assert (
        ada.post(f"/{PLUGIN}/start_acq_job/", {"selection": body["selection"]}).status_code == 429
    )


def test_a_write_in_two_tabs_at_once_is_there_once(place: Any, ada: OmpBrowser) -> None:
    selection = select(ada, place)
    made = [preview(ada, selection, "add")["preview"] for _ in range(3)]
    jobs = [ada.send("start_job/", {"preview": each})["id"] for each in made]
    assert len(set(jobs)) == 3
    assert {ada.finished(each)["state"] for each in jobs} == {"done"}
    lab = place.lab
    assert [len(lab.pairs(image)) for image in lab.images("notes")] == [1, 1, 1]


def test_a_stored_backup_is_its_users(place: Any, ada: OmpBrowser) -> None:
    lab, images = place.lab, place.lab.images("notes")
    lab.annotate("ada", images[:1], {"typed": "by hand"})
    started = ada.send("start_backup_job/", {"selection": select(ada, place)})
    about = "Project notes / names · 3 images"
    assert (started["title"], started["about"]) == ("Backing up", about)
    job = started["id"]
    assert ada.finished(job)["result"] == {"images": 3, "saved": 3}
    stored = ada.get(f"/{PLUGIN}/backups/{job}.csv")
    name = stored.headers["Content-Disposition"].partition("filename=")[2]
    assert re.fullmatch(r'"key-value-pairs-Project-notes-names-\d{4}-\d\d-\d\d-\d{4}\.csv"', name)
    assert stored.text.startswith("\ufeffimage_id,image_name,")
    assert "typed,by hand" in stored.text
    ben = place.browser("ben")
    assert ben.get(f"/{PLUGIN}/backups/{job}.csv").status_code == 404
    assert ben.post(f"/{PLUGIN}/restore/stored/", {"backup": job}).status_code == 404
    lab.forget_sets()
    restored = ada.finished(ada.send("restore/stored/", {"backup": job})["id"])
    assert re.fullmatch(rf"{about} · stored \d{{4}}-\d\d-\d\d \d\d:\d\d UTC", restored["about"])
    assert restored["result"] == {"images": 3, "restored": 1, "unchanged": 2}
    assert lab.pairs(images[0]) == [{"typed": "by hand"}]
    # A job that is no backup is none.
    assert ada.post(f"/{PLUGIN}/restore/stored/", {"backup": restored["id"]}).status_code == 404
    undone = ada.post(f"/omero_plugin_common/jobs/{restored['id']}/undo/", {}).json()
    assert undone["title"] == "Undoing a job"
    assert undone["about"] == f"Restoring a backup · {restored['about']}"
    assert ada.finished(undone["id"])["result"] == {"images": 3, "removed": 1, "unchanged": 2}
    assert lab.pairs(images[0]) == []


def test_a_second_click_starts_no_second_job(place: Any, ada: OmpBrowser) -> None:
    """Also when it comes late, because the answer to the first one was lost."""
    selection = select(ada, place)
    body = {"preview": preview(ada, selection)["preview"]}
    jobs = [ada.send("start_job/", body)["id"] for _ in range(2)]
    assert ada.finished(jobs[0])["result"] == {"images": 3, "written": 3}
    assert {*jobs, ada.send("start_job/", body)["id"]} == {jobs[0]}
    # Another preview is another job, and so is a deletion that is wanted again later.
    other = ada.send("start_job/", {"preview": preview(ada, selection)["preview"]})["id"]
    ada.finished(other)
    place.omp.forget_limits()
    wanted = {"selection": selection}
    deletions = []
    for _ in range(2):
        deletions.append(ada.send("start_delete_plugin_job/", wanted)["id"])
        ada.finished(deletions[-1])
    assert len({jobs[0], other, *deletions}) == 4


def test_a_damaged_backup_is_refused(ada: OmpBrowser) -> None:
    for content, said in ((b"\xff\xfe", "UTF-8"), (b"a,b\r\n", "first line")):
        answer = ada.client.post(
            f"/{PLUGIN}/restore/",
            files={"backup": ("backup.csv", content, "text/csv")},
            headers={"X-CSRFToken": ada.token},
        )
        assert answer.status_code == 400
        assert said in answer.json()["error"]


def test_a_backup_that_is_too_large_is_refused_before_it_is_read(
    place: Any, ada: OmpBrowser
) -> None:
    """With what to do instead; nothing of it is sent here."""
    at = httpx.URL(place.omp.site.url)
    asked = http.client.HTTPConnection(at.host, at.port, timeout=30)
    asked.putrequest("POST", f"/{PLUGIN}/restore/")
    cookies = "; ".join(f"{each.name}={each.value}" for each in ada.client.cookies.jar)
    for name, value in (
        ("Cookie", cookies),
        ("X-CSRFToken", ada.token),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Content-Length", "50000001"),
    ):
        asked.putheader(name, value)
    asked.endheaders()
    answer = asked.getresponse()
    assert answer.status == 413
    assert "Restore the stored backup instead" in json.load(answer)["error"]
    asked.close()


def test_who_comes_by_single_sign_on_types_the_word(place: Any) -> None:
    """Another account opened the session, so there is no password of OMERO to ask for."""
    lab, images = place.lab, place.lab.images("notes")
    lab.annotate("ada", images[:1], {"typed": "by hand"})
    principal = omero.sys.Principal()
    principal.name, principal.group, principal.eventType = "ada", "notes", "User"
    sessions = lab.user("manager").c.sf.getSessionService()
    opened = sessions.createSessionWithTimeouts(principal, 0, 600_000)
    alone = OmpBrowser(place.omp.site.url)
    page = alone.get(f"/{PLUGIN}/?server=1&bsession={opened.uuid.val}")
    assert page.status_code == 200
    assert "data-no-password" in page.text
    assert "data-no-password" not in place.browser("ada").get(f"/{PLUGIN}/").text
    body = {"selection": select(alone, place)}
    refused = alone.send("start_delete_all_job/", body | {"password": "ada"}, status=400)
    assert refused["code"] == "not_confirmed"
    done = alone.send("start_delete_all_job/", body | {"confirmation": "DELETE"})
    assert alone.finished(done["id"])["result"] == {"images": 3, "removed": 1, "unchanged": 2}
    assert lab.pairs(images[0]) == []
    # Who has a password is asked for it.
    ada = place.browser("ada")
    body = {"selection": select(ada, place), "confirmation": "DELETE"}
    assert ada.send("start_delete_all_job/", body, status=403)["code"] == "password_needed"


def test_deleting_everything_deletes_jobs_and_names_those_that_still_need_it(
    place: Any, ada: OmpBrowser
) -> None:
    selection = select(ada, place)
    done = ada.send("start_backup_job/", {"selection": selection})["id"]
    assert ada.finished(done)["state"] == "done"
    place.worker.close()
    waiting = ada.send("start_backup_job/", {"selection": select(ada, place)})
    refused = ada.send("user-data/delete-all/", status=409)
    assert refused["code"] == "jobs_open"
    assert "Backing up · Project notes / names · 3 images" in refused["error"]
    assert ada.get(f"/{PLUGIN}/backups/{done}.csv").status_code == 200
    ada.post(f"/omero_plugin_common/jobs/{waiting['id']}/cancel/")
    deleted = ada.send("user-data/delete-all/")["deleted"]
    assert deleted["jobs"] >= 2
    for job in (done, waiting["id"]):
        assert ada.get(f"/omero_plugin_common/jobs/{job}/").status_code == 404
    with place.omp.base.transaction() as cursor:
        for table in ("omero_plugin_job_log", "omero_plugin_job_reports", "omp_backups"):
            cursor.execute(f"select 1 from {table} where job = %s", (done,))  # noqa: S608
            assert cursor.fetchone() is None, table
    place.replace_worker()
