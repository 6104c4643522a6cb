"""How numbers, times and amounts are written, the same on every page."""

import datetime
import json
import re
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from spend.units import Unit

register = template.Library()

#: A space that neither breaks nor looks like one between words.
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
JUST_NOW = datetime.timedelta(minutes=1)

#: An address up to its host, and the rest of it; also in JSON within JSON.
ADDRESS = re.compile(r"""((?:\\{0,9}/){2}[^\s"'/\\?#]*)(?:[^\s"'<>\\]|\\+/)+""")


@register.filter
def whole(number: int | None) -> str:
    """1204 → "1 204"; nothing where there is no number."""
    return "" if number is None else f"{number:,}".replace(",", THIN_SPACE)


@register.filter
def amount(number: int, unit: str) -> str:
    """48, "integral" → "48 integrals"."""
    if unit == Unit.IMAGE:
        words = ngettext("%(number)s image", "%(number)s images", number)
    elif unit == Unit.SECOND:
        words = ngettext("%(number)s second", "%(number)s seconds", number)
    else:
        words = ngettext("%(number)s integral", "%(number)s integrals", number)
    return words % {"number": whole(number)}


@register.filter
def amount_cells(row: Any) -> SafeString:
    """A table's cells of a day: each part and the total, linked. Written here, for six
    hundred of them, each drawn by a template, cost a page more than all else on it."""
    return mark_safe(
        "".join(_cell(cell.amount, cell.link) for cell in (*row.cells, row.total))
    )


def _cell(number: int, link: str) -> str:
    words = whole(number)
    if link:
        words = f'<a href="{escape(link)}">{words}</a>'
    return f'<td class="num">{words}</td>'


@register.filter
def percent(number: int) -> str:
    return _("%(number)s %%") % {"number": number}


@register.filter
def share(part: float | None, of: float = 100) -> str:
    """The class of a bar that shows ``part`` of ``of``: "w-0" to "w-100" by fives."""
    ratio = (part or 0) / of if of else 0
    return f"w-{round(min(max(ratio, 0), 1) * 20) * 5}"


@register.filter
def clock(seconds: int) -> str:
    """40 → "40 s", 95 → "2 min"."""
    if seconds < 90:
        return _("%(number)s s") % {"number": seconds}
    return _("%(number)s min") % {"number": round(seconds / 60)}


@register.filter
def capped(number: int, most: int) -> str:
    """A count that stopped at ``most``: 1001 of at most 1000 → "1 000+"."""
    return f"{whole(most)}+" if number > most else whole(number)


@register.filter
def evidence(answer: Any) -> str:
    """A gateway's answer for people to read, without where its pictures lie: what is
    not released must not be fetched from there, either."""
    is_text = isinstance(answer, str)
    said = answer if is_text else json.dumps(answer, ensure_ascii=False, indent=2)
    return ADDRESS.sub(r"\1…", said)


@register.simple_tag
def moment(at: datetime.datetime | None) -> SafeString | str:
    """ "3 minutes ago" or "in 3 minutes", with the exact time on hover and on focus."""
    if at is None:
        return ""
    exact = f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
    return format_html(
        '<time class="moment" datetime="{}" title="{}" data-exact="{}" tabindex="0">'
        "{}</time>",
        at.isoformat(),
        exact,
        exact,
        since(at),
    )


def since(at: datetime.datetime) -> str:
    now = timezone.now()
    if at > now:
        if at - now < JUST_NOW:
            return _("within a minute")
        return _("in %(time)s") % {"time": timeuntil(at, now, depth=1)}
    if now - at < JUST_NOW:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(at, now, depth=1)}
