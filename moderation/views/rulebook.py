"""Admins edit, simulate and save the team's rules."""

from typing import Any

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, admins_only
from generation.operations import OPERATIONS
from moderation import rule_simulation, rule_versions, rules
from moderation.forms import RuleForm, RuleFormSet, RuleSetForm
from moderation.models import RuleSet


@require_http_methods(["GET", "POST"])
@admins_only
def rulebook(request: MemberRequest) -> HttpResponse:
    """*Preview* simulates; *save* makes a version, or answers 409 where another admin
    made one meanwhile."""
    team = request.membership.team
    current = rules.in_force(team.pk)
    head, rows = _forms(request, current)
    shown: dict[str, Any] = {"head": head, "rows": rows, "current": current}
    status = 200
    if request.method == "POST":
        if head.is_valid() and rows.is_valid():
            proposed = _proposed(head, rows)
            if "save" in request.POST:
                note = head.cleaned_data["note"]
                made = rule_versions.save(team, proposed, by=request.user, note=note)
                if made:
                    message = _("Version %s is in force.") % made.version
                    messages.success(request, message)
                    return redirect("moderation:rulebook")
                shown["is_stale"], status = True, 409
            shown["simulation"] = rule_simulation.simulate(team.pk, current, proposed)
        else:
            status = 422
    versions = RuleSet.objects.filter(team=team).select_related("made_by")
    shown["versions"] = versions.order_by("-version")[:20]
    return render(request, "moderation/rulebook.html", shown, status=status)


def _forms(
    request: MemberRequest, current: rules.TeamRules
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


def _proposed(head: RuleSetForm, rows: "BaseFormSet[RuleForm]") -> rules.TeamRules:
    filled = [form.instance for form in rows if form.is_wanted]
    for position, rule in enumerate(filled, 1):
        rule.position = position
    sent = head.cleaned_data
    return rules.TeamRules(
        sent["version"],
        sent["sample_percent"],
        tuple(filled),
        sent["control_percent"],
        sent["alike_within"],
        tuple(sent["flagged_words"].splitlines()),
    )
