"""How verdicts, labels, grounds and decisions are said to a moderator."""

import datetime
import functools
import re
from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from generation.models import Artwork
from moderation.forms import LABELS
from moderation.models import Decision, Desk, Review
from spend.templatetags.portal import share

register = template.Library()

Verdict = Artwork.VerdictChoice
Label = dict[str, Any]

#: Verdict → tone, icon.
TONES = {
    Verdict.PASS: ("good", "check"),
    Verdict.REVIEW: ("needs", "shield"),
    Verdict.BLOCK: ("stopped", "stop"),
}
UNCLEAR = ("needs", "question")
SEVERITY = [Verdict.PASS, Verdict.MISSING, Verdict.REVIEW, Verdict.BLOCK]
OUTCOMES = {
    Decision.Action.RELEASE: ("good", "check"),
    Decision.Action.HOLD: ("needs", "shield"),
    Decision.Action.REJECT: ("stopped", "stop"),
}


@register.simple_tag
def verdict_badge(verdict: str) -> str:
    """A suggestion of the gateway as icon, word and colour."""
    return _badge_of(known(verdict), get_language())


@functools.cache
def _badge_of(verdict: str, language: str | None) -> str:
    """Drawn once in each language: a page of the queue has dozens."""
    tone, icon = TONES.get(Verdict(verdict), UNCLEAR)
    shown = {"tone": tone, "icon": icon, "words": verdict_word(verdict)}
    return render_to_string("moderation/_badge.html", shown)


@register.inclusion_tag("moderation/_badge.html")
def outcome_badge(decision: Decision) -> dict[str, str]:
    tone, icon = OUTCOMES[Decision.Action(decision.action)]
    return {"tone": tone, "icon": icon, "words": decision.get_action_display()}


@register.simple_tag
def due(at: datetime.datetime, now: datetime.datetime) -> str:
    """ "due in 3 hours", or "overdue by 2 hours"."""
    if at < now:
        tone, words, wait = "text-overdue", _("overdue by %(wait)s"), timesince(at, now)
    else:
        tone, words, wait = "muted", _("due in %(wait)s"), timeuntil(at, now)
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        tone,
        at.isoformat(timespec="seconds"),
        f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
        words % {"wait": wait},
    )


@register.simple_tag
def cover(artwork: Artwork, desk: Desk, *, is_lazy: bool = False) -> str:
    """What stands for a picture that nobody revealed, as its moderator wants it."""
    words = _("Covered picture %(number)s") % {"number": artwork.pk}
    size = artwork.width, artwork.height
    if desk.cover == Desk.Cover.NONE:
        return format_html(
            '<svg class="covered blank" viewBox="0 0 {} {}" role="img"'
            ' aria-label="{}"></svg>',
            *(*size, words),
        )
    return format_html(
        '<img class="covered{}" src="{}" width="{}" height="{}" alt="{}"{}>',
        " dim" if desk.cover == Desk.Cover.DIM else "",
        reverse("moderation:cover", args=[artwork.pk]),
        *(*size, words),
        mark_safe(' loading="lazy"') if is_lazy else "",
    )


@register.simple_tag
def strongest_rate(artwork: Artwork) -> str:
    """The label that speaks most against it, with its rate as a bar."""
    row = next(iter(labels(artwork)), None)
    if row is None:
        return ""
    verdict, rate = row.get("verdict", ""), row.get("rate")
    return format_html(
        '<div class="rate {}"><p class="row spread small"><span>{}</span>'
        '<span class="num">{} {}</span></p>'
        '<div class="bar"><div class="bar-fill {}"></div></div></div>',
        *(tone(verdict), label_word(row.get("label", "")), verdict_word(verdict)),
        *(percent(rate), share(rate, 1)),
    )


@register.filter
def verdict_word(verdict: str) -> str:
    return str(Verdict(known(verdict)).label)


@register.filter
def tone(verdict: str) -> str:
    return TONES.get(Verdict(known(verdict)), UNCLEAR)[0]


@register.filter
def label_word(label: str) -> str:
    """A label in the reader's language; an unknown one as the gateway writes it."""
    return str(LABELS.get(label, label)) or _("Label without a name")


@register.filter
def word_elsewhere(label: str) -> str:
    """A label in the other of our languages; empty for an unknown one."""
    with override(elsewhere()):
        return str(LABELS.get(label, ""))


@register.inclusion_tag("moderation/_label_list.html")
def label_list() -> dict[str, Any]:
    """What an input of a label offers."""
    return {"labels": LABELS.items()}


@register.simple_tag
def elsewhere() -> str:
    """The code of the language that the reader has not chosen."""
    others = [code for code, _name in settings.LANGUAGES if code != get_language()]
    return others[0]


@register.filter
def marked(text: str, words: Sequence[str]) -> str:
    """The text with the team's flagged words in ``<mark>``, whatever their case. A
    word of Latin letters counts as a whole only."""
    if not words or not text:
        return text
    parts = _any_of(tuple(words)).split(text)
    return format_html_join(
        "", "{}", ((_mark(part) if at % 2 else part,) for at, part in enumerate(parts))
    )


@register.filter
def found_in(words: Sequence[str], text: str) -> list[str]:
    """Those of the flagged words that the text has, as it writes them."""
    found = _any_of(tuple(words)).findall(text) if words and text else []
    return list(dict.fromkeys(found))


def _mark(word: str) -> str:
    return format_html("<mark>{}</mark>", word)


@functools.lru_cache(maxsize=32)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """One group: the longest of them that fits."""
    letter = "[A-Za-z0-9_]"
    patterns = [
        (rf"(?<!{letter})" if re.match(letter, word) else "")
        + re.escape(word)
        + (rf"(?!{letter})" if re.match(letter, word[-1]) else "")
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile(f"({'|'.join(patterns)})", re.IGNORECASE)


@register.filter
def is_mixed(group: Sequence[Review]) -> bool:
    """Whether they look alike though they were asked for apart."""
    return len({review.artwork.generation_id for review in group}) > 1


@register.filter
def hundredths(rate: float | None) -> str:
    """A place on a bar of 100 units, as SVG wants it."""
    return f"{min(max(rate or 0.0, 0.0), 1.0) * 100:.1f}"


@register.filter
def labels(artwork: Artwork) -> list[Label]:
    """What the audit says label by label, the gravest and surest first."""
    rows = artwork.labels if isinstance(artwork.labels, list) else []
    return sorted((row for row in rows if isinstance(row, dict)), key=_weight)


@register.filter
def percent(rate: float | None) -> str:
    """0.9944 → "99 %"."""
    if rate is None:
        return ""
    return _("%(number)s %%") % {"number": f"{rate * 100:.0f}"}


@register.filter
def words(ground: str) -> str:
    """A ground of a rule's judgement, in the reader's language."""
    kind, _colon, rest = ground.partition(":")
    if kind == "verdict":
        return _("the gateway suggests: %s") % verdict_word(rest)
    if kind == "label":
        label, _colon, verdict = rest.rpartition(":")
        return f"{label_word(label)} · {verdict_word(verdict)}"
    if kind in WITH_NAME:
        name = label_word(rest) if kind == "near" else rest
        return str(WITH_NAME[kind]) % name
    return str(GROUNDS.get(kind, ground))


GROUNDS = {
    "no_audit": gettext_lazy("the gateway sent no audit that can be read"),
    "check_failed": gettext_lazy("the gateway's own check failed"),
    "offending": gettext_lazy("the gateway flags the picture as offending"),
    "unreadable": gettext_lazy("a part of the audit cannot be read"),
    "undone": gettext_lazy("taken back at once"),
    "reopened": gettext_lazy("reopened"),
}
WITH_NAME = {
    "near": gettext_lazy("near a limit: %s"),
    "rule": gettext_lazy("rule %s of the team"),
    "same": gettext_lazy("the same picture was decided before: %s"),
}


@register.filter
def span(seconds: float) -> str:
    """40 → "40 s", 600 → "10 min", 10 000 → "2.8 h", 400 000 → "4.6 d"."""
    of, said = next((of, said) for limit, of, said in SPANS if seconds < limit)
    digits = 0 if of <= 60 else 1
    return str(said) % {"number": f"{seconds / of:.{digits}f}"}


#: Below so many seconds → counted in so many, and said so.
SPANS = (
    (90, 1, gettext_lazy("%(number)s s")),
    (90 * 60, 60, gettext_lazy("%(number)s min")),
    (36 * 3600, 3600, gettext_lazy("%(number)s h")),
    (float("inf"), 86400, gettext_lazy("%(number)s d")),
)


@register.filter
def advice(reason: str) -> str:
    """What to change, where the moderator wrote nothing of their own."""
    return str(ADVICE[Reason(reason or Reason.OTHER)])


Reason = Decision.Reason
ADVICE = {
    Reason.SEXUAL: gettext_lazy(
        "Ask for people who are clothed, in a scene that is not about bodies."
    ),
    Reason.VIOLENCE: gettext_lazy(
        "Leave out weapons, wounds and violence; show what comes before or after it."
    ),
    Reason.POLITICS: gettext_lazy(
        "Leave out politicians, parties, flags and events of politics."
    ),
    Reason.PROHIBITED: gettext_lazy(
        "Leave out drugs, weapons, gambling and what else must not be offered."
    ),
    Reason.RIGHTS: gettext_lazy(
        "Describe a person, figure or mark of your own instead of one that is known."
    ),
    Reason.QUALITY: gettext_lazy(
        "Nothing is wrong with your words. Try again, or with another size or model."
    ),
    Reason.OTHER: gettext_lazy("Change the words, or say in an appeal what you meant."),
}


def known(verdict: object) -> str:
    return str(verdict) if verdict in Verdict.values else Verdict.MISSING.value


def _weight(row: Label) -> tuple[int, float]:
    rate = row.get("rate")
    grave = SEVERITY.index(Verdict(known(row.get("verdict"))))
    return -grave, -rate if isinstance(rate, int | float) else 0.0


JUDGED = {
    "release": gettext_lazy("released"),
    "hold": gettext_lazy("held"),
    "two": gettext_lazy("held for two people"),
    "reject": gettext_lazy("rejected"),
}


@register.filter
def judged(word: str) -> str:
    """What rules make of a picture."""
    return str(JUDGED.get(word, word))
