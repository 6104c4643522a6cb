from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User

#: Above any real balance, within a database column.
MAX_THRESHOLD = 1_000_000_000_000


class ThresholdForm(forms.Form):
    alert_below = forms.IntegerField(
        label=_("Tell admins when less is left"),
        required=False,
        min_value=0,
        max_value=MAX_THRESHOLD,
        help_text=_("Empty: nobody is told."),
    )


class ClosingForm(forms.Form):
    """``person``: who pays for an amount without a task."""

    note = forms.CharField(
        label=_("Explanation"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    person = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Book it to"),
        required=False,
        empty_label=None,
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__team=team).order_by("username")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
