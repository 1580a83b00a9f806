"""XML from partners: no document types, no entities, no more depth than map data need."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from layers.errors import ReadingError

_MAX_DEPTH = 100
_MOST_PREFIXES = 20
_SHORT = 10_000
"""First bytes of a file that are fewer than this are all of it."""
_LONGEST_PREAMBLE = 4 << 20
_PREFIX = re.compile(rb"<([A-Za-z][\w.-]*):|\s([A-Za-z][\w.-]*):[\w.-]+\s*=")
_DECLARED = re.compile(rb"\sxmlns:([\w.-]+)\s*=")
_ROOT_TAG = re.compile(rb"<(?![?!])[^\s/>]+")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]{0,80}?encoding\s*=\s*['\"]([\w.-]+)")
_EASTERN = frozenset(
    (
        "gbk",
        "gb2312",
        "gb18030",
        "big5",
        "big5-hkscs",
        "shift-jis",
        "sjis",
        "cp932",
        "windows-31j",
        "euc-jp",
        "euc-kr",
        "cp949",
        "johab",
    )
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)[\s>/]")


@lru_cache(maxsize=1_000)
def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def local(element: Element) -> str:
    """Return the name of an element without its namespace; "" for a comment."""
    return _without_namespace(element.tag) if isinstance(element.tag, str) else ""


def whole_preamble(head: bytes, path: Path) -> bytes:
    """Return more of a file whose first bytes, `head`, are all preamble, such as a long comment."""
    if (
        len(head) < _SHORT
        or not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<?", b"<!"))
        or root_name(head)
    ):
        return head
    with path.open("rb") as file:
        return file.read(_LONGEST_PREAMBLE)


def root_name(head: bytes) -> str:
    """Return the name of the root element, without its namespace; "" where the bytes begin with no markup.

    What may precede it (declaration, comments, a document type) is stepped over one by one: as one regular
    expression that takes exponential time on a file of many comments.
    """
    if head.startswith(_UTF16):
        head = head.decode("utf-16", "replace").encode()
    rest = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<?", b"<!")):
        end = _end_of_preamble(rest)
        if end < 0:
            return ""
        rest = rest[end:].lstrip()
    found = _ROOT.match(rest)
    return found[1].decode("ascii") if found else ""


def _end_of_preamble(text: bytes) -> int:
    """Return where a declaration, comment or document type at the beginning ends, -1 if it does not."""
    for begin, end in ((b"<?", b"?>"), (b"<!--", b"-->")):
        if text.startswith(begin):
            place = text.find(end)
            return place + len(end) if place >= 0 else -1
    inner, close = text.find(b"["), text.find(b">")
    if 0 <= inner < close:
        close = text.find(b">", text.find(b"]", inner)) if b"]" in text[inner:] else -1
    return close + 1 if close >= 0 else -1


def declare_prefixes(path: Path) -> None:
    """Declare, in the private copy, the prefixes that exporters use without declaring them (gx, gpxx)."""
    data = path.read_bytes()
    if data.startswith(_UTF16):
        return
    used = {name for pair in _PREFIX.findall(data) for name in pair if name}
    missing = used - set(_DECLARED.findall(data)) - {b"xml", b"xmlns"}
    root = _ROOT_TAG.search(data)
    if missing and len(missing) <= _MOST_PREFIXES and root is not None:
        declared = b"".join(b' xmlns:%s="urn:undeclared:%s"' % (name, name) for name in sorted(missing))
        path.write_bytes(data[: root.end()] + declared + data[root.end() :])


def make_utf8(path: Path) -> None:
    """Rewrite a private copy as UTF-8 where it is in an encoding that parsers here do not know.

    That is UTF-16 by its mark, and the encodings of China, Japan and Korea by the declaration.
    """
    with path.open("rb") as file:
        head = file.read(200)
    name = "utf-16" if head.startswith(_UTF16) else ""
    declared = _DECLARED_ENCODING.match(head)
    if declared is not None and declared[1].decode("ascii").lower().replace("_", "-") in _EASTERN:
        name = declared[1].decode("ascii")
    if name:
        text = path.read_bytes().decode(name, "replace")
        text = re.sub(r"^(<\?xml[^>]*?encoding=)(['\"])[^'\"]*", r"\1\2UTF-8", text)
        path.write_text(text, encoding="utf-8")


def walk(path: Path) -> Iterator[tuple[str, Element, int]]:
    """Yield ("start" or "end", element, depth) for every element of a file; the root has the depth 1.

    The caller clears what it is done with.

    Raises
    ------
    ReadingError
        When the XML is damaged, nested too deep, or defines a document type.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    depth = 0
    try:
        for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                if depth > _MAX_DEPTH:
                    raise ReadingError(
                        "The XML is nested deeper than any map data.", "Ask where it comes from."
                    )
            yield event, element, depth
            if event == "end":
                depth -= 1
    except DefusedXmlException as error:
        raise ReadingError(
            "The XML defines a document type or entities, which map data has no need of; it was not opened.",
            "Ask the partner where the file comes from.",
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        place = f" (line {error.position[0]})" if isinstance(error, ParseError) else ""
        raise ReadingError(
            f"The XML is damaged or cut off{place}.", "Ask the partner to send it again."
        ) from error
