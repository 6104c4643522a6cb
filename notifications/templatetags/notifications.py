from django import template

from notifications import alerts, notices, refusal_words
from notifications.models import Alert, Notice

register = template.Library()


@register.filter
def sentence(alert: Alert) -> str:
    return alerts.sentence(alert)


@register.filter
def explained(refusal: str) -> str:
    return refusal_words.explain(refusal)


@register.filter
def told(notice: Notice) -> str:
    return notices.sentence(notice)
