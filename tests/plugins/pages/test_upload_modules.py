"""What the upload page decides without a server: sizes of pieces, progress, which folder it is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.pretend_site import PretendSite

MIB = 2**20


@pytest.fixture(autouse=True)
def opened(page: Page, pretend: PretendSite) -> None:
    page.goto(pretend.url("components.html"))


def run(page: Page, module: str, script: str, given: Any = None) -> Any:
    """The value of a script in which `it` is a module of the page and `given` an argument."""
    source = f"""async (given) => {{
      const it = await import("/static/omeroweb_upload/js/{module}");
      {script}
    }}"""
    return page.evaluate(source, given)


SIZES = """
  let size = it.FIRST;
  const all = [];
  for (const speed of given) {
    size = speed === 0 ? it.afterFailure(size) : it.nextSize(size, size, size / speed);
    all.push(size);
  }
  return all;
"""


OVERALL = """
  const files = [{ number: 1, size: 100, received: 20 }, { number: 2, size: 50, received: 0 }];
  const overall = new it.Overall(files);
  return given.map(([number, offset, seconds]) => {
    overall.at(number, offset, seconds);
    return [overall.shown, overall.of(number), overall.speed(seconds), overall.remaining(seconds)];
  });
"""


def test_pieces_and_progress_follow_the_line(page: Page) -> None:
    # A line of 1 MiB/s, soon of 20 KiB/s, then one that is as fast as a disk.
    slow = run(page, "chunk_size.js", SIZES, [MIB] * 3)
    assert slow[-1] == 14 * MIB
    assert run(page, "chunk_size.js", SIZES, [20_000] * 3)[-1] == 256 * 1024
    fast = run(page, "chunk_size.js", SIZES, [1000 * MIB] * 6)
    assert fast[:2] == [8 * MIB, 32 * MIB]
    assert fast[-1] == 64 * MIB
    assert run(page, "chunk_size.js", SIZES, [MIB, MIB, 0, 0])[-2:] == [7 * MIB, 7 * MIB // 2]
    # The last piece of a file is short, whatever the line.
    assert run(page, "chunk_size.js", "return it.nextSize(given, 10, 9)", 8 * MIB) == 8 * MIB
    # Progress never goes back, and the speed is that of the line.
    steps = [[1, 60, 1.0], [1, 40, 2.0], [1, 70, 6.0], [2, 50, 11.0], [1, 900, 12.0]]
    shown = run(page, "overall.js", OVERALL, steps)
    assert [each[0] for each in shown] == [60, 60, 70, 120, 150]
    assert [each[1] for each in shown] == [60, 60, 70, 50, 100]
    # The piece that was sent again, from 40 to 70, counts whole: 30 bytes in five seconds.
    assert shown[2][2] == pytest.approx(6)
    assert shown[2][3] == pytest.approx(80 / 6)
    assert shown[0][2] is None


DROP = """
  const file = (name, size) => ({
    isDirectory: false, name,
    file(done, failed) {
      if (size < 0) failed(new Error("no access"));
      else done(new File(["x".repeat(size)], name));
    },
  });
  const folder = (name, children) => ({
    isDirectory: true, name,
    createReader() {
      let at = 0;
      // As Chromium: a hundred at a time.
      return { readEntries: (done) => { done(children.slice(at, at + 100)); at += 100; } };
    },
  });
  const many = Array.from({ length: 250 }, (_, at) => file(`${at}.tif`, at === 7 ? 0 : 3));
  const inside = [folder("empty", []), folder("a", [folder("b", many)])];
  const top = folder("run", [...inside, file("locked", -1), file("note.txt", 2)]);
  const item = { kind: "file", webkitGetAsEntry: () => top, getAsFile: () => null };
  const found = await it.fromDrop({ items: [item, { kind: "string" }] });
  return {
    paths: found.files.map(({ path }) => path), sizes: found.files.map(({ size }) => size),
    emptyFolders: found.emptyFolders, unreadable: found.unreadable,
  };
"""


MATCH = """
  const chosen = new Map(given.dropped.map((each) => [each.path, each]));
  const { found, changed, missing } = it.matchFolder(given.wanted, chosen);
  return { found: [...found].map(([number, { path }]) => [number, path]), changed, missing };
"""


def match(page: Page, wanted: list[tuple[Any, ...]], dropped: list[tuple[Any, ...]]) -> Any:
    given = {
        "wanted": [
            {"number": number, "path": path, "size": size, "modified": time}
            for number, (path, size, time) in enumerate(wanted)
        ],
        "dropped": [{"path": p, "size": s, "modified": t} for p, s, t in dropped],
    }
    return run(page, "match_folder.js", MATCH, given)


def test_a_folder_is_read_whole_and_found_again(page: Page) -> None:
    found = run(page, "dropped.js", DROP)
    assert len(found["paths"]) == 251
    assert "run/a/b/249.tif" in found["paths"]
    assert found["sizes"].count(0) == 1
    assert found["emptyFolders"] == ["run/empty"]
    assert found["unreadable"] == [{"path": "run/locked", "why": "no access"}]
    # What was dropped again: the same folder, and what changed is named.
    wanted = [("run/a.tif", 5, 10), ("run/b/a.tif", 6, 11), ("run/c.tif", 7, None)]
    same = [("run/a.tif", 5, 10), ("run/b/a.tif", 6, 11), ("run/c.tif", 7, 12)]
    assert match(page, wanted, same)["found"] == [
        [0, "run/a.tif"],
        [1, "run/b/a.tif"],
        [2, "run/c.tif"],
    ]
    # A folder above it, and only what is inside.
    above = match(page, wanted, [(f"disk/{path}", size, time) for path, size, time in same])
    assert above["found"][1] == [1, "disk/run/b/a.tif"]
    inside = match(page, wanted, [(path[4:], size, time) for path, size, time in same])
    assert inside["found"][1] == [1, "b/a.tif"]
    others = match(page, wanted, [("run/a.tif", 9, 10), ("run/b/a.tif", 6, 99)])
    assert others["changed"] == [
        {"path": "run/a.tif", "why": "has 9 bytes instead of 5"},
        {"path": "run/b/a.tif", "why": "was changed since"},
    ]
    assert others["missing"] == ["run/c.tif"]
    # macOS takes letters with accents apart.
    accents = match(page, [("run/M\u00fcller.tif", 5, 1)], [("run/Mu\u0308ller.tif", 5, 1)])
    assert [number for number, _ in accents["found"]] == [0]


READ = """
  const text = "abc".repeat(1000);
  const readers = new it.FileReaders("/static/omeroweb_upload/js/read_worker.js");
  const file = new File([text], "a.bin");
  // As after a reload: what was sent before is read for the sum alone.
  const again = readers.open(1, file);
  const { value, done } = await again.source.slice(2000, 9000);
  const whole = readers.open(2, file);
  for (let at = 0; at < 3000; at += 1024) await whole.source.slice(at, at + 1024);
  const empty = readers.open(3, new File([], "empty"));
  const sums = [await again.sum(), await whole.sum(), await empty.sum()];
  return { sums, size: value.size, done };
"""


def test_pieces_come_from_a_worker_with_the_sum_of_the_file(page: Page) -> None:
    read = run(page, "file_reader.js", READ)
    assert (read["size"], read["done"]) == (1000, True)
    whole = hashlib.new("sha1", b"abc" * 1000, usedforsecurity=False).hexdigest()
    assert read["sums"] == [whole, whole, "da39a3ee5e6b4b0d3255bfef95601890afd80709"]
