"""The process that has Bio-Formats: `python -m omero_standin.bio_formats.worker SOCKET JAR`.

SOCKET is the number of a listening socket that it inherits. Each connection is one question and one
answer, each a line of JSON; after an answer come as many bytes as its `bytes` says. An answer with
`error` has the message, and in `kind` the name of Java's exception. The process ends when its
standard input does.

Readers are put together as OMERO.server does (`OMEROWrapper` in ome/omero-blitz): palettes become
values, each sample is a channel, and resolutions are not series.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import jpype
import numpy as np
from numpy.typing import NDArray

# The heap of Java; no more than a part of a plane is held, whatever a file's size.
# Most processes read one file and end: the two options `-XX` save 40 % of their processor time.
_JAVA: Final = (
    "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.awt.headless=true",
    "-Djava.util.prefs.syncInterval=2000000",
)  # fmt: skip
# Files that stay open for the next question.
_OPEN: Final = 8
_PART: Final = 16 * 1024 * 1024
_TYPES: Final = {
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float": "f4", "double": "f8", "bit": "u1",
}  # fmt: skip

# The types of metadata that OMERO passes on (`OriginalMetadataRequestI` in ome/omero-blitz).
_PLAIN: Final = {
    "Boolean": bool, "Short": int, "Integer": int, "Long": int, "Float": float, "Double": float,
    "String": str,
}  # fmt: skip

# A file as it is now: path, size, time of its last change (ns).
Key = tuple[str, int, int]


class Readers:
    """Bio-Formats' readers, each used by one question at a time, kept open for the next."""

    def __init__(self) -> None:
        """None is open."""
        self._formats = jpype.JPackage("loci").formats
        self._lock = threading.Lock()
        self._idle: OrderedDict[tuple[Key, int], Any] = OrderedDict()
        self._count = 0

    @contextmanager
    def open(self, file: str) -> Iterator[Any]:
        """A reader of a file. It is closed when something goes wrong with it."""
        status = Path(file).stat()
        key = (file, status.st_size, status.st_mtime_ns)
        reader = self._take(key) or self._new(file)
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        self._keep(key, reader)

    def _take(self, key: Key) -> Any:
        with self._lock:
            for each in reversed(self._idle):
                if each[0] == key:
                    return self._idle.pop(each)
        return None

    def _keep(self, key: Key, reader: Any) -> None:
        old = None
        with self._lock:
            self._count += 1
            self._idle[key, self._count] = reader
            if len(self._idle) > _OPEN:
                _, old = self._idle.popitem(last=False)
        if old is not None:
            old.close()

    def _new(self, file: str) -> Any:
        kinds = self._formats.ImageReader.getDefaultReaderClasses()
        kinds.removeClass(jpype.JClass("loci.formats.in.ZipReader"))
        base = self._formats.ImageReader(kinds)
        reader = self._formats.ChannelSeparator(self._formats.ChannelFiller(base))
        reader.setMetadataFiltered(True)
        reader.setFlattenedResolutions(False)
        factory = jpype.JPackage("loci").common.services.ServiceFactory()
        service = factory.getInstance(jpype.JClass("loci.formats.services.OMEXMLService"))
        reader.setMetadataStore(service.createOMEXMLMetadata())
        try:
            reader.setId(file)
        except BaseException:
            reader.close()
            raise
        return reader


def _describe(reader: Any, _question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    # The reader of the format is inside of the one that chose it, and that inside of two wrappers.
    base = reader.getReader().getReader().getReader()
    series = []
    for number in range(reader.getSeriesCount()):
        reader.setSeries(number)
        resolutions: list[tuple[int, int]] = []
        for resolution in reversed(range(reader.getResolutionCount())):
            reader.setResolution(resolution)
            resolutions.insert(0, (int(reader.getSizeX()), int(reader.getSizeY())))
        sizes = [int(getattr(reader, f"getSize{axis}")()) for axis in "XYZCT"]
        series.append({"type": _type(reader), "sizes": sizes, "resolutions": resolutions})
    answer = {
        "format": str(base.getClass().getSimpleName()).removesuffix("Reader"),
        "files": [str(each) for each in reader.getUsedFiles()],
        "graphics": "Graphics" in [str(each) for each in reader.getDomains()],
        "series": series,
        "xml": str(reader.getMetadataStore().dumpXML()),
    }
    return answer, b""


def _measure(reader: Any, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    reader.setSeries(question["series"])
    digest = hashlib.sha1(usedforsecurity=False)
    width, height = int(reader.getSizeX()), int(reader.getSizeY())
    channels = int(reader.getSizeC())
    low, high = [float("inf")] * channels, [float("-inf")] * channels
    for t in range(reader.getSizeT()):
        for c in range(channels):
            for z in range(reader.getSizeZ()):
                for values in _parts(reader, (z, c, t), (0, 0, width, height)):
                    digest.update(values.tobytes())
                    low[c] = min(low[c], float(np.fmin.reduce(values)))
                    high[c] = max(high[c], float(np.fmax.reduce(values)))
    return {"smallest": low, "largest": high, "sha1": digest.hexdigest()}, b""


def _pixels(reader: Any, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    reader.setSeries(question["series"])
    reader.setResolution(question["resolution"])
    parts = _parts(reader, tuple(question["zct"]), tuple(question["area"]))
    return {}, b"".join(values.tobytes() for values in parts)


def _metadata(reader: Any, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    reader.setSeries(question["series"])
    found = {"global": reader.getGlobalMetadata(), "series": reader.getSeriesMetadata()}
    return {name: _values(table) for name, table in found.items()}, b""


def _values(table: Any) -> dict[str, tuple[str, Any]]:
    """A table's values with the names of their Java types; OMERO leaves out other types."""
    found = {}
    for entry in table.entrySet():
        value = entry.getValue()
        kind = str(value.getClass().getSimpleName())
        if kind in _PLAIN:
            found[str(entry.getKey())] = (kind, _PLAIN[kind](value))
    return found


def _parts(
    reader: Any, zct: tuple[int, int, int], area: tuple[int, int, int, int]
) -> Iterator[NDArray[Any]]:
    """The values of an area, big-endian, some rows at a time."""
    order = "<" if reader.isLittleEndian() else ">"
    dtype = np.dtype(order + _TYPES[_type(reader)])
    plane = reader.getIndex(*zct)
    x, y, width, height = area
    rows = max(1, _PART // max(1, width * dtype.itemsize))
    for top in range(y, y + height, rows):
        content = reader.openBytes(plane, x, top, width, min(rows, y + height - top))
        values = np.frombuffer(memoryview(content), dtype)
        yield values.astype(dtype.newbyteorder(">"))


def _type(reader: Any) -> str:
    tools = jpype.JClass("loci.formats.FormatTools")
    return str(tools.getPixelTypeString(reader.getPixelType()))


_ANSWERS: Final = {
    "describe": _describe, "measure": _measure, "metadata": _metadata, "pixels": _pixels,
}  # fmt: skip


def _serve(line: socket.socket, readers: Readers) -> None:
    with line, line.makefile("rwb") as stream:
        text = stream.readline()
        if not text:
            return
        question = json.loads(text)
        try:
            with readers.open(question["file"]) as reader:
                answer, content = _ANSWERS[question["do"]](reader, question)
        except jpype.JException as error:
            answer, content = _error(error), b""
        except OSError as error:
            answer, content = {"error": str(error), "kind": type(error).__name__}, b""
        answer["bytes"] = len(content)
        stream.write(json.dumps(answer).encode() + b"\n")
        stream.write(content)


def _error(error: Any) -> dict[str, Any]:
    kind = str(error.getClass().getSimpleName())
    return {"error": str(error.getMessage() or kind), "kind": kind}


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


def main() -> None:
    """Answer until standard input ends."""
    number, jar = sys.argv[1:]
    threading.Thread(target=_end_with_input, daemon=True).start()
    jpype.startJVM(*_JAVA, classpath=[jar], convertStrings=False)
    jpype.JClass("loci.common.DebugTools").setRootLevel("ERROR")
    readers = Readers()
    listening = socket.socket(fileno=int(number))
    while True:
        line, _ = listening.accept()
        threading.Thread(target=_serve, args=(line, readers), daemon=True).start()


if __name__ == "__main__":
    main()
