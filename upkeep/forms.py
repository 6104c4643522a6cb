from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, LineField
from upkeep.audit_log import GROUPS

GROUP_WORDS = {
    "people": _("People and roles"),
    "passwords": _("Passwords"),
    "limits": _("Limits"),
    "rules": _("Review rules"),
    "gateways": _("Gateways"),
    "channels": _("Channels"),
    "owners": _("Owners and teams"),
    "labels": _("Labels"),
    "shares": _("Share links"),
}


class AuditFilter(forms.Form):
    """Address of the audit log."""

    group = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All")), *((name, GROUP_WORDS[name]) for name in GROUPS)],
    )
    person = LineField(label=_("User name"), required=False, max_length=150)
    since = DayField(
        label=_("From"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    until = DayField(
        label=_("To"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", ValidationError(_("The end is before the start.")))
        return cleaned
