"""Outcome of a cancellation in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.lifecycle import Cancelled
from generation.models import Generation
from generation.presenters import cost_words

WORDS = {
    Cancelled.WHOLE: gettext_lazy("Cancelled. The gateway still settles the cost."),
    Cancelled.PARTLY: gettext_lazy(
        "Pictures that had not started are cancelled. The others will be finished."
    ),
    Cancelled.ASKED: gettext_lazy(
        "The gateway accepted the cancellation and will confirm it shortly."
    ),
    Cancelled.UNHEARD: gettext_lazy(
        "The gateway did not answer. We keep asking for the result."
    ),
    Cancelled.BEGUN: gettext_lazy(
        "Too late to cancel: it has started and will be finished."
    ),
    Cancelled.KEPT: gettext_lazy("The gateway refused to cancel it."),
    Cancelled.SENDING: gettext_lazy(
        "It is being sent right now. Try again in a moment."
    ),
    Cancelled.ENDED: gettext_lazy("Too late to cancel: it has already ended."),
}


def cancellation_words(outcome: Cancelled, generation: Generation) -> str:
    if outcome == Cancelled.WHOLE and cost_words.spent(generation) == 0:
        return _("Cancelled. It costs nothing.")
    return str(WORDS[outcome])
