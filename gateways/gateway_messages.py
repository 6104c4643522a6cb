"""What a gateway's code means, in the reader's language.

Gateways say no with a code and a few words of Chinese (contract wujie §3.1, jumdata
§5). Both are shown as they came; here stands what they mean and what helps. Rows are
written by a worker, which has no reader: so they keep codes and never these sentences.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
        "The gateway drew it, but where to ask for the pictures is not configured. "
        "An admin has to set WUJIE_IMAGES_QUERY_PATH."
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
#: Provider → code → what it means.
CODES: dict[str, dict[str, Promise]] = {
    "wujie": {
        "20010001": gettext_lazy("The gateway does not take one of the values."),
        "20010015": gettext_lazy("The gateway does not draw this size. Try another."),
        "20010018": gettext_lazy("The gateway was busy and drew nothing."),
        "20110000": gettext_lazy("The gateway could not translate the prompt."),
        "20110001": gettext_lazy(
            "The prompt has words that the gateway does not allow. Change it."
        ),
        "20110002": gettext_lazy("The gateway cannot use the reference picture."),
        "20110003": gettext_lazy(
            "The reference picture shows what the gateway does not allow."
        ),
        "20110009": gettext_lazy("It had changed at the gateway in the meantime."),
        "20110010": gettext_lazy(
            "The portal's account at the gateway has too few integrals left. "
            "An admin has to top it up."
        ),
        "20110011": gettext_lazy("It was not queued there any more."),
        "20110018": gettext_lazy("The gateway cannot read the photo."),
        "20110019": gettext_lazy("The gateway sees no face, or too small a one."),
        "20110020": gettext_lazy("The gateway sees more than one face."),
        "20110021": gettext_lazy("The gateway needs a face from the front."),
        "20110026": gettext_lazy("The queue there was too long."),
    },
    "jumdata": {
        "201": gettext_lazy("The gateway does not know this task any more."),
        "202": gettext_lazy(
            "The prompt has words that the gateway does not allow. Change it."
        ),
        "400": gettext_lazy("The gateway does not take one of the values."),
        "404": gettext_lazy("The gateway's address in the settings is wrong."),
        "500": gettext_lazy("The gateway is under maintenance."),
        "601": gettext_lazy("The portal's account has not subscribed to this."),
        "602": gettext_lazy("The portal's account there is suspended."),
        "604": gettext_lazy("The gateway offers this no more."),
        "606": gettext_lazy("The portal's quota there is used up."),
        "607": gettext_lazy("The portal's address is not on the gateway's list."),
        "609": gettext_lazy("The gateway was asked too often."),
        "610": gettext_lazy("The gateway ran out of time."),
        "999": gettext_lazy("The gateway did not take it, for a reason of its own."),
    },
}


def meaning(provider: str, code: str) -> str:
    """One or two sentences; empty where the code is not known."""
    known = FAULTS | CODES.get(provider, {})
    return str(known.get(code, ""))


def told(provider: str, code: str, message: str) -> str:
    """The meaning, and what the gateway itself said with its code."""
    means = meaning(provider, code)
    if code in FAULTS:
        return means
    said = f"{message} ({code})" if code and code not in message else message
    if not said.strip():
        return means
    says = _("The gateway says: %(words)s.") % {"words": said.strip().rstrip(".。")}
    return sentences(means, says)


def sentences(first: str, second: str) -> str:
    """One after the other, with the space between them that the language wants."""
    if not (first and second):
        return first or second
    return _("%(first)s %(second)s") % {"first": first, "second": second}
