from django import template

from notifications import alerts
from notifications.models import Alert

register = template.Library()


@register.filter
def sentence(alert: Alert) -> str:
    return alerts.sentence(alert)
