"""What a code or a `Fault` means, in the reader's language.

A gateway refuses with a code and a few words of Chinese. Beside the sentence of the
provider's table they are shown to those who read Chinese; to others under *Technical*.
Rows keep codes, never sentences: a worker does not know their reader.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from gateways import clients
from gateways.providers.faults import Fault

FAULTS: dict[str, Promise] = {
    Fault.UNREACHABLE: gettext_lazy("The gateway cannot be reached."),
    Fault.LOST: gettext_lazy("The gateway's answer was lost."),
    Fault.UNEXPLAINED: gettext_lazy("The gateway answered without a reason."),
    Fault.UNAUTHORIZED: gettext_lazy("The gateway does not accept this account."),
    Fault.NO_KEY: gettext_lazy("The gateway accepted it, but named no key."),
    Fault.KEY_REUSED: gettext_lazy("The gateway answered with a key it had used."),
    Fault.UNBOOKED: gettext_lazy("The gateway's answer could not be booked."),
    Fault.DIED: gettext_lazy("The process that sent it died before the answer."),
    Fault.BROKEN: gettext_lazy("The portal itself made a mistake here."),
    Fault.CLOSED_PAID: gettext_lazy(
        "Its answer never came. An admin closed it: the gateway had been paid."
    ),
    Fault.CLOSED_UNPAID: gettext_lazy(
        "Its answer never came. An admin closed it: the gateway had not been paid."
    ),
    Fault.UNASKABLE: gettext_lazy(
        "The gateway drew it, but where to ask for the pictures is not configured."
    ),
    Fault.OVERDUE_PAID: gettext_lazy(
        "The gateway never finished it. An admin closed it: it had been paid."
    ),
    Fault.OVERDUE_UNPAID: gettext_lazy(
        "The gateway never finished it. An admin closed it: it had not been paid."
    ),
    Fault.WAITED: gettext_lazy(
        "It waited here for a whole day and could not be sent, so it was given up."
    ),
    Fault.FEWER: gettext_lazy("Fewer pictures came than were asked for."),
}


def meaning(provider: str, code: str) -> str:
    """Empty where it is not known."""
    if code in FAULTS:
        return str(clients.vocabulary(provider).faults.get(code, FAULTS[code]))
    return str(clients.code_of(provider, code).sentence)


def explain(provider: str, code: str, message: str) -> str:
    """The meaning, then the gateway's message and code as far as the reader reads
    them."""
    means = meaning(provider, code)
    if code in FAULTS or (means and is_foreign(message)):
        return means
    said = f"{message} ({code})" if code and code not in message else message
    if not said.strip():
        return means
    says = _("The gateway says: %(words)s.") % {"words": said.strip().rstrip(".。")}
    return sentences(means, says)


def is_foreign(message: str) -> bool:
    """Chinese, for a reader of another language."""
    is_reader = (get_language() or "").startswith("zh")
    return not is_reader and bool(re.search(r"[\u3400-\u9fff]", message))


def sentences(first: str, second: str) -> str:
    """Separated as the language wants it."""
    if not (first and second):
        return first or second
    return _("%(first)s %(second)s") % {"first": first, "second": second}
