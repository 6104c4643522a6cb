from django_q.tasks import async_task

from notifications import deliveries


def deliver() -> None:
    deliveries.run()


def nudge() -> None:
    async_task("notifications.tasks.deliver")
