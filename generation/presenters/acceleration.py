"""Acceleration: its price and its outcome in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from gateways import gateway_messages
from gateways.gateway_messages import sentences
from gateways.providers.base import Quote
from generation import lifecycle
from generation.models import Acceleration, Generation, ProviderTask
from generation.presenters.price_preview import PricePreview, price_preview
from spend.templatetags.formats import amount
from spend.units import Unit

Status = Acceleration.Status


@dataclass(frozen=True, slots=True)
class AccelerationPreview:
    """``saved_seconds``: None if the gateway does not tell."""

    steps: int
    saved_seconds: int | None
    price: PricePreview


def acceleration_preview(
    generation: Generation, steps: int, user: User
) -> AccelerationPreview:
    """``steps``: places forward per queued picture."""
    cost = steps * (lifecycle.place_price(generation) or 0)
    seconds = [
        task.step_seconds
        for task in generation.tasks.all()
        if task.status == ProviderTask.Status.QUEUED and task.step_seconds is not None
    ]
    saved = min(seconds) * steps if seconds else None
    quote = Quote(cost, Unit(generation.unit))
    purse = generation.account.purse
    price = price_preview(quote, 1, user, generation.team, gateway=purse)
    return AccelerationPreview(steps, saved or None, price)


def outcome_words(generation: Generation, acceleration: Acceleration) -> str:
    """Includes what became of the generation meanwhile."""
    price = amount(acceleration.price, generation.unit)
    if acceleration.status == Status.ACCEPTED:
        words = ngettext(
            "Moved forward by %(number)s queue position for %(price)s.",
            "Moved forward by %(number)s queue positions for %(price)s.",
            acceleration.steps,
        )
        return words % {"number": acceleration.steps, "price": price}
    if acceleration.status == Status.UNKNOWN:
        words = _(
            "The gateway did not confirm the speed-up. It is not requested twice; "
            "%(price)s stay reserved until it has charged."
        )
        return words % {"price": price}
    nothing = _("The speed-up cost nothing.")
    if not generation.tasks.filter(status=ProviderTask.Status.QUEUED).exists():
        return sentences(_no_longer_queued(generation), nothing)
    why = gateway_messages.explain(
        generation.account.provider,
        acceleration.failure_code,
        acceleration.failure_message,
    )
    return sentences(why, nothing)


def _no_longer_queued(generation: Generation) -> str:
    if generation.status == Generation.Status.RUNNING:
        return _("It has started in the meantime and will be finished.")
    return _("It has ended in the meantime.")


def too_far(most: int) -> str:
    """``most``: places that the generation can move forward."""
    if most:
        words = ngettext(
            "%(number)s queue position at most. Nothing was paid.",
            "%(number)s queue positions at most. Nothing was paid.",
            most,
        )
        return words % {"number": most}
    return _("Nothing is ahead of it in the queue any more. Nothing was paid.")


def over_limit(left: int, unit: str) -> str:
    words = _("That costs more than is left: %(left)s. Nothing was requested.")
    return words % {"left": amount(left, unit)}
