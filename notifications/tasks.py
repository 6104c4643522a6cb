"""Ways in for django-q2: call the domain."""

from django_q.tasks import async_task

from notifications import deliveries


def deliver() -> None:
    deliveries.run()


def nudge() -> None:
    async_task("notifications.tasks.deliver")
