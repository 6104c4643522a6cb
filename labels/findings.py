"""What a file's label, checked against the portal's rows, amounts to: findings, never
a verdict of real or fake. Nothing is stored."""

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings

from labels import containers, provenance, tc260
from labels.models import Export, Label
from net.request_values import storable

MOST_BYTES = 50 * 1024**2
#: Characters of a foreign text that are told.
MOST_TOLD = 2000


class Code(StrEnum):
    OURS_INTACT = "ours_intact"
    OURS_CHANGED = "ours_changed"
    CLAIMS_OURS = "claims_ours"
    LABELLED = "labelled"
    BROKEN = "broken"
    PIXELS_KNOWN = "pixels_known"
    NOTHING = "nothing"
    C2PA = "c2pa"
    IPTC = "iptc"


class NotChecked(Exception):
    """``code``: ``too_large``, or ``unreadable`` (no PNG, JPEG or WebP, or it ends
    early)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Finding:
    """``facts``: the file's own words, or keys of what the asker may see."""

    code: Code
    facts: dict[str, Any] = field(default_factory=dict)


def of(content: bytes) -> list[Finding]:
    """Without likeness, which needs pixels. Raises NotChecked."""
    if len(content) > MOST_BYTES:
        raise NotChecked("too_large")
    try:
        origin = provenance.origin(content)
    except containers.Broken as error:
        raise NotChecked("unreadable") from error
    found = _of_labels(origin, hashlib.sha256(content).hexdigest())
    if origin.has_c2pa:
        found.append(Finding(Code.C2PA, {"state": "unchecked"}))
    for source in dict.fromkeys(origin.sources):
        found.append(Finding(Code.IPTC, {"source": _told(source)}))
    return found


def _of_labels(origin: provenance.Origin, sha256: str) -> list[Finding]:
    found = [_broken("unreadable", "E a", place) for place in origin.faults]
    if len(origin.labels) > 1:
        texts = {text for _place, text in origin.labels}
        fault = "contradicting" if len(texts) > 1 else "several"
        places = ", ".join(dict.fromkeys(place for place, _ in origin.labels))
        found.append(_broken(fault, "6.1 c", places))
    seen: set[str] = set()
    for place, text in origin.labels[:8]:
        if text in seen:
            continue
        seen.add(text)
        try:
            found.append(_of_label(tc260.read(text), place, sha256))
        except tc260.Fault as error:
            broken = _broken(error.code, error.clause, place)
            broken.facts["text"] = _told(text)
            found.append(broken)
    return found


def _broken(fault: str, clause: str, place: str) -> Finding:
    return Finding(Code.BROKEN, {"fault": fault, "clause": clause, "place": place})


def _of_label(values: dict[str, str], place: str, sha256: str) -> Finding:
    """By the producer: a person's or a vendor's name is told as it stands."""
    producer, produce_id = values["ContentProducer"], values["ProduceID"]
    facts: dict[str, Any] = {"place": place, "label": values}
    row = Label.objects.filter(produce_id=produce_id[:26], producer=producer).first()
    if row is None or row.produce_id != produce_id:
        is_ours = producer == settings.LABEL_PRODUCER or _has_been_ours(producer)
        return Finding(Code.CLAIMS_OURS if is_ours else Code.LABELLED, facts)
    if not hmac.compare_digest(row.seal.encode(), values["ReservedCode1"].encode()):
        return Finding(Code.CLAIMS_OURS, facts)
    facts["artwork"] = row.artwork_id
    left = Export.objects.filter(sha256=sha256, artwork=row.artwork_id)
    code = Code.OURS_INTACT if left.exists() else Code.OURS_CHANGED
    return Finding(code, facts | {"original": row.original, "sha256": sha256})


def _has_been_ours(producer: str) -> bool:
    return bool(producer) and Label.objects.filter(producer=producer).exists()


def _told(text: str) -> str:
    return storable(text)[:MOST_TOLD]
