"""Ways in for django-q2: fetch, call the domain."""

from moderation import claims, controls, intake, watching

MOST_TAKEN_IN = 500


def watch() -> None:
    intake.take_in_lost(MOST_TAKEN_IN)
    controls.close_lapsed()
    claims.unassign()
    watching.warn()
