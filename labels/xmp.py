"""The XMP packet: written with one label, read with defusedxml."""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

AIGC = "http://www.tc260.org.cn/ns/AIGC/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = f"{SOURCES}trainedAlgorithmicMedia"
COMPOSITE = f"{SOURCES}compositeWithTrainedAlgorithmicMedia"
MOST_BYTES = 256 * 1024
#: Local names that are read. A text is put together for these alone, and for so many:
#: each holds those of all elements within.
NAMES = ("AIGC", "DigitalSourceType")
MOST_VALUES = 32


class Unreadable(ValueError):
    """No well-formed packet, or one with a DTD."""


@dataclass(frozen=True, slots=True)
class Read:
    """Texts of all labels, and all source types."""

    labels: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def packet(label: str, source: str) -> bytes:
    """``label``: the JSON text; empty: no such field. ``source``: a full URI."""
    element = f"<TC260:AIGC>{escape(label)}</TC260:AIGC>\n" if label else ""
    space = f' xmlns:TC260="{AIGC}"' if label else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF\n xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about=""\n{space} xmlns:Iptc4xmpExt="{IPTC}">\n'
        f"{element}"
        f"<Iptc4xmpExt:DigitalSourceType>{escape(source)}"
        "</Iptc4xmpExt:DigitalSourceType>\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def read(content: bytes) -> Read:
    """Labels stand as elements or as attributes. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable("too large")
    try:
        root = ElementTree.fromstring(content.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(str(error)) from error
    found = Read()
    for element in root.iter():
        if _local(element.tag) in NAMES:
            _add(found, element.tag, _text(element))
        if len(found.labels) + len(found.sources) > MOST_VALUES:
            raise Unreadable("too many values")
        for name, value in element.attrib.items():
            _add(found, name, value)
    return found


def _add(found: Read, name: object, value: str) -> None:
    space, _end, local = str(name).removeprefix("{").rpartition("}")
    if local == "AIGC":
        found.labels.append(value)
    elif local == "DigitalSourceType" and space == IPTC:
        found.sources.append(value.strip())


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _text(element: Element) -> str:
    """Of a simple value, or of the URI that it names."""
    inner = "".join(element.itertext())
    return inner.strip() or element.get(f"{{{RDF}}}resource", "")
