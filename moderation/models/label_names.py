"""Labels of the gateways' audits, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
