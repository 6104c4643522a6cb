"""How often a task is asked after."""

import datetime

from generation.models import ProviderTask

#: Without a sign of progress for so long a task is overdue, and asked rarely.
OVERDUE_AFTER = datetime.timedelta(minutes=15)
ASK_OVERDUE_EVERY = datetime.timedelta(minutes=10)
#: Seconds between two looks: they widen with the task's age, within these.
STEP = (1.5, 10.0)
STEP_OF_AGE = 0.12


def step(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    low, high = STEP
    age = (now - task.created_at).total_seconds()
    return datetime.timedelta(seconds=min(max(age * STEP_OF_AGE, low), high))
