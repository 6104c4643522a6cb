"""Labels of the gateways' audits, in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.models import Artwork

#: Labels in the gateways' samples (contract §6.1); answers may have others.
LABELS: dict[str, Promise] = {
    "politics": gettext_lazy("Politics"),
    "terrorism": gettext_lazy("Violence and terror"),
    "prohibition": gettext_lazy("Prohibited things"),
    "porn": gettext_lazy("Pornography"),
    "sexy": gettext_lazy("Suggestive"),
    "normal": gettext_lazy("Nothing found"),
}


def label_word(label: str) -> str:
    """In the reader's language; an unknown one as the gateway writes it."""
    return str(LABELS.get(label, label)) or _("Label without a name")


def label_against(artwork: Artwork) -> str:
    """The label that speaks most against the picture: a block before a review, then by
    rate. Empty: none does."""
    rows = artwork.labels if isinstance(artwork.labels, list) else []
    against = [row for row in rows if isinstance(row, dict) and _is_against(row)]
    gravest = max(against, key=_weight, default={})
    return str(gravest.get("label") or "")


def _is_against(row: dict[str, Any]) -> bool:
    verdicts = (Artwork.VerdictChoice.REVIEW, Artwork.VerdictChoice.BLOCK)
    return bool(row.get("label")) and row.get("verdict") in verdicts


def _weight(row: dict[str, Any]) -> tuple[bool, float]:
    rate = row.get("rate")
    is_blocked = row.get("verdict") == Artwork.VerdictChoice.BLOCK
    return is_blocked, float(rate) if isinstance(rate, int | float) else 0.0
