"""Carries a generation from the form to its end. Read this file first.

    generation   queued → submitting → running → done | failed | cancelled
                             ├→ queued        nothing happened there: asked later
                             ├→ refused       a clear no: released
                             └→ uncertain     the answer never came: never sent again
                  uncertain → running | failed    found in the gateway's history, or
                                                  closed by a person
                  failed | cancelled → done         the gateway took its word back
    task         queued → drawing → succeeded | failed | cancelled   (or overdue)

Each step that needs the network comes as three functions: *claim* takes rows by
compare-and-set, *call* speaks to the provider and touches no database, *book* writes
the outcome and the money in one transaction. The pump runs the calls in threads and
the other two in one place, so no transaction is ever held across the network.

The provider has no idempotency key. A generation that is *submitting* is therefore
never sent again by a machine, whatever happened to the process that sent it. What
became of it is asked of the gateway's history (`inquiring`), where there is one.
The other paid call, to come to its turn sooner (`accelerating`), is treated alike.
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
from generation.lifecycle.cancelling import Cancelled, can_cancel, cancel, look_again
from generation.lifecycle.claiming import claim_queued
from generation.lifecycle.closing import close, close_task
from generation.lifecycle.polling import ask, ask_now, book_asked, claim_due
from generation.lifecycle.sending import (
    book_sent,
    book_sent_again,
    send,
)
from generation.lifecycle.submit_recovery.matching import made_since, sent_fingerprint
from generation.lifecycle.submit_recovery.searching import (
    book_inquired,
    claim_inquiries,
    inquire,
)
from generation.lifecycle.submitting import order_of, subject, submit
from generation.lifecycle.sweeping import mend_clock, sweep, sweep_stuck

__all__ = [
    "Cancelled",
    "accelerate",
    "apply",
    "ask",
    "ask_now",
    "book_accelerated",
    "book_asked",
    "book_inquired",
    "book_sent",
    "book_sent_again",
    "can_cancel",
    "cancel",
    "claim_acceleration",
    "claim_due",
    "claim_inquiries",
    "claim_queued",
    "close",
    "close_task",
    "inquire",
    "look_again",
    "made_since",
    "mend_clock",
    "most_steps",
    "next_number",
    "open_pictures",
    "order_of",
    "place_price",
    "send",
    "send_acceleration",
    "sent_fingerprint",
    "subject",
    "submit",
    "sweep",
    "sweep_accelerations",
    "sweep_stuck",
]
