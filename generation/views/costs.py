"""What a generation cost, as its card says it: expected, real, and what came back."""

from django.utils.translation import gettext as _

from generation.models import Generation
from generation.templatetags.portal import amount


def spent(generation: Generation) -> int | None:
    """What it really cost; None while that may still change."""
    tasks = list(generation.tasks.all())
    if generation.status not in Generation.TERMINAL:
        return None
    if any(not task.is_booked for task in tasks):
        return None
    return sum(task.cost or 0 for task in tasks)


def returned(generation: Generation) -> int:
    paid = spent(generation)
    return 0 if paid is None else max(generation.reserved - paid, 0)


def returned_words(generation: Generation) -> str:
    back = returned(generation)
    if not back:
        return ""
    return _("%(amount)s returned.") % {"amount": amount(back, generation.unit)}


def words(generation: Generation) -> str:
    paid = spent(generation)
    if paid is None:
        expected = amount(generation.reserved, generation.unit)
        return _("%(amount)s expected") % {"amount": expected}
    real = amount(paid, generation.unit)
    back = returned(generation)
    if back and paid:
        again = amount(back, generation.unit)
        return _("%(amount)s, %(back)s returned") % {"amount": real, "back": again}
    return real
