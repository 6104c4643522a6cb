"""Ways in for django-q2: the pump's turns."""

import time

from django_q.tasks import async_task

from wjportal.engine import pump as engine

PUMP = "wjportal.engine.tasks.pump"
#: A pump that breaks at once must not run hot.
PAUSE_SECONDS = 2.0


def pump() -> None:
    """Leader, standby, or nothing to do; the first two ask for their successors."""
    is_at_it = True
    try:
        is_at_it = engine.run()
    except Exception:
        time.sleep(PAUSE_SECONDS)
        raise
    finally:
        if is_at_it:
            async_task(PUMP)


def boot() -> None:
    """A leader and its standby; what is not needed goes away by itself."""
    async_task(PUMP)
    async_task(PUMP)
    async_task("generation.tasks.refresh_accounts")
