"""Outcome of a cancellation in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.lifecycle import Cancelled
from generation.models import Generation
from generation.presenters import cost_words

WORDS = {
    Cancelled.WHOLE: gettext_lazy(
        "Cancelled. The gateway still settles what it costs."
    ),
    Cancelled.PARTLY: gettext_lazy(
        "What still waited is cancelled. The other pictures have begun, and will be "
        "finished."
    ),
    Cancelled.ASKED: gettext_lazy("The gateway lets it go; its next answer says so."),
    Cancelled.UNHEARD: gettext_lazy(
        "The gateway did not answer. It is asked again what became of it."
    ),
    Cancelled.BEGUN: gettext_lazy(
        "Too late to cancel it: it has begun meanwhile, and will be finished."
    ),
    Cancelled.KEPT: gettext_lazy("The gateway does not let go of it."),
    Cancelled.SENDING: gettext_lazy(
        "Too late to cancel it here: it is being sent. Try again in a moment."
    ),
    Cancelled.ENDED: gettext_lazy("Too late to cancel it: it has ended already."),
}


def cancellation_words(outcome: Cancelled, generation: Generation) -> str:
    if outcome == Cancelled.WHOLE and cost_words.spent(generation) == 0:
        return _("Cancelled. It costs nothing.")
    return str(WORDS[outcome])
