from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership

#: Above any real balance, within a database column.
MAX_THRESHOLD = 1_000_000_000_000


class ThresholdForm(forms.Form):
    alert_below = forms.IntegerField(
        label=_("Low-balance alert"),
        required=False,
        min_value=0,
        max_value=MAX_THRESHOLD,
        help_text=_("Empty: nobody is told."),
    )


class PayerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no subscript at run time
    def label_from_instance(self, membership: Membership) -> str:
        return f"{membership.team} · {membership.user.display_name}"


class ClosingForm(forms.Form):
    """``person``: who pays for an amount without a task, in which team."""

    note = forms.CharField(
        label=_("Explanation"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    person = PayerField(
        Membership.objects.select_related("team", "user").order_by(
            "team__name", "user__username"
        ),
        label=_("Charge it to"),
        required=False,
        empty_label=None,
    )
