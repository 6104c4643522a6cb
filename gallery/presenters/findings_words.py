"""Puts findings about a file into words: never "real" or "fake"."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from labels.findings import Code, Finding

MISSING = "missing:"


@dataclass(frozen=True, slots=True)
class Said:
    """``kind``: of its colour; ``lines``: name and value; ``artworks``: keys."""

    title: str
    text: str
    kind: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    artworks: list[int] = field(default_factory=list)


def said(found: list[Finding]) -> list[Said]:
    return [_said(each) for each in found]


def _said(found: Finding) -> Said:
    title, text, kind = _words(found)
    facts = found.facts
    artworks = facts.get("artworks", [])
    if key := facts.get("artwork"):
        artworks = [key]
    return Said(title, text, kind, list(_lines(found)), artworks)


def _words(found: Finding) -> tuple[str, str, str]:
    facts = found.facts
    return {
        Code.OURS_INTACT: (
            _("Labelled by this portal, unchanged"),
            _("The label is ours, and the file is the one that was handed out."),
            "good",
        ),
        Code.OURS_CHANGED: (
            _("Labelled by this portal, changed since"),
            _(
                "The label is ours. The file is none that was handed out: it was saved "
                "again, cropped or edited."
            ),
            "warn",
        ),
        Code.CLAIMS_OURS: (
            _("Names this portal, and is not from it"),
            _(
                "The label names our producer. Its number or its seal was not written "
                "by this portal."
            ),
            "bad",
        ),
        Code.LABELLED: (
            _("Labelled by another producer"),
            _("The label is valid. Whether the producer wrote it cannot be told here."),
            "good",
        ),
        Code.BROKEN: (
            _("Broken label"),
            fault_words(str(facts.get("fault", ""))),
            "bad",
        ),
        Code.PIXELS_KNOWN: (
            _("Looks like a picture of this portal"),
            _("The file has no label. Its pixels are like those of these pictures."),
            "warn",
        ),
        Code.NOTHING: (
            _("No label found"),
            _(
                "This proves nothing: labels get lost when a file is saved again or "
                "sent by messengers."
            ),
            "",
        ),
        Code.C2PA: (
            _("Content Credentials (C2PA)"),
            _("The file carries a signed manifest. This portal does not check it."),
            "",
        ),
        Code.IPTC: (
            _("Source type (IPTC)"),
            _("What the file says of its source. Anybody can write this."),
            "",
        ),
    }[found.code]


def fault_words(fault: str) -> str:
    if fault.startswith(MISSING):
        keys = fault.removeprefix(MISSING).replace(",", ", ")
        return _("Keys are missing: %(keys)s.") % {"keys": keys}
    return {
        "no_json": _("The text is no JSON object with each key once."),
        "not_text": _("A value is no text."),
        "characters": _("A value holds a character that the standard does not allow."),
        "unknown_label": _("The value of Label is none of 1, 2 and 3."),
        "empty": _("Label, producer or number is empty."),
        "too_large": _("The label is too large."),
        "several": _("The same label stands in several places; only one may stand."),
        "contradicting": _("Several labels contradict each other."),
        "unreadable": _("A part of the file that may hold a label cannot be read."),
    }.get(fault, fault)


def _lines(found: Finding) -> Iterator[tuple[str, str]]:
    facts = found.facts
    if clause := facts.get("clause"):
        yield _("Clause of GB 45438-2025"), clause
    if place := facts.get("place"):
        yield _("Place in the file"), place
    for name, value in facts.get("label", {}).items():
        if value:
            yield name, value
    if text := facts.get("text"):
        yield _("Text"), text
    if source := facts.get("source"):
        yield "DigitalSourceType", source


def refusal(code: str) -> str:
    if code == "too_large":
        return _("The file is too large: 50 MB at most.")
    return _("This is no PNG, JPEG or WebP file, or it ends early.")
