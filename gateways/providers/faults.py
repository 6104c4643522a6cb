"""What went wrong where no gateway has a code for it: stands in a code's place.

Rows keep the word, and what a machine said of it beside; pages say it in the reader's
language (`gateway_messages`). A gateway's own codes are digits, so none is mistaken.
"""

from enum import StrEnum


class Fault(StrEnum):
    UNREACHABLE = "unreachable"  # no connection: nothing was sent
    LOST = "lost"  # sent, and no whole answer came back
    UNEXPLAINED = "unexplained"  # an HTTP error without code and reason
    UNAUTHORIZED = "unauthorized"  # it does not accept our account
    NO_KEY = "no_key"  # accepted, but named no key
    KEY_REUSED = "key_reused"  # accepted, with a key of before
    UNBOOKED = "unbooked"  # accepted, and we could not book it
    DIED = "died"  # the process that sent it ended before the answer
    BROKEN = "broken"  # a mistake of ours
    CLOSED_PAID = "closed_paid"  # a person says: it was paid, and nothing came of it
    CLOSED_UNPAID = "closed_unpaid"  # a person says: it was not paid
    UNASKABLE = "unaskable"  # where its pictures are asked for is not configured
    OVERDUE_PAID = "overdue_paid"  # never finished there; a person says: it was paid
    OVERDUE_UNPAID = "overdue_unpaid"  # the same, and it was not paid
    WAITED = "waited"  # too long in our own queue
    FEWER = "fewer"  # fewer pictures came than were asked for
