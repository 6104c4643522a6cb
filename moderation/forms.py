"""What a moderator sends in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Decision


class DecisionForm(forms.Form):
    RELEASE, REJECT, TAKE_DOWN = "release", "reject", "take_down"

    action = forms.ChoiceField(
        choices=[(name, name) for name in (RELEASE, REJECT, TAKE_DOWN)]
    )
    reason = forms.ChoiceField(choices=Decision.Reason.choices, required=False)
    note = forms.CharField(required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("action") != self.RELEASE and not cleaned.get("reason"):
            self.add_error("reason", _("Choose a reason."))
        return cleaned
