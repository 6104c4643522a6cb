"""What an admin asks of the books: which movements to see, which limits to set."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from spend.models import LedgerAccount, Transfer, Unit

#: Larger than any real one, smaller than what a database column holds.
MOST = 1_000_000_000_000


class TransferFilter(forms.Form):
    """What an address of the movements says. All of it may be left out."""

    unit = forms.ChoiceField(choices=Unit.choices, required=False)
    account = forms.ChoiceField(choices=LedgerAccount.Kind.choices, required=False)
    kind = forms.ChoiceField(choices=Transfer.Kind.choices, required=False)
    user = forms.IntegerField(required=False, min_value=0, max_value=MOST)
    operation = forms.CharField(required=False)
    generation = forms.IntegerField(required=False, min_value=0, max_value=MOST)
    day = forms.DateField(required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def conditions(self) -> dict[str, Any]:
        """As keyword arguments of ``filter``, the account aside."""
        columns = {"since": "day__gte", "until": "day__lte"}
        return {
            columns.get(name, name): value
            for name, value in self.cleaned_data.items()
            if name != "account" and value not in (None, "")
        }


class LimitForm(forms.Form):
    who = forms.ModelChoiceField(
        User.objects.none(), label=_("Whose"), required=False, empty_label=_("The team")
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    limit = forms.IntegerField(
        label=_("Limit a month"),
        required=False,
        min_value=0,
        max_value=MOST,
        help_text=_("Empty: no limit."),
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__team=team).order_by("username")
        self.fields["who"].queryset = people  # type: ignore[attr-defined]


class AllocationForm(forms.Form):
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    amount = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    # Made with the form: sent twice, it gives once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
