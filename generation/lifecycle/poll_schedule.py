"""When a provider task is polled next.

A poll costs only a share of the account's request rate, and carries many keys. A task
is polled where an answer tells most:

    submitted       at half of the expected duration, where the percent says how fast
                    the picture is drawn
    end estimated   shortly after that end; before it, where the estimate is long and so
                    inexact, or where a member would see no progress for too long
    no estimate     at intervals that widen with the task's age (PROGRESS)
    cost not final  likewise (CHARGE): charging takes seconds, and nobody waits for it
    ended           likewise (AFTER_END), while the gateway may still change its answer
    overdue         every LONGEST_SECONDS

Intervals stretch (`account_load`) with the time of a round over all open tasks, and
where callbacks arrive: a poll then only replaces a lost one.
"""

import datetime

from gateways.providers.base import State, TaskUpdate
from generation.lifecycle.account_load import AccountLoad
from generation.lifecycle.intervals import GrowingInterval, jittered
from generation.models import ProviderTask

#: Longest interval before the cost is final.
LONGEST_SECONDS = 600.0
PROGRESS = GrowingInterval(share_of_age=0.05, shortest=1.0, longest=10.0)
CHARGE = GrowingInterval(share_of_age=0.05, shortest=1.0, longest=LONGEST_SECONDS)
AFTER_END = GrowingInterval(share_of_age=1.0, shortest=60.0, longest=86_400.0)
#: Longest interval while a member watches the percent rise; this many rounds, where a
#: round over all open tasks takes longer than a second.
VISIBLE_PROGRESS_SECONDS = 5.0
VISIBLE_PROGRESS_ROUNDS = 5
#: A poll before the end costs a whole interval more.
ESTIMATE_MARGIN_SECONDS = 0.3
#: An estimate errs by a share of itself: a longer one is renewed after this share.
EXACT_ESTIMATE_SECONDS = 8.0
ESTIMATE_SHARE = 0.85
#: With callbacks, intervals up to the second number grow by the first.
CALLBACK_FACTOR = 4
CALLBACK_LONGEST_SECONDS = 30.0


def first_poll(expected_seconds: float | None, load: AccountLoad) -> datetime.timedelta:
    """``expected_seconds``: by the gateway, or the model's recent median."""
    half = (expected_seconds or 0.0) / 2
    return _planned(min(max(half, PROGRESS.shortest), _visible_progress(load)), load)


def next_poll(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime, load: AccountLoad
) -> datetime.timedelta:
    """``task`` as it was before this answer."""
    left = _seconds_left(task, update, now)
    if left is None:
        wait = max(PROGRESS.seconds(now - task.created_at), load.round_seconds)
    else:
        exact = min(left, EXACT_ESTIMATE_SECONDS) + ESTIMATE_MARGIN_SECONDS
        wait = min(max(exact, left * ESTIMATE_SHARE), _visible_progress(load))
    return _planned(wait, load)


def unanswered_poll(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    return PROGRESS.wait(now - task.created_at)


def overdue_poll() -> datetime.timedelta:
    return datetime.timedelta(seconds=LONGEST_SECONDS)


def charge_poll(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    """For an ended task with a pending charge; polls go on until it ends."""
    return CHARGE.wait(now - (task.finished_at or now))


def late_poll(task: ProviderTask, now: datetime.datetime) -> datetime.timedelta:
    """For an ended task whose end may change."""
    return AFTER_END.wait(now - (task.finished_at or now))


def _seconds_left(
    task: ProviderTask, update: TaskUpdate, now: datetime.datetime
) -> float | None:
    """None: no estimate, or the task should have ended already."""
    found = [float(update.expected_seconds or 0)]
    percent, seen = update.percent or 0.0, task.percent or 0.0
    if update.state == State.DRAWING and percent > seen:
        since = task.progress_at if seen else task.created_at
        passed = (now - since).total_seconds()
        by_speed = passed * (100.0 - percent) / (percent - seen)
        if seen:
            return by_speed  # between two answers: most exact
        found.append(by_speed)  # drawing may have begun later
    return min((seconds for seconds in found if seconds > 0), default=None)


def _visible_progress(load: AccountLoad) -> float:
    return max(VISIBLE_PROGRESS_SECONDS, VISIBLE_PROGRESS_ROUNDS * load.round_seconds)


def _planned(seconds: float, load: AccountLoad) -> datetime.timedelta:
    if load.has_callbacks:
        longer = min(seconds * CALLBACK_FACTOR, CALLBACK_LONGEST_SECONDS)
        seconds = max(seconds, longer)
    return jittered(min(seconds, LONGEST_SECONDS))
