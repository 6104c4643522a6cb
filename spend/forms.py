import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, LineField
from accounts.models import Membership, Team, User
from net.request_values import number
from spend import periods, purses
from spend.limit_changes import Holder, Terms
from spend.models import Budget, DailySum, LedgerAccount, SpendRule, Transfer
from spend.units import Unit

#: Of amounts and keys: beyond real ones, within a database column.
LARGEST = 1_000_000_000_000


ANY = ("", _("Any"))
DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """Days of one's own in the address of the spend page."""

    since = DayField(label=_("From"), widget=DAY_INPUT)
    until = DayField(label=_("Until"), widget=DAY_INPUT)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        elif since and until and periods.is_too_long(since, until):
            most = {"most": periods.MAX_DAYS}
            self.add_error("until", _("Choose at most %(most)s days.") % most)
        return cleaned


class ViewForm(forms.Form):
    name = LineField(label=_("Name of the view"), max_length=60)
    is_shared = forms.BooleanField(
        label=_("Share with the admins of the team"), required=False
    )


class TransferFilter(forms.Form):
    """Address of the list of transfers."""

    team = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[ANY, *Unit.choices], required=False
    )
    account = forms.ChoiceField(
        label=_("Account"), choices=[ANY, *LedgerAccount.Kind.choices], required=False
    )
    kind = forms.ChoiceField(
        label=_("Transaction"), choices=[ANY, *Transfer.Kind.choices], required=False
    )
    user = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    operation = forms.CharField(required=False)
    model = forms.CharField(required=False)
    gateway = forms.CharField(required=False)
    generation = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)
    day = DayField(required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):
            self.fields[name].widget = DAY_INPUT

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        return cleaned

    @property
    def is_readable(self) -> bool:
        """But for its days: a person types them."""
        return not self.errors.keys() - {"since", "until"}

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


class RowForm(forms.Form):
    """A row of the table of limits. ``who``: a person's key, ``role:…``, or empty for
    the team. ``was``: the limit that the row showed."""

    who = forms.CharField(required=False, max_length=20)
    unit = forms.ChoiceField(choices=Unit.choices)
    limit = forms.IntegerField(
        label=_("Limit"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        error_messages={
            "invalid": _("A limit is a whole number; empty for none."),
            "min_value": _("A limit is not below zero."),
            "max_value": _("This limit is too large."),
        },
    )
    was = forms.IntegerField(required=False)
    is_soft = forms.BooleanField(required=False)
    carries_over = forms.BooleanField(required=False)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team

    def clean_who(self) -> tuple[User | None, str]:
        """(person, role)."""
        text: str = self.cleaned_data["who"]
        role = text.removeprefix("role:")
        if role != text and role in Membership.Role.values:
            return None, role
        if not text:
            return None, ""
        people = User.objects.filter(memberships__team=self.team)
        key = number(text)
        found = people.filter(pk=key).first() if key is not None else None
        if found is None:
            raise forms.ValidationError(_("This person is not in the team."))
        return found, ""

    @property
    def holder(self) -> Holder:
        person, role = self.cleaned_data["who"]
        return Holder(self.team, self.cleaned_data["unit"], person, role)

    @property
    def terms(self) -> Terms:
        cleaned = self.cleaned_data
        return Terms(
            is_hard=not cleaned["is_soft"], carries_over=cleaned["carries_over"]
        )


class LimitForm(forms.Form):
    """A limit with terms of its own."""

    who = forms.ModelChoiceField(
        User.objects.none(), label=_("Whose"), required=False, empty_label=_("The team")
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    limit = forms.IntegerField(label=_("Limit"), min_value=0, max_value=LARGEST)
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
            self.fields[name].widget = DAY_INPUT
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
        choices=[("give", _("Top up")), ("take", _("Take back what is not used"))],
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

    @property
    def beyond(self) -> str:
        """What is agreed to, where the gateway's balance does not cover it."""
        names = ("unit", "gateway", "amount")
        return ":".join(str(self.cleaned_data[name]) for name in names)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        gateway, unit = cleaned.get("gateway"), cleaned.get("unit")
        if gateway and unit and gateway not in purses.billing(unit):
            self.add_error("gateway", _("This gateway does not bill in this unit."))
        return cleaned


class RuleForm(forms.Form):
    rejection = forms.ChoiceField(
        label=_("Cost of rejected pictures"),
        choices=SpendRule.Rejection.choices,
        widget=forms.RadioSelect,
    )
    ask_above_percent = forms.IntegerField(
        label=_("Ask before a generation that costs more than"),
        min_value=0,
        max_value=100,
        help_text=_("Per cent of what is left to the person; 100: never ask."),
    )


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
