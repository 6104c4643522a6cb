"""Tasks of django-q2."""

from moderation import control_items, intake, passing_on, queue_alerts

#: Lost artworks taken in per run.
MOST_TAKEN_IN = 500


def watch() -> None:
    intake.take_in_lost(MOST_TAKEN_IN)
    control_items.close_lapsed()
    passing_on.unassign_leavers()
    queue_alerts.warn()
