"""Changes of limits: a row of the table, or a limit with terms of its own."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, admins_only
from spend import ledger, limit_changes, limit_undo
from spend.forms import LimitForm, RowForm
from spend.models import Budget
from spend.presenters.limit_table import LimitTable, Row, changed, refused
from spend.templatetags.formats import amount
from spend.views.budgets import PAGE, limits_page, unit_of

TERMS = ("operation", "gateway", "project", "starts_on", "ends_on")


@require_POST
@admins_only
def set_limit(request: MemberRequest) -> HttpResponse:
    """Of one row; an empty limit removes it."""
    team = request.membership.team
    form = RowForm(request.POST, team=team)
    if {"who", "unit", "was"} & form.errors.keys():
        raise Http404
    if not form.is_valid():
        return _refused(request, form, str(form.errors["limit"][0]))
    holder, was = form.holder, form.cleaned_data["was"]
    kept = holder.budget if was is not None and not holder.role else None
    try:
        held = _change(request, form)
    except limit_changes.LimitChanged as error:
        return _refused(request, form, _overtaken(error, holder.unit))
    terms = [name for name, holds in _terms(kept) if holds]
    row, before = _row(request, form), "" if was is None else str(was)
    change = limit_undo.Change(row.key, before, terms, held)
    signed = limit_undo.sign_change(team, holder.unit, change)
    row = changed(row, change, signed)
    if request.htmx:
        return _answer(request, form, row)
    messages.success(request, _("The limit is saved."))
    return redirect(_address(request, row))


@require_POST
@admins_only
def add_limit(request: MemberRequest) -> HttpResponse:
    """For an operation, a gateway or a project, or one that warns or carries over."""
    team = request.membership.team
    form = LimitForm(request.POST, team=team, auto_id="limit-%s")
    if not form.is_valid():
        return limits_page(request, form)
    who, unit, limit = (form.cleaned_data[name] for name in ("who", "unit", "limit"))
    _save(request, limit_changes.Holder(team, unit, who), limit, form.terms)
    messages.success(request, _("The limit is saved."))
    return redirect(f"{reverse('spend:budgets')}?{urlencode({'unit': unit})}")


@require_POST
@admins_only
def remove_limit(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Budget.objects.filter(team=request.membership.team)
    budget = get_object_or_404(rows.select_related("team", "user"), pk=pk)
    if budget.is_plain:
        raise Http404
    names = (*TERMS, "is_hard")
    terms = {name: getattr(budget, name) for name in names}
    holder = limit_changes.Holder(budget.team, budget.unit, budget.user)
    days = {name: str(terms[name]) for name in ("starts_on", "ends_on") if terms[name]}
    held = limit_changes.counted_in(budget, timezone.localdate())
    sent = [budget.team_id, budget.user_id, budget.unit, budget.limit, terms | days]
    _save(request, holder, None, limit_changes.Terms(**terms))
    signed = limit_undo.sign_removal([*sent, asdict(held) if held else None])
    undo = {"unit": budget.unit, "removed": signed}
    return redirect(f"{reverse('spend:budgets')}?{urlencode(undo)}")


@require_POST
@admins_only
def restore_limit(request: MemberRequest) -> HttpResponse:
    """Undoes a removal, for some minutes; its counter is summed again."""
    team = request.membership.team
    sent = limit_undo.read_removal(request.POST.get("undo", ""))
    if sent is None:
        messages.error(request, _("Too late to undo: set the limit again."))
        return redirect("spend:budgets")
    key, person, unit, limit, terms, held = sent
    if key != team.pk:
        raise Http404
    written = {**terms, "who": person or "", "unit": unit, "limit": limit}
    form = LimitForm(written | {"is_soft": not terms["is_hard"]}, team=team)
    if not form.is_valid():
        messages.error(request, _("Too late to undo: set the limit again."))
        return redirect("spend:budgets")
    holder = limit_changes.Holder(team, unit, form.cleaned_data["who"])
    today, counted = timezone.localdate(), limit_undo.counted(held)
    by = request.user
    try:
        limit_changes.restore(
            holder, limit, form.terms, by=by, day=today, counted=counted
        )
    except limit_changes.LimitChanged as error:
        messages.error(request, _overtaken(error, unit))
    else:
        messages.success(request, _("The limit is back."))
    return redirect(f"{reverse('spend:budgets')}?{urlencode({'unit': unit})}")


def _change(request: MemberRequest, form: RowForm) -> limit_changes.Counted | None:
    """What a removed counter held. Raises LimitChanged."""
    holder = form.holder
    signed = request.POST.get("undo", "")
    undone = limit_undo.read_change(holder.team, holder.unit, signed)
    is_its_own = undone and undone.row == _row(request, form).key
    return limit_changes.change(
        holder,
        form.cleaned_data["limit"],
        was=form.cleaned_data["was"],
        by=request.user,
        day=timezone.localdate(),
        terms=form.terms,
        counted=undone.counted if undone and is_its_own else None,
    )


def _save(
    request: MemberRequest,
    holder: limit_changes.Holder,
    limit: int | None,
    terms: limit_changes.Terms,
) -> None:
    with transaction.atomic():
        ledger.lock(holder.team, holder.unit)
        today = timezone.localdate()
        limit_changes.set_limit(holder, limit, today, terms, by=request.user)


def _row(request: MemberRequest, form: RowForm) -> Row:
    person, role = form.cleaned_data["who"]
    team = request.membership.team
    table = LimitTable(team, form.cleaned_data["unit"], timezone.localdate())
    if role:
        return table.default_rows([role])[0]
    if person is None:
        return table.team_row()
    members = team.memberships.filter(user=person).select_related("user")
    return table.people_rows(members)[0]


def _refused(request: MemberRequest, form: RowForm, error: str) -> HttpResponse:
    row = refused(_row(request, form), request.POST.get("limit", ""), error)
    if request.htmx:
        shown = {"row": row, "unit": unit_of(request)}
        return render(request, "spend/_limit_row.html", shown, status=422)
    return limits_page(request, row=row)


def _answer(request: MemberRequest, form: RowForm, row: Row) -> HttpResponse:
    """The row; after a default's, what it leaves to those whom it affects."""
    unit, team = unit_of(request), request.membership.team
    shown: dict[str, Any] = {"row": row, "unit": unit, "words": _affected(row, unit)}
    _person, role = form.cleaned_data["who"]
    if role:
        members = team.memberships.select_related("user").order_by("user__username")
        page = members.filter(user__username__gt=request.POST.get("after", ""))[:PAGE]
        table = LimitTable(team, unit, timezone.localdate())
        shown["affected"] = table.people_rows(
            each for each in page if each.role == role
        )
    return render(request, "spend/_limit_changed.html", shown)


def _affected(row: Row, unit: str) -> str:
    if not row.who.startswith("role:"):
        return _("The limit is saved.")
    count = len(row.people)
    return ngettext(
        "The default is saved. It holds for %(count)s person.",
        "The default is saved. It holds for %(count)s people.",
        count,
    ) % {"count": count}


def _overtaken(error: limit_changes.LimitChanged, unit: str) -> str:
    if error.now is None:
        return _("Another admin removed this limit meanwhile. Nothing was saved.")
    words = _("Another admin set this limit to %(limit)s meanwhile. Nothing was saved.")
    return words % {"limit": amount(error.now, unit)}


def _terms(kept: Budget | None) -> list[tuple[str, bool]]:
    if kept is None:
        return []
    return [("soft", not kept.is_hard), ("carries", kept.carries_over)]


def _address(request: MemberRequest, row: Row) -> str:
    query = {"unit": unit_of(request), "changed": row.undo}
    query |= {"after": after} if (after := request.POST.get("after")) else {}
    return f"{reverse('spend:budgets')}?{urlencode(query)}#limit-{row.key}"
