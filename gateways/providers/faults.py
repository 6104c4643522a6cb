"""Our own codes for failures that no gateway has a code for.

Rows keep the fault in a code's place beside the technical reason; ``gateway_messages``
has the sentence. Gateways' codes are digits.
"""

from enum import StrEnum


class Fault(StrEnum):
    UNREACHABLE = "unreachable"  # no connection: nothing was sent
    LOST = "lost"  # sent, and no whole answer came back
    UNEXPLAINED = "unexplained"  # an HTTP error without code and reason
    UNAUTHORIZED = "unauthorized"  # account not accepted
    NO_KEY = "no_key"  # accepted without a key
    KEY_REUSED = "key_reused"  # accepted with the key of an earlier task
    UNBOOKED = "unbooked"  # accepted, and booking failed
    DIED = "died"  # the sending process ended before the answer
    BROKEN = "broken"  # an error in the portal
    CLOSED_PAID = "closed_paid"  # closed by a person: paid, without a result
    CLOSED_UNPAID = "closed_unpaid"  # closed by a person
    UNASKABLE = "unaskable"  # no path to poll its pictures is configured
    OVERDUE_PAID = "overdue_paid"  # never finished; closed by a person: paid
    OVERDUE_UNPAID = "overdue_unpaid"  # the same, not paid
    WAITED = "waited"  # too long in the portal's own queue
    FEWER = "fewer"  # pictures than were ordered
