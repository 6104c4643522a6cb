"""Carries a generation from the form to its end. Read this file first.

    generation   queued → submitting → running → done | failed | cancelled
                 queued ⇄ paused    with its series, in which nobody sends it
                             ├→ queued        unavailable: sent again later
                             ├→ refused       released
                             └→ uncertain     the answer was lost: never sent again
                  uncertain → running | failed    found in the gateway's history, or
                                                  closed by a person
                  failed | cancelled → done       the gateway reported a success later
    task         queued → drawing → succeeded | failed | cancelled   (or overdue)

A network step has three functions: *claim* takes rows by compare-and-set, *call*
speaks to the provider without the database, *book* writes outcome and money in one
transaction. The pump runs only *call* in threads: no transaction spans the network.

Paid calls (`sending`, `accelerating`) have no idempotency key: no machine repeats them.
A lost answer is searched for in the gateway's history, if any (`submit_recovery`).

    submitting       a checked form becomes a queued generation with its reservation
    fair_queue, account_selection, claiming      whose turn, which account, claim
    sending          the paid call
    submit_recovery  tasks of a submit whose answer was lost
    poll_schedule, account_load, polling         when, how fast, the free call
    booking, settlement, new_artworks            an answer: status, money, pictures
    late_updates     answers about ended tasks
    cancelling, accelerating, closing, draining  what people ask for
    sweeping, planned_times                      dead processes, wrong clocks
"""

from generation.lifecycle.accelerating import (
    accelerate,
    book_accelerated,
    claim_acceleration,
    most_steps,
    next_number,
    place_price,
    send_acceleration,
    sweep_accelerations,
)
from generation.lifecycle.account_selection import open_pictures
from generation.lifecycle.booking import apply
from generation.lifecycle.cancelling import Cancelled, can_cancel, cancel
from generation.lifecycle.claiming import claim_queued
from generation.lifecycle.closing import close, close_task
from generation.lifecycle.planned_times import repair_planned_times
from generation.lifecycle.polling import (
    book_poll,
    claim_polls,
    make_due,
    poll,
    poll_now,
)
from generation.lifecycle.sending import (
    book_sent,
    book_sent_again,
    send,
)
from generation.lifecycle.submit_recovery.matching import made_since, sent_fingerprint
from generation.lifecycle.submit_recovery.searching import (
    book_recovery,
    claim_recoveries,
    search_history,
)
from generation.lifecycle.submitting import (
    Wanted,
    ledger_subject,
    order_of,
    submit,
    submit_all,
)
from generation.lifecycle.sweeping import sweep, sweep_stuck

__all__ = [
    "Cancelled",
    "Wanted",
    "accelerate",
    "apply",
    "book_accelerated",
    "book_poll",
    "book_recovery",
    "book_sent",
    "book_sent_again",
    "can_cancel",
    "cancel",
    "claim_acceleration",
    "claim_polls",
    "claim_queued",
    "claim_recoveries",
    "close",
    "close_task",
    "ledger_subject",
    "made_since",
    "make_due",
    "most_steps",
    "next_number",
    "open_pictures",
    "order_of",
    "place_price",
    "poll",
    "poll_now",
    "repair_planned_times",
    "search_history",
    "send",
    "send_acceleration",
    "sent_fingerprint",
    "submit",
    "submit_all",
    "sweep",
    "sweep_accelerations",
    "sweep_stuck",
]
