"""Tags and filters of the review pages."""

import datetime
import functools
from collections.abc import Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from generation.models import Artwork
from moderation import flagged_words, rules
from moderation.models import Decision, Desk, Review, label_word
from moderation.numbers import AGE_LIMITS_HOURS
from moderation.presenters import rule_sentences, wording
from spend.templatetags.formats import share

register = template.Library()

Verdict = Artwork.VerdictChoice

#: Verdict → tone, icon.
TONES = {
    Verdict.PASS: ("good", "check"),
    Verdict.REVIEW: ("needs", "shield"),
    Verdict.BLOCK: ("stopped", "stop"),
}
UNCLEAR = ("needs", "question")
#: Action → tone, icon.
ACTIONS = {
    Decision.Action.RELEASE: ("good", "check"),
    Decision.Action.HOLD: ("needs", "shield"),
    Decision.Action.REJECT: ("stopped", "stop"),
}
#: Upper limit in seconds → seconds of the unit, its words.
SPANS = (
    (90, 1, gettext_lazy("%(number)s s")),
    (90 * 60, 60, gettext_lazy("%(number)s min")),
    (36 * 3600, 3600, gettext_lazy("%(number)s h")),
    (float("inf"), 86400, gettext_lazy("%(number)s d")),
)

register.filter("verdict_word", wording.verdict_word)
register.filter("label_word", label_word)
register.filter("label_in_other_language", wording.label_in_other_language)
register.filter("labels", wording.labels)
register.filter("percent", wording.percent)
register.filter("words", wording.words)
register.filter("judged", wording.judged)
register.filter("is_unaudited", wording.is_unaudited)
register.filter("advice", wording.advice)
register.filter("is_severe", rules.is_severe)
register.filter("sentence", rule_sentences.sentence)
register.simple_tag(wording.other_language)


# --- Badges


@register.simple_tag
def verdict_badge(verdict: str) -> str:
    return _badge_of(wording.known(verdict), get_language())


@register.simple_tag
def audit_badge(artwork: Artwork) -> str:
    """As ``verdict_badge``; *not audited* where the gateway audits nothing."""
    if not wording.is_unaudited(artwork):
        return verdict_badge(artwork.verdict)
    return _unaudited_badge(get_language())


@functools.cache
def _unaudited_badge(language: str | None) -> str:
    tone, icon = UNCLEAR
    shown = {"tone": tone, "icon": icon, "words": _("not audited")}
    return render_to_string("moderation/_badge.html", shown)


@functools.cache
def _badge_of(verdict: Verdict, language: str | None) -> str:
    """Rendered once per language: a page of the queue has dozens."""
    tone, icon = TONES.get(verdict, UNCLEAR)
    shown = {"tone": tone, "icon": icon, "words": wording.verdict_word(verdict)}
    return render_to_string("moderation/_badge.html", shown)


@register.inclusion_tag("moderation/_badge.html")
def outcome_badge(decision: Decision) -> dict[str, str]:
    tone, icon = ACTIONS[Decision.Action(decision.action)]
    return {"tone": tone, "icon": icon, "words": decision.get_action_display()}


@register.filter
def tone(verdict: str) -> str:
    return TONES.get(wording.known(verdict), UNCLEAR)[0]


# --- Parts of an item


@register.simple_tag
def due(at: datetime.datetime, now: datetime.datetime) -> str:
    """ "due in 3 hours", or "overdue by 2 hours"."""
    if at < now:
        tone, words, wait = (
            "text-overdue",
            _("overdue by %(wait)s"),
            timesince(at, now, depth=1),
        )
    else:
        tone, words, wait = "muted", _("due in %(wait)s"), timeuntil(at, now, depth=1)
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        tone,
        at.isoformat(timespec="seconds"),
        f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
        words % {"wait": wait},
    )


@register.simple_tag
def cover(artwork: Artwork, desk: Desk, *, is_lazy: bool = False) -> str:
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
    row = next(iter(wording.labels(artwork)), None)
    if row is None:
        return ""
    verdict, rate = row.get("verdict", ""), row.get("rate")
    label, suggestion = row.get("label", ""), wording.verdict_word(verdict)
    return format_html(
        '<div class="rate {}"><p class="row spread small"><span>{}</span>'
        '<span class="num">{} {}</span></p>'
        '<div class="bar"><div class="bar-fill {}"></div></div></div>',
        *(tone(verdict), label_word(label), suggestion),
        *(wording.percent(rate), share(rate, 1)),
    )


@register.simple_tag
def rule_settings(of: rules.TeamRules) -> list[tuple[Any, str]]:
    return rule_sentences.settings(of)


@register.simple_tag
def setting_change(name: str, before: Any, after: Any) -> str:
    """ "Sample of passed pictures: 1 % → 2 %"."""
    said = rule_sentences.setting
    word = rule_sentences.SETTINGS[name]
    return f"{word}: {said(name, before)} → {said(name, after)}"


@register.simple_tag(takes_context=True)
def reasons_to_take_down(context: Any, artwork: Artwork) -> list[tuple[str, Any]]:
    """Empty where the reader may not take the picture down."""
    own = artwork.requested_by_id == context["user"].pk
    memberships = context["request"].memberships
    teams = {each.team_id for each in memberships if each.can_moderate}
    is_offered = artwork.moderation == Artwork.Moderation.RELEASED and not own
    is_offered = is_offered and artwork.team_id in teams
    return Decision.Reason.choices if is_offered else []


@register.filter
def is_mixed(group: Sequence[Review]) -> bool:
    """Similar pictures of several generations."""
    return len({review.artwork.generation_id for review in group}) > 1


# --- Numbers


@register.filter
def seconds_left(until: datetime.datetime | None) -> str:
    """From now on; a browser's clock may be wrong. "9.8"; "0.0" when over."""
    left = (until - timezone.now()).total_seconds() if until else 0.0
    return f"{max(left, 0.0):.1f}"


@register.filter
def hundredths(rate: float | None) -> str:
    """As a position on an SVG bar of 100 units."""
    return f"{min(max(rate or 0.0, 0.0), 1.0) * 100:.1f}"


@register.filter
def span(seconds: float) -> str:
    """40 → "40 s", 600 → "10 min", 10 000 → "2.8 h", 400 000 → "4.6 d"."""
    unit, words = next((unit, words) for limit, unit, words in SPANS if seconds < limit)
    digits = 0 if unit <= 60 else 1
    return str(words) % {"number": f"{seconds / unit:.{digits}f}"}


@register.filter
def age_word(column: int) -> str:
    """Of the counts by age."""
    if column >= len(AGE_LIMITS_HOURS):
        return _("older")
    return _("up to %(hours)s h") % {"hours": AGE_LIMITS_HOURS[column]}


# --- Flagged words


@register.filter
def marked(text: str, words: Sequence[str]) -> str:
    """Flagged words in ``<mark>``, as `flagged_words.found` finds them."""
    parts: list[tuple[str]] = []
    shown = 0
    for start, end in flagged_words.found(words, text):
        mark = format_html("<mark>{}</mark>", text[start:end])
        parts += [(text[shown:start],), (mark,)]
        shown = end
    return format_html_join("", "{}", [*parts, (text[shown:],)])


@register.filter
def found_in(words: Sequence[str], text: str) -> list[str]:
    """As the text spells them."""
    spelled = (text[start:end] for start, end in flagged_words.found(words, text))
    return list(dict.fromkeys(spelled))
