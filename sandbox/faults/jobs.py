"""Faults of a new job: ``(job, rule)``.

Jumdata documents neither failures nor changed costs.
"""

from sandbox.faults.kinds import JOBS, Rule, special
from sandbox.jobs import Job

LATER = 3.0


@special("drawn in no time: it ends before anybody can ask", *JOBS)
def instant(job: Job, rule: Rule) -> None:
    job.ready, job.draw = job.created, 0.0


@special("failed at first, done so many seconds (3) after its end", "wujie.job")
def flip(job: Job, rule: Rule) -> None:
    job.ending, job.flips = "fail", rule.get("seconds", LATER)


@special("failed and charged; given back so many seconds (3) later", "wujie.job")
def refund_later(job: Job, rule: Rule) -> None:
    job.ending, job.refunds = "fail", rule.get("seconds", LATER)


@special("the final charge is factor (2) times as much seconds (3) later", "wujie.job")
def recharge(job: Job, rule: Rule) -> None:
    if job.ending == "done":
        job.recharges = rule.get("seconds", LATER)
        job.recharge_factor = rule.get("factor", 2.0)
