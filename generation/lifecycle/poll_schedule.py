"""When a task is looked at: halfway, then about at its end, then ever more rarely.

How near the end is, the answers tell: by how fast the percent rises, or by the seconds
they name. What tells neither is looked at in steps that widen with its age. A callback
makes a task due at once, so where callbacks come, looks are rare.
"""

import datetime
import random

from gateways.providers.base import State, TaskUpdate
from generation.lifecycle.account_load import Traffic
from generation.models import ProviderTask

#: Told of no progress for so long a task is overdue, and asked rarely.
OVERDUE_AFTER = datetime.timedelta(minutes=15)
ASK_OVERDUE_EVERY = datetime.timedelta(minutes=10)
#: From one answer to the next counts as silence, up to so many seconds: when we were
#: down, or the gateway was, nobody could have heard of any progress.
LONGEST_HEARD = 120.0
#: A call that is not full waits so long for more keys.
FILL = datetime.timedelta(seconds=0.4)
#: Seconds until the first look, at least.
FIRST_LOOK = 1.0
#: Seconds between two looks at what may end any moment: they widen with the task's age,
#: within these.
STEP = (1.0, 10.0)
STEP_OF_AGE = 0.05
#: What is drawn, and not charged for good, is asked after by this widening step, until
#: it is: charging takes seconds as a rule, and nobody waits for it.
LONGEST_CHARGING = 600.0
#: Seconds between two looks at what has ended, in case the gateway takes its word back:
#: about as long as it has been over, within these.
WATCH = (60.0, 86_400.0)
#: Seconds without a look at what is far from its end, for someone watches it rise. With
#: thousands in flight it is the time in which so many rounds over all would be made.
SILENT = 5.0
ROUNDS = 5
#: Seconds after the estimated end: one look too early costs a whole step.
MARGIN = 0.3
#: An estimate errs by a share of itself: one of more than so many seconds is made anew
#: before it is over.
NEAR = 8.0
SHARE_WAITED = 0.85
#: Where callbacks come, a look only finds what one lost.
RARER = 4
LONGEST = 30.0


def first_look(expected_seconds: float | None, traffic: Traffic) -> datetime.timedelta:
    """Halfway, where the percent tells most. ``expected_seconds`` by the gateway, or by
    what the same model took of late."""
    half = (expected_seconds or 0) / 2
    return _after(min(max(half, FIRST_LOOK), _silent(traffic)), traffic)


def next_look(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime, traffic: Traffic
) -> datetime.timedelta:
    """``task`` as it was before this answer."""
    left = _seconds_left(task, update, now)
    if left is None:
        return _after(max(_step(task, now), traffic.round_seconds), traffic)
    wait = left + MARGIN if left <= NEAR else max(left * SHARE_WAITED, NEAR)
    return _after(min(wait, _silent(traffic)), traffic)


def step(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    """For what may be said any moment."""
    return datetime.timedelta(seconds=_step(task, now) * random.uniform(1.0, 1.1))


def charging(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    """For what has ended, and is not charged for good. It never stops."""
    over = (now - (task.finished_at or now)).total_seconds()
    wait = min(max(over * STEP_OF_AGE, STEP[0]), LONGEST_CHARGING)
    return datetime.timedelta(seconds=wait * random.uniform(1.0, 1.1))


def watch(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    """For what has ended, and may turn out to have ended otherwise."""
    low, high = WATCH
    over = (now - (task.finished_at or now)).total_seconds()
    wait = min(max(over, low), high)
    return datetime.timedelta(seconds=wait * random.uniform(1.0, 1.1))


def heard_silence(task: ProviderTask, now: datetime.datetime) -> float:
    """Seconds that the answers since its last progress have told of none, with one
    that comes now. A gap in the answers, or in the clock, counts little."""
    gap = (now - (task.answered_at or task.created_at)).total_seconds()
    return task.silent_seconds + min(max(gap, 0.0), LONGEST_HEARD)


def _seconds_left(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> float | None:
    """None: it does not say, or should have ended already."""
    found = [float(update.expected_seconds or 0)]
    percent, seen = update.percent or 0.0, task.percent or 0.0
    if update.state == State.DRAWING and percent > seen:
        since = task.progress_at if seen else task.created_at
        passed = (now - since).total_seconds()
        rising = passed * (100.0 - percent) / (percent - seen)
        if seen:
            return rising  # seen twice while it was drawn: the surest there is
        found.append(rising)  # it may have begun later, and so end sooner
    return min((seconds for seconds in found if seconds > 0), default=None)


def _step(task: ProviderTask, now: datetime.datetime) -> float:
    low, high = STEP
    age = (now - task.created_at).total_seconds()
    return min(max(age * STEP_OF_AGE, low), high)


def _silent(traffic: Traffic) -> float:
    return max(SILENT, ROUNDS * traffic.round_seconds)


def _after(seconds: float, traffic: Traffic) -> datetime.timedelta:
    if traffic.has_callbacks:
        seconds = max(seconds, min(seconds * RARER, LONGEST))
    return datetime.timedelta(seconds=seconds * random.uniform(1.0, 1.05))
