"""One difference: what each book says, the evidence, and two ways to close it."""

import datetime
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest, admins_only
from accounts.models import Team, User
from reconciliation import resolution
from reconciliation.models import Difference
from reconciliation.resolution import BooksMoved, NotClosed
from spend.models import Transfer

#: What is kept as evidence → what it is called, in this order.
WORDS: dict[str, str | Promise] = {
    "listed_as": gettext_lazy("Listed as"),
    "position": gettext_lazy("Place in the list"),
    "second_position": gettext_lazy("Second place in the list"),
    "first_listed": gettext_lazy("First listed"),
    "charged_at": gettext_lazy("Charged there"),
    "cost_there": gettext_lazy("Cost there"),
    "cost_state": gettext_lazy("State of the charge"),
    "asked_at": gettext_lazy("Asked for here"),
    "ended_at": gettext_lazy("Ended here"),
    "task_status": gettext_lazy("Task"),
    "task_cost": gettext_lazy("Cost of the task"),
    "balance_before": gettext_lazy("Balance before"),
    "balance_now": gettext_lazy("Balance now"),
    "since": gettext_lazy("Compared since"),
    "charged": gettext_lazy("Costs told since"),
    "held_before": gettext_lazy("At most held back before"),
    "held_now": gettext_lazy("At most held back now"),
}
TIMES = ("first_listed", "charged_at", "asked_at", "ended_at", "since")


class ClosingForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Explanation"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    person = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Book it to"),
        required=False,
        empty_label=None,
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__team=team).order_by("username")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


@require_GET
@never_cache
@admins_only
def difference(request: MemberRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk), _form(request))


@require_POST
@admins_only
def close_difference(request: MemberRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    team = request.membership.team
    form = ClosingForm(request.POST, team=team)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    note, person = form.cleaned_data["note"], form.cleaned_data["person"]
    try:
        if request.POST.get("how") == "transfer":
            resolution.close_by_transfer(
                found,
                by=request.user,
                team=team,
                person=person or request.user,
                note=note,
            )
        else:
            resolution.explain(found, by=request.user, note=note)
    except BooksMoved:
        said = _("The gateway's cost was booked meanwhile. Nothing was changed.")
        messages.warning(request, said)
    except NotClosed:
        messages.warning(request, _("It was closed already. Nothing was changed."))
    else:
        messages.success(request, _("The difference is closed."))
    return redirect("reconciliation:difference", pk)


@require_POST
@admins_only
def reopen(request: MemberRequest, pk: int) -> HttpResponse:
    """Undo an explanation; a movement stays."""
    try:
        resolution.reopen(_found(request, pk), by=request.user)
    except NotClosed:
        messages.warning(request, _("This cannot be undone."))
    else:
        messages.success(request, _("The difference is open again."))
    return redirect("reconciliation:difference", pk)


def _found(request: MemberRequest, pk: int) -> Difference:
    rows = Difference.objects.in_team(request.membership.team)
    related = rows.select_related("account", "run", "task__generation", "team")
    return get_object_or_404(related, pk=pk)


def _form(request: MemberRequest) -> ClosingForm:
    return ClosingForm(
        team=request.membership.team, initial={"person": request.user.pk}
    )


def _page(
    request: MemberRequest, found: Difference, form: ClosingForm, status: int = 200
) -> HttpResponse:
    steps = list(found.steps.select_related("by").order_by("pk"))
    references = [found.reference]
    if found.task:
        references.append(found.task.reference)
    moved = Transfer.objects.filter(
        reference__in=references, team=request.membership.team
    ).order_by("pk")
    others = Difference.objects.filter(account=found.account_id, key=found.key)
    context = {
        "difference": found,
        "facts": list(_facts(found)),
        "steps": steps,
        "can_reopen": bool(steps) and steps[-1].action == "explain",
        "can_move": found.is_open and resolution.can_move(found),
        "transfers": moved,
        "others": others.exclude(pk=found.pk) if found.key else [],
        "form": form,
    }
    return render(request, "reconciliation/difference.html", context, status=status)


def _facts(found: Difference) -> Iterator[tuple[str | Promise, Any, bool]]:
    """Words, value, and whether that is a time."""
    for name, words in WORDS.items():
        value: Any = found.evidence.get(name)
        if value is None or value == "":
            continue
        if name in TIMES:
            value = parse_datetime(value)
        elif name in ("position", "second_position"):
            value += 1
        elif name == "task_status" and found.task:
            value = found.task.get_status_display()
        elif name == "cost_state":
            value = STATES.get(value, value)
        yield words, value, isinstance(value, datetime.datetime)


STATES: dict[str, str | Promise] = {
    "charged": gettext_lazy("charged"),
    "refunded": gettext_lazy("refunded"),
    "short": gettext_lazy("charged in part: the balance was too low"),
    "pending": gettext_lazy("not final yet"),
    "free": gettext_lazy("free"),
    "unknown": gettext_lazy("the gateway does not tell"),
}
