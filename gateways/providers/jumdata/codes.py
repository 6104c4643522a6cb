"""Jumdata's codes: seed 002, contract jumdata §5. Both calls may answer each.

The waits are ours: the gateway names none.
"""

import datetime
import re

from django.utils.translation import gettext_lazy as _

from gateways.providers.error_codes import BackOff, Code, Codes, Pause, Scope
from gateways.providers.errors import Refused, Unauthorized, Unavailable, Unknown

NO_SUCH_TASK = "201"
CODES: Codes = {
    NO_SUCH_TASK: Code(_("The gateway does not know this task any more."), Refused),
    "202": Code(
        _("The prompt has words that the gateway does not allow. Change it."), Refused
    ),
    # A wrong signature is one too: the message decides (`CREDENTIALS`).
    "400": Code(_("The gateway does not take one of the values.")),
    "404": Code(
        _("The gateway's address in the settings is wrong."),
        Unavailable,
        Scope.GATEWAY,
        BackOff(),
    ),
    "500": Code(
        _("The gateway is under maintenance."),
        Unavailable,
        Scope.GATEWAY,
        BackOff(rest_seconds=120.0),
    ),
    "601": Code(
        _("The portal's account has not subscribed to this."),
        Unauthorized,
        Scope.ACCOUNT,
        BackOff(),
    ),
    "602": Code(
        _("The portal's account there is suspended."),
        Unauthorized,
        Scope.ACCOUNT,
        BackOff(),
    ),
    "604": Code(
        _("The gateway offers this no more."), Unauthorized, Scope.ACCOUNT, BackOff()
    ),
    "606": Code(
        _("The portal's quota there is used up."),
        Unavailable,
        Scope.ACCOUNT,
        Pause(probe_after=datetime.timedelta(minutes=15), rest_seconds=600.0),
    ),
    "607": Code(
        _("The portal's address is not on the gateway's list."),
        Unauthorized,
        Scope.ACCOUNT,
        BackOff(),
    ),
    "609": Code(
        _("The gateway was asked too often."),
        Unavailable,
        Scope.ACCOUNT,
        BackOff(rest_seconds=3.0),
    ),
    # A time-out inside: the order may have been accepted, and billed.
    "610": Code(_("The gateway ran out of time."), Unknown, Scope.GATEWAY),
    "999": Code(_("The gateway did not take it, for a reason of its own.")),
}
#: One of these words, with no code above, refuses the account. Seed 002 does not say
#: how a wrong signature is refused [assumed].
CREDENTIALS = re.compile(
    r"(?<![a-z])(appid|sign|signature|timestamp)(?![a-z])|签名|鉴权|时间戳",
    re.IGNORECASE,
)
