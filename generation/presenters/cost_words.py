"""Cost of a generation in words: expected, real, returned, written off."""

from django.utils.translation import gettext as _

from gateways.providers.faults import Fault
from generation.models import Generation
from spend.templatetags.formats import amount


def spent(generation: Generation) -> int | None:
    """None until every provider task is booked."""
    tasks = list(generation.tasks.all())
    if generation.status not in Generation.TERMINAL:
        return None
    if any(not task.is_booked for task in tasks):
        return None
    return sum(task.cost or 0 for task in tasks)


def written_off(generation: Generation) -> int:
    """Reserved integrals of work closed as paid by an admin."""
    if generation.failure_code == Fault.CLOSED_PAID:
        return generation.reserved
    tasks = generation.tasks.all()
    return sum(t.reserved for t in tasks if t.failure_code == Fault.OVERDUE_PAID)


def returned(generation: Generation) -> int:
    paid = spent(generation)
    if paid is None:
        return 0
    return max(generation.reserved - paid - written_off(generation), 0)


def returned_words(generation: Generation) -> str:
    """Of the reservation of failed or cancelled work; may be empty."""
    if lost := written_off(generation):
        words = _("%(amount)s written off.")
        return words % {"amount": amount(lost, generation.unit)}
    back = returned(generation)
    if not back:
        return ""
    return _("%(amount)s returned.") % {"amount": amount(back, generation.unit)}


def words(generation: Generation) -> str:
    paid = spent(generation)
    if paid is None:
        expected = amount(generation.reserved, generation.unit)
        return _("%(amount)s expected") % {"amount": expected}
    if lost := written_off(generation):
        return _("%(amount)s written off") % {"amount": amount(lost, generation.unit)}
    real = amount(paid, generation.unit)
    back = returned(generation)
    if back and paid:
        again = amount(back, generation.unit)
        return _("%(amount)s, %(back)s returned") % {"amount": real, "back": again}
    return real
