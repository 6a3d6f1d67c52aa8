"""The process that has Bio-Formats: `python program.py JAR HEAP`, with Java's heap in MiB.

Each line of standard input is a question, `{"file": path, "fresh": bool}`, and each line of its
output an answer: `{"files", "format", "reader", "images", "plate"}` or `{"problem", "reason"}`. The
first line, once it can be asked, is `{"ready": true}`. What was read is remembered until a
question is `fresh`; no file is asked about twice before. It ends when its input does.

It opens files as `ImportCandidates` in ome/omero-blitz does: without the reader of archives, and
resolutions are no images of their own. It imports nothing of the plugin: it starts within a second.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any, Final

import jpype

_PLATE: Final = "High-Content Screening (HCS)"
_UNKNOWN: Final = "UnknownFormatException"
# What says nothing about the file.
_UNCHECKED: Final = ("OutOfMemoryError", "StackOverflowError", "NoClassDefFoundError",
                     "MissingLibraryException", "UnsupportedClassVersionError")  # fmt: skip
_LONGEST_REASON: Final = 500


def main() -> None:
    """Answer until the input ends."""
    jar, heap = sys.argv[1:]
    answers = _own_output()
    options = [f"-Xmx{int(heap)}m", "-Xms32m", "-Djava.awt.headless=true"]
    # One file at a time: a compiler and a collector with threads of their own would not pay off.
    options += ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    # Its preferences need no file, and no thread that writes it.
    options += ["-Djava.util.prefs.syncInterval=2000000"]
    jpype.startJVM(*options, classpath=[jar], convertStrings=False)
    jpype.JClass("loci.common.DebugTools").setRootLevel("OFF")
    # Some readers list the folder of each file: of n files that would be n² names.
    locations = jpype.JClass("loci.common.Location")
    locations.cacheDirectoryListings(True)
    _choose_xml_parser()
    reader = _Reader()
    _say(answers, {"ready": True})
    for line in sys.stdin.buffer:
        question = json.loads(line)
        if question["fresh"]:
            locations.clearDirectoryListingsCache()
            # One that has read a .pattern file does not read the same file a second time.
            reader = _Reader()
        _say(answers, reader.describe(question["file"]))


def _choose_xml_parser() -> None:
    """The one that Java finds: otherwise it looks through the jar again for each file."""
    name = "javax.xml.parsers.SAXParserFactory"
    found = jpype.JClass(name).newInstance().getClass().getName()
    jpype.JClass("java.lang.System").setProperty(name, found)


def _own_output() -> IO[bytes]:
    """The answers' line; what Java prints goes to the log."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _say(answers: IO[bytes], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


class _Reader:
    """Bio-Formats' reader of all formats; making one takes longer than reading a small file."""

    def __init__(self) -> None:
        formats = jpype.JPackage("loci").formats
        kinds = formats.ImageReader.getDefaultReaderClasses()
        kinds.removeClass(jpype.JClass("loci.formats.in.ZipReader"))
        self._reader = formats.ImageReader(kinds)
        factory = jpype.JPackage("loci").common.services.ServiceFactory()
        self._xml = factory.getInstance(jpype.JClass("loci.formats.services.OMEXMLService"))

    def describe(self, file: str) -> dict[str, Any]:
        try:
            return self._describe(file)
        except jpype.JException as error:
            return _problem(error)
        finally:
            self._close()

    def _describe(self, file: str) -> dict[str, Any]:
        reader = self._reader
        store = self._xml.createOMEXMLMetadata()
        reader.setMetadataStore(store)
        reader.setMetadataFiltered(True)
        reader.setFlattenedResolutions(False)
        reader.setId(file)
        domains = [str(each) for each in reader.getDomains()]
        return {
            "files": [str(each) for each in reader.getUsedFiles() or ()],
            "format": str(reader.getFormat()),
            "reader": str(reader.getReader().getClass().getName()),
            "images": int(reader.getSeriesCount()),
            "plate": _PLATE in domains and int(store.getPlateCount()) > 0,
        }

    def _close(self) -> None:
        try:
            self._reader.close()
        except jpype.JException:
            # What could not be closed is not asked again.
            self.__init__()  # type: ignore[misc]


def _problem(error: Any) -> dict[str, Any]:
    kind = str(error.getClass().getSimpleName())
    reason = " ".join(str(error.getMessage() or kind).split())[:_LONGEST_REASON]
    if kind == _UNKNOWN:
        return {"problem": "unknown", "reason": reason}
    # A class that could not be loaded is wrapped by whatever wanted it.
    causes = {kind}
    while (error := error.getCause()) is not None:
        causes.add(str(error.getClass().getSimpleName()))
    return {"problem": "unchecked" if causes & set(_UNCHECKED) else "broken", "reason": reason}


if __name__ == "__main__":
    main()
