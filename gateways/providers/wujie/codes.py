"""Wujie's codes: contract wujie §3.1. Any call may answer each."""

import re

from django.utils.translation import gettext_lazy as _

from gateways.providers.error_codes import BackOff, Code, Codes, LostRace, Pause, Scope
from gateways.providers.errors import Refused, Unavailable

CODES: Codes = {
    "20010001": Code(_("The gateway does not take one of the values."), Refused),
    "20010015": Code(_("The gateway does not draw this size. Try another."), Refused),
    # A lock race inside the gateway: no job was created, and the race is over.
    "20010018": Code(
        _("The gateway was busy and drew nothing."),
        Unavailable,
        retry=LostRace(least_seconds=0.2, most_seconds=1.0),
    ),
    "20110000": Code(
        _("The gateway could not translate the prompt."), Unavailable, retry=BackOff()
    ),
    "20110001": Code(
        _("The prompt has words that the gateway does not allow. Change it."), Refused
    ),
    # A wrong address, or an unsupported format.
    "20110002": Code(_("The gateway cannot use the reference picture."), Refused),
    "20110003": Code(
        _("The reference picture shows what the gateway does not allow."), Refused
    ),
    "20110009": Code(_("It had changed at the gateway in the meantime."), Refused),
    "20110010": Code(
        _(
            "The portal's account at the gateway has too few integrals left. "
            "An admin has to top it up."
        ),
        Refused,
        Scope.ACCOUNT,
        Pause(),
    ),
    # Too late to cancel.
    "20110011": Code(_("It was no longer queued."), Refused),
    # 检测资源: the contract gives no meaning.
    "20110017": Code("", Refused),
    "20110018": Code(_("The gateway cannot read the photo."), Refused),
    "20110019": Code(_("The gateway sees no face, or too small a one."), Refused),
    "20110020": Code(_("The gateway sees more than one face."), Refused),
    "20110021": Code(_("The gateway needs a face from the front."), Refused),
    # The job was dropped.
    "20110026": Code(_("The queue there was too long."), Unavailable, retry=BackOff()),
}
#: With one of these words, an unknown code refuses the account. The contract does not
#: say how a wrong signature is refused [assumed].
CREDENTIALS = re.compile(
    r"(?<![a-z])(appid|sign|signature|timestamp)(?![a-z])|签名|鉴权|时间戳",
    re.IGNORECASE,
)
