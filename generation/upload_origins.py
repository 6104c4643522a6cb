"""What an uploaded file says of where it came from, before its metadata is removed."""

from collections.abc import Iterable
from typing import Any

from labels import containers, label_rows, provenance
from labels.models import Label
from net.request_values import storable

#: Characters of a label that are kept, and labels of a file.
MOST_CHARACTERS, MOST_LABELS = 2000, 4


def read(content: bytes) -> dict[str, Any]:
    """Empty: nothing. ``ai``: by a valid label, or IPTC's source type."""
    try:
        found = provenance.origin(content)
    except containers.Broken:  # the decoder was more lenient
        return {}
    if not (found.labels or found.sources or found.has_c2pa):
        return {}
    upstream, _text = label_rows.judged(found)
    return {
        "ai": found.says_ai or upstream == Label.Upstream.KEPT,
        "labels": _kept(text for _place, text in found.labels[:MOST_LABELS]),
        "sources": _kept(found.sources[:MOST_LABELS]),
        "c2pa": found.has_c2pa,
    }


def _kept(texts: Iterable[str]) -> list[str]:
    return [storable(text)[:MOST_CHARACTERS] for text in texts]
