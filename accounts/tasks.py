"""Ways in for django-q2: call the domain."""

from django_q.tasks import async_task

from accounts import delivering


def deliver() -> None:
    delivering.run()


def nudge() -> None:
    async_task("accounts.tasks.deliver")
