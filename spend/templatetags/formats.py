"""Formats of numbers, amounts and times."""

import datetime
import json
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from net.masking import without_paths
from spend.units import Unit

register = template.Library()

#: Separates groups of digits.
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
JUST_NOW = datetime.timedelta(minutes=1)


@register.filter
def whole(number: int | None) -> str:
    """1204 → "1 204"; None → ""."""
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
    """Linked cells of a `DayRow`. Not a template: 600 cells took half of the page's
    time."""
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
    """CSS class of a bar: "w-0" to "w-100" in steps of 5."""
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
    """1001, 1000 → "1 000+"."""
    return f"{whole(most)}+" if number > most else whole(number)


@register.filter
def evidence(answer: Any) -> str:
    """URLs are cut after the host: unreleased pictures cannot be fetched."""
    is_text = isinstance(answer, str)
    text = answer if is_text else json.dumps(answer, ensure_ascii=False, indent=2)
    return without_paths(text)


@register.simple_tag
def moment(at: datetime.datetime | None) -> SafeString | str:
    """Like "3 minutes ago"; the exact time on hover and focus."""
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
        return _("in %(time)s") % {"time": _span(timeuntil(at, now, depth=1))}
    if now - at < JUST_NOW:
        return _("just now")
    return _("%(time)s ago") % {"time": _span(timesince(at, now, depth=1))}


def _span(words: str) -> str:
    """Chinese writes no space between a number and its unit."""
    is_chinese = (get_language() or "").startswith("zh")
    return words.replace("\N{NO-BREAK SPACE}", "") if is_chinese else words
