"""Why a message was not delivered, in the reader's language.

Attempts keep what was said in English or by the other side; here a sentence stands
before it.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: Pattern of what was kept → what it means; the first that fits.
MEANINGS: tuple[tuple[str, Promise], ...] = (
    (
        r"EMAIL_HOST is not set",
        gettext_lazy("No mail server is set up in the portal's environment."),
    ),
    (
        r"SECRET_KEY was changed",
        gettext_lazy("The portal's secret key was changed: add the channel again."),
    ),
    (
        r"SMTP 53[045]",
        gettext_lazy("The mail server does not take the user name or the password."),
    ),
    (r"SMTP 55\d", gettext_lazy("The mail server does not take this address.")),
    (r"SMTP", gettext_lazy("The mail server refused the message.")),
    (
        r"is not known|Name or service|getaddrinfo|No address",
        gettext_lazy("There is no server of this name."),
    ),
    (
        r"not public",
        gettext_lazy("The address leads into a private network: nothing is sent."),
    ),
    (r"refused", gettext_lazy("The server is there, but takes no connection.")),
    (r"[Tt]imed? ?out", gettext_lazy("The server does not answer in time.")),
    (
        r"certificate|SSL|TLS",
        gettext_lazy("A secure connection could not be made."),
    ),
    (r"Connect|Read|Protocol|Network", gettext_lazy("The server cannot be reached.")),
    (
        r"HTTP 40[134]",
        gettext_lazy("The platform does not know this address: copy it once more."),
    ),
    (
        r"(?i)sign|keyword|token|secret",
        gettext_lazy("The platform does not take the signature or the text."),
    ),
    (r"HTTP|code|answer", gettext_lazy("The platform refused the message.")),
)


def explain(refusal: str) -> str:
    """A sentence, then what was said, without the numbers of the operating system."""
    said = re.sub(r"\[Errno -?\d+\] ", "", refusal)
    for pattern, meaning in MEANINGS:
        if re.search(pattern, refusal):
            return _("%(meaning)s (%(said)s)") % {"meaning": meaning, "said": said}
    return said
