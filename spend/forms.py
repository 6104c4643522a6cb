import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, LineField
from accounts.models import Team, User
from spend import purses
from spend.budgets import Terms
from spend.models import Budget, DailySum, LedgerAccount, SpendRule, Transfer
from spend.units import Unit

#: Of amounts and keys: beyond real ones, within a database column.
LARGEST = 1_000_000_000_000


class TransferFilter(forms.Form):
    """Address of the list of transfers."""

    team = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    unit = forms.ChoiceField(choices=Unit.choices, required=False)
    account = forms.ChoiceField(choices=LedgerAccount.Kind.choices, required=False)
    kind = forms.ChoiceField(choices=Transfer.Kind.choices, required=False)
    user = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    operation = forms.CharField(required=False)
    model = forms.CharField(required=False)
    gateway = forms.CharField(required=False)
    generation = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    day = DayField(required=False)
    since = DayField(required=False)
    until = DayField(required=False)

    def conditions(self) -> dict[str, Any]:
        """For ``filter``; account and team are applied elsewhere."""
        columns = {
            "since": "day__gte",
            "until": "day__lte",
            "gateway": "source__gateway",
        }
        return {
            columns.get(name, name): value
            for name, value in self.cleaned_data.items()
            if name not in ("account", "team") and value not in (None, "")
        }


class LimitForm(forms.Form):
    who = forms.ModelChoiceField(
        User.objects.none(), label=_("Whose"), required=False, empty_label=_("The team")
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    limit = forms.IntegerField(
        label=_("Limit"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        help_text=_("Empty: no limit."),
    )
    # The template draws the choices: it has their names.
    operation = forms.CharField(label=_("Operation"), required=False, max_length=40)
    gateway = forms.CharField(label=_("Gateway"), required=False, max_length=140)
    project = LineField(
        label=_("Project"),
        required=False,
        max_length=80,
        help_text=_("Empty: a limit for each month."),
    )
    starts_on = DayField(label=_("From"), required=False)
    ends_on = DayField(label=_("Until"), required=False)
    is_soft = forms.BooleanField(
        label=_("Only warn"),
        required=False,
        help_text=_("It may be passed; the admins are told."),
    )
    carries_over = forms.BooleanField(
        label=_("Carry over"),
        required=False,
        help_text=_("What a month leaves, or passes, moves to the next."),
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__team=team).order_by("username")
        self.fields["who"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField
        for name in ("starts_on", "ends_on"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})
        sums = DailySum.objects.filter(account__team=team, grain="operation")
        self.operations = sorted(set(sums.values_list("operation", flat=True)) - {""})
        known = set(
            LedgerAccount.objects.filter(team=team).values_list("gateway", flat=True)
        )
        known.update(*map(purses.billing, Unit.values))
        self.gateways = sorted(known - {""})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("project"):
            if not cleaned.get("starts_on"):
                self.add_error("starts_on", _("A project needs its first day."))
            if cleaned.get("carries_over"):
                self.add_error("carries_over", _("Only a month carries over."))
        elif cleaned.get("starts_on") or cleaned.get("ends_on"):
            self.add_error("project", _("Days are for a project: name it."))
        return cleaned

    @property
    def terms(self) -> Terms:
        cleaned = self.cleaned_data
        names = ("operation", "gateway", "project", "starts_on", "ends_on")
        return Terms(
            **{name: cleaned[name] for name in names},
            is_hard=not cleaned["is_soft"],
            carries_over=cleaned["carries_over"],
        )


class IncreaseForm(forms.Form):
    budget = forms.ModelChoiceField(Budget.objects.none(), widget=forms.HiddenInput)
    amount = forms.IntegerField(
        label=_("How many more"), min_value=1, max_value=LARGEST
    )
    reason = forms.CharField(label=_("What for"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Budget.objects.applying_to(user, team)
        self.fields["budget"].queryset = own  # type: ignore[attr-defined]  # a ModelChoiceField


class AllocationForm(forms.Form):
    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[("give", _("Give more")), ("take", _("Take back what is not used"))],
        required=False,
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    amount = forms.IntegerField(label=_("How many"), min_value=1, max_value=LARGEST)
    # The template draws it where a unit has several purses.
    gateway = forms.CharField(label=_("Gateway"), required=False, max_length=140)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    # Idempotency key, made with the form.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def gateways(self) -> list[str]:
        """Purses of units with several."""
        billing = map(purses.billing, Unit.values)
        return [purse for found in billing if len(found) > 1 for purse in found]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        gateway, unit = cleaned.get("gateway"), cleaned.get("unit")
        if gateway and unit and gateway not in purses.billing(unit):
            self.add_error("gateway", _("This gateway does not bill in this unit."))
        return cleaned


class RuleForm(forms.Form):
    rejection = forms.ChoiceField(choices=SpendRule.Rejection.choices)


class RateForm(forms.Form):
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[each for each in Unit.choices if each[0] != Unit.INTEGRAL],
    )
    integrals = forms.DecimalField(
        label=_("Integrals"),
        required=False,
        min_value=Decimal("0.001"),
        max_digits=12,
        decimal_places=3,
        help_text=_("Empty: shown apart."),
    )
