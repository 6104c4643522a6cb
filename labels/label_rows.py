"""What a file of an artwork is marked with; the row is written once, at its first use.

The gateway's valid label is kept as it is, and ours is not added (GB 45438-2025 6.1 c).
A broken or contradicting one is replaced by ours, and kept in the row.
"""

import json
from collections.abc import Callable

from django.conf import settings
from django.utils.crypto import salted_hmac

from labels import containers, label_settings, provenance, tc260, xmp
from labels.encoding import Mark
from labels.models import Label


def secret() -> tc260.Secret:
    return tc260.Secret(
        salted_hmac("labels.label_rows", "key", algorithm="sha256").digest()
    )


def row_of(
    artwork: int,
    original: str,
    *,
    content: Callable[[], bytes],
    is_composite: Callable[[], bool],
) -> Label:
    """Of the current producer and rules. ``content``: the archived file;
    ``is_composite``: a person's own photo is in the picture."""
    key = {
        "artwork_id": artwork,
        "producer": settings.LABEL_PRODUCER,
        "rules": label_settings.RULES,
    }
    if found := Label.objects.filter(**key).first():
        return found
    earlier = Label.objects.filter(artwork=artwork).order_by("pk").first()
    made = secret()
    produce_id = earlier.produce_id if earlier else made.produce_id(artwork)
    origin = _origin(content())
    upstream, text = judged(origin)
    source = xmp.COMPOSITE if is_composite() else xmp.TRAINED
    values = {
        "produce_id": produce_id,
        "seal": made.seal(settings.LABEL_PRODUCER, produce_id, original),
        "original": original,
        "source": source,
        "upstream": upstream,
        "upstream_text": text,
        "had_c2pa": origin.has_c2pa,
    }
    return Label.objects.get_or_create(**key, defaults=values)[0]


def _origin(content: bytes) -> provenance.Origin:
    try:
        return provenance.origin(content)
    except containers.Broken:  # the decoder was more lenient
        return provenance.Origin()


def judged(origin: provenance.Origin) -> tuple[str, str]:
    """What becomes of the gateway's label, and its text. Copies in several places that
    say the same are one label."""
    texts = [text for _place, text in origin.labels]
    if not texts:
        return Label.Upstream.NONE, ""
    try:
        values = [tc260.read(text) for text in texts]
    except tc260.Fault:
        values = []
    if values and all(each == values[0] for each in values):
        return Label.Upstream.KEPT, texts[0]
    text = texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)
    return Label.Upstream.REPLACED, text


def mark_of(row: Label) -> Mark:
    """Without a producer there is no label of ours."""
    if row.upstream == Label.Upstream.KEPT:
        return Mark(row.upstream_text, row.source)
    if not row.producer:
        return Mark("", row.source)
    text = tc260.text_of(row.producer, row.produce_id, row.seal)
    return Mark(text, row.source)
