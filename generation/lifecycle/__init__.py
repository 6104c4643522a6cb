"""Carries a generation from the form to its end. Read this file first.

    generation   queued → submitting → running → done | failed | cancelled
                             ├→ queued        nothing happened there: asked later
                             ├→ refused       a clear no: released
                             └→ uncertain     the answer never came: never sent again
                  uncertain → running | failed    found in the gateway's history, or
                                                  closed by a person
    task         queued → drawing → succeeded | failed | cancelled   (or overdue)

Each step that needs the network comes as three functions: *claim* takes rows by
compare-and-set, *call* speaks to the provider and touches no database, *book* writes
the outcome and the money in one transaction. The pump runs the calls in threads and
the other two in one place, so no transaction is ever held across the network.

The provider has no idempotency key. A generation that is *submitting* is therefore
never sent again by a machine, whatever happened to the process that sent it. What
became of it is asked of the gateway's history (`inquiring`), where there is one.
"""

from generation.lifecycle.accepting import order_of, subject, submit
from generation.lifecycle.asking import ask, book_asked, claim_due
from generation.lifecycle.booking import apply
from generation.lifecycle.cancelling import can_cancel, cancel, look_again
from generation.lifecycle.closing import close
from generation.lifecycle.inquiring import (
    book_inquired,
    claim_inquiries,
    inquire,
    made_since,
    sent_fingerprint,
)
from generation.lifecycle.sending import book_sent, claim_queued, send, sweep_stuck

__all__ = [
    "apply",
    "ask",
    "book_asked",
    "book_inquired",
    "book_sent",
    "can_cancel",
    "cancel",
    "claim_due",
    "claim_inquiries",
    "claim_queued",
    "close",
    "inquire",
    "look_again",
    "made_since",
    "order_of",
    "send",
    "sent_fingerprint",
    "subject",
    "submit",
    "sweep_stuck",
]
