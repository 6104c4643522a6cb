"""The team's rules as rows: an admin changes them after having seen what they would
have done."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, admins_only
from generation.operations import OPERATIONS
from log import chain
from moderation import rule_simulation, rules
from moderation.forms import RuleForm, RuleFormSet, RuleSetForm
from moderation.models import Rule, RuleSet


@require_http_methods(["GET", "POST"])
@admins_only
def rulebook(request: MemberRequest) -> HttpResponse:
    """The versions and the rows; *preview* judges past pictures anew, *save* makes a
    new version, unless somebody else made one meanwhile."""
    team = request.membership.team
    current = rules.book(team.pk)
    head, rows = _forms(request, current)
    shown: dict[str, Any] = {"head": head, "rows": rows, "current": current}
    status = 200
    if request.method == "POST":
        if head.is_valid() and rows.is_valid():
            proposed = _proposed(head, rows)
            if "save" in request.POST:
                if _save(request, current, proposed, head.cleaned_data["note"]):
                    return redirect("moderation:rulebook")
                shown["is_stale"], status = True, 409
            shown["replay"] = rule_simulation.replay(team.pk, current, proposed)
        else:
            status = 422
    versions = RuleSet.objects.filter(team=team).select_related("made_by")
    shown["versions"] = versions.order_by("-version")[:20]
    return render(request, "moderation/rulebook.html", shown, status=status)


def _forms(
    request: MemberRequest, current: rules.Book
) -> tuple[RuleSetForm, "BaseFormSet[RuleForm]"]:
    kwargs = {"operations": [(name, one.title) for name, one in OPERATIONS.items()]}
    if request.method == "POST":
        head = RuleSetForm(request.POST)
        return head, RuleFormSet(request.POST, prefix="rule", form_kwargs=kwargs)
    initial = [
        {name: getattr(rule, name) for name in RuleForm.Meta.fields}
        for rule in current.rules
    ]
    head = RuleSetForm(
        initial={
            "version": current.version,
            "sample_percent": current.sample_percent,
            "control_percent": current.control_percent,
            "alike_within": current.alike_within,
            "flagged_words": "\n".join(current.flagged),
        }
    )
    return head, RuleFormSet(initial=initial, prefix="rule", form_kwargs=kwargs)


def _proposed(head: RuleSetForm, rows: "BaseFormSet[RuleForm]") -> rules.Book:
    filled = [form.instance for form in rows if form.is_wanted]
    for position, rule in enumerate(filled, 1):
        rule.position = position
    said = head.cleaned_data
    return rules.Book(
        said["version"],
        said["sample_percent"],
        tuple(filled),
        said["control_percent"],
        said["alike_within"],
        tuple(said["flagged_words"].splitlines()),
    )


def _save(
    request: MemberRequest, current: rules.Book, proposed: rules.Book, note: str
) -> bool:
    """False: they were looking at a version that is in force no longer."""
    if proposed.version != current.version:
        return False
    team = request.membership.team
    try:
        with transaction.atomic():
            made = RuleSet.objects.create(
                team=team,
                version=current.version + 1,
                sample_percent=proposed.sample_percent,
                control_percent=proposed.control_percent,
                alike_within=proposed.alike_within,
                flagged_words="\n".join(proposed.flagged),
                note=note,
                made_by=request.user,
            )
            for rule in proposed.rules:
                rule.rule_set = made
            Rule.objects.bulk_create(proposed.rules)
            facts = {"version": made.version, "note": note}
            facts["rules"] = [_written(rule) for rule in proposed.rules]
            facts["sample_percent"] = str(made.sample_percent)
            facts["control_percent"] = str(made.control_percent)
            facts["alike_within"] = made.alike_within
            facts["flagged_words"] = list(proposed.flagged)
            chain.append(
                chain.Event(team.pk, chain.Kind.RULES, request.user.pk, None, facts)
            )
    except IntegrityError:  # another admin's version, a moment ago
        return False
    messages.success(request, _("Version %s is in force.") % made.version)
    return True


def _written(rule: Rule) -> dict[str, str]:
    return {name: str(getattr(rule, name) or "") for name in RuleForm.Meta.fields}
