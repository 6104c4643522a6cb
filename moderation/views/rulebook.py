"""Everybody who moderates reads the team's rules; admins edit, simulate and save."""

from typing import Any

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest
from accounts.models import Team
from generation.operations import OPERATIONS
from moderation import rule_simulation, rule_versions, rules
from moderation.forms import RuleForm, RuleFormSet, RuleSetForm
from moderation.models import RuleSet
from moderation.presenters import rule_sentences
from moderation.queue_filter import chosen_team, moderated_teams
from net.request_values import number


@require_http_methods(["GET", "POST"])
def rulebook(request: MemberRequest) -> HttpResponse:
    """*Preview* simulates; *save* makes a version, or answers 409 where another admin
    made one meanwhile; *take_back* makes one of an old version's rows."""
    teams = moderated_teams(request)
    team, status = chosen_team(request, teams), 200
    current = rules.in_force(team.pk)
    is_editable = _administers(request, team)
    shown: dict[str, Any] = {"teams": teams, "team": team, "current": current}
    shown |= {"is_editable": is_editable}
    if request.method == "POST" and not is_editable:
        raise Http404
    if "take_back" in request.POST:
        return _take_back(request, team)
    if is_editable:
        head, rows = _forms(request, team, current)
        shown |= {"head": head, "rows": rows}
    if request.method == "POST":
        if not (head.is_valid() and rows.is_valid()):
            status = 422
        elif _save(request, team, _proposed(head, rows), head.cleaned_data["note"]):
            return _back(team)
        else:
            proposed = _proposed(head, rows)
            shown["is_stale"] = "save" in request.POST
            status = 409 if shown["is_stale"] else 200
            shown["simulation"] = rule_simulation.simulate(team.pk, current, proposed)
            shown["difference"] = rule_versions.difference(current, proposed)
    shown["versions"] = rule_sentences.versions(team.pk)
    return render(request, "moderation/rulebook.html", shown, status=status)


def _administers(request: MemberRequest, team: Team) -> bool:
    own = (each for each in request.memberships if each.team_id == team.pk)
    return any(each.can_administer for each in own)


def _save(
    request: MemberRequest, team: Team, proposed: rules.TeamRules, note: str
) -> RuleSet | None:
    """None: a preview, or somebody was first."""
    if "save" not in request.POST:
        return None
    made = rule_versions.save(team, proposed, by=request.user, note=note)
    if made:
        messages.success(request, _("Version %s is in force.") % made.version)
    return made


def _take_back(request: MemberRequest, team: Team) -> HttpResponse:
    chosen, edited = (
        number(request.POST.get(name, "")) for name in ("take_back", "version")
    )
    old = get_object_or_404(RuleSet, team=team, version=chosen)
    note = _("As version %s") % old.version
    made = rule_versions.take_back(old, edited or 0, by=request.user, note=note)
    if made:
        messages.success(request, _("Version %s is in force.") % made.version)
    else:
        messages.error(
            request, _("Someone saved another version meanwhile. Nothing was changed.")
        )
    return _back(team)


def _back(team: Team) -> HttpResponse:
    return redirect(f"{reverse('moderation:rulebook')}?team={team.pk}")


def _forms(
    request: MemberRequest, team: Team, current: rules.TeamRules
) -> tuple[RuleSetForm, "BaseFormSet[RuleForm]"]:
    kwargs = {
        "operations": [(name, one.title) for name, one in OPERATIONS.items()],
        "labels": rule_sentences.label_choices(team.pk, current.rules),
    }
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
