"""django-q2 tasks that run the pump."""

import time

from django_q.tasks import async_task

from wjportal.engine import pump as engine

PUMP = "wjportal.engine.tasks.pump"
#: After an exception: a broken pump must not spin.
PAUSE_SECONDS = 2.0


def pump() -> None:
    """Lead or stand by, then enqueue the successor; a third pump just ends."""
    has_role = True
    try:
        has_role = engine.run()
    except Exception:
        time.sleep(PAUSE_SECONDS)
        raise
    finally:
        if has_role:
            async_task(PUMP)


def boot() -> None:
    """A leader and a standby; a superfluous one ends by itself."""
    async_task(PUMP)
    async_task(PUMP)
    async_task("generation.tasks.refresh_accounts")
