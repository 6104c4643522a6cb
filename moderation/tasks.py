"""Ways in for django-q2: fetch, call the domain."""

from moderation import claims, control_items, intake, queue_alerts

MOST_TAKEN_IN = 500


def watch() -> None:
    intake.take_in_lost(MOST_TAKEN_IN)
    control_items.close_lapsed()
    claims.unassign()
    queue_alerts.warn()
