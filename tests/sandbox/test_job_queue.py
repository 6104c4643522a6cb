"""The waiting line against a plain model of channels, for any order of events."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sandbox.job_queue import JobQueue
from sandbox.jobs import Job


def job(number, created, draw, ending="done"):
    return Job(
        key=f"{number:032X}",
        gateway="wujie",
        account="a",
        batch="b",
        prompt="",
        seed="",
        width=64,
        height=64,
        pictures=1,
        request={},
        base_url="",
        notify_url="",
        created=created,
        ready=created,
        draw=draw,
        expected=2,
        final=2,
        settling=0,
        ending=ending,
    )


arrivals = st.lists(
    st.tuples(st.floats(0, 5), st.floats(0.1, 9), st.sampled_from(["done", "stuck"])),
    min_size=1,
    max_size=40,
)


def joined(channels, events):
    line, jobs, now = JobQueue(channels), [], 0.0
    for number, (pause, draw, ending) in enumerate(events):
        now += pause
        line.advance(now)
        jobs.append(job(number, now, draw, ending))
        line.join(jobs[-1])
    return line, jobs, now


@given(st.integers(1, 4), arrivals)
def test_no_channel_draws_two_at_once(channels, events):
    _, jobs, _ = joined(channels, events)
    for one in jobs:
        assert one.start >= one.created
        busy = [j for j in jobs if j.ending == "done" and j.start <= one.start < j.end]
        assert len(busy) <= channels
    starts = [one.start for one in jobs]
    assert starts == sorted(starts)
    assert all((j.end == math.inf) == (j.ending == "stuck") for j in jobs)


@given(st.integers(1, 4), arrivals, st.data())
def test_taking_one_out_moves_nobody_back(channels, events, data):
    line, jobs, now = joined(channels, events)
    line.advance(now)
    if not line.waiting:
        return
    gone = data.draw(st.sampled_from(line.waiting))
    before = {one.key: one.start for one in jobs}
    rest = [one for one in line.waiting if one is not gone]
    line.rearrange(rest, now)
    assert line.waiting == rest
    for place, one in enumerate(rest):
        assert one.start <= before[one.key] + 1e-9
        assert line.ahead(one, now) == place - sum(o.start <= now for o in rest[:place])


@given(st.integers(1, 4), arrivals)
def test_all_but_stuck_ones_end_now(channels, events):
    line, jobs, now = joined(channels, events)
    live = [one for one in jobs if one.end > now and one.ending == "done"]
    moved = line.finish(now)
    assert {one.key for one in moved} == {one.key for one in live}
    for one in jobs:
        assert (one.end > now) == (one.ending == "stuck")
    assert all(one.ending == "stuck" for one in line.waiting)
    next_one = job(99, now, 5.0)
    line.join(next_one)
    assert next_one.start == now
