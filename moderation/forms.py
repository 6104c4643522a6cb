"""Forms of moderators and admins."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms import DayField
from generation.models import Artwork
from generation.models.folding import fold
from moderation.models import LABELS, Decision, Desk, Rule, RuleSet
from moderation.passing_on import PRIORITIES

Choices = list[tuple[str, Any]]


class DecisionForm(forms.Form):
    RELEASE, REJECT, TAKE_DOWN = "release", "reject", "take_down"

    action = forms.ChoiceField(
        choices=[(name, name) for name in (RELEASE, REJECT, TAKE_DOWN)]
    )
    reason = forms.ChoiceField(choices=Decision.Reason.choices, required=False)
    note = forms.CharField(required=False, max_length=2000)
    text = forms.CharField(required=False, max_length=2000)
    claim = forms.IntegerField(required=False, min_value=0, max_value=10**9)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("action") != self.RELEASE and not cleaned.get("reason"):
            self.add_error("reason", _("Choose a reason."))
        return cleaned

    @property
    def judgement(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("reason", "note", "text")}


class PassOnForm(forms.Form):
    """An escalation."""

    claim = forms.IntegerField(min_value=0, max_value=10**9)
    reason = forms.CharField(max_length=2000)
    priority = forms.TypedChoiceField(
        choices=[(number, number) for number in PRIORITIES], coerce=int
    )


class WhyForm(forms.Form):
    reason = forms.CharField(max_length=2000)


class RuleSetForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """``version`` is the version that was edited."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = RuleSet
        fields = (
            *("sample_percent", "control_percent"),
            *("alike_within", "flagged_words", "note"),
        )
        widgets: ClassVar = {
            "note": forms.Textarea(attrs={"rows": 2}),
            "flagged_words": forms.Textarea(attrs={"rows": 4}),
        }
        labels: ClassVar = {
            "alike_within": _("Similarity threshold, in bits of 256"),
            "note": _("Reason for the change"),
        }
        help_texts: ClassVar = {
            "alike_within": _("From 0 (only what looks the same) to 23."),
            "flagged_words": _("One on each line."),
        }

    def clean_flagged_words(self) -> str:
        by_spelling: dict[str, str] = {}
        for line in map(str.strip, self.cleaned_data["flagged_words"].splitlines()):
            by_spelling.setdefault(fold(line), line)
        by_spelling.pop("", None)
        return "\n".join(by_spelling.values())


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """A row without an outcome is left out. Labels are chosen, never typed."""

    class Meta:
        model = Rule
        fields = (
            *("verdict", "label", "rate_from", "rate_to", "operation"),
            *("outcome", "two_for", "due_minutes"),
        )

    def __init__(
        self, *args: Any, operations: Choices, labels: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, Choices] = {
            "verdict": [("", _("any")), *Artwork.VerdictChoice.choices],
            "label": [("", _("any")), *labels],
            "operation": [("", _("any")), *operations],
            "outcome": [("", "–"), *Rule.Outcome.choices],
            "two_for": [("", "–"), *Rule.TwoFor.choices],
        }
        for name, choices in offered.items():
            label = self.fields[name].label
            self.fields[name] = forms.ChoiceField(
                label=label, choices=choices, required=False
            )
        for name in ("rate_from", "rate_to"):
            self.fields[name].widget.attrs |= {"min": 0, "max": 1, "step": 0.01}

    @property
    def is_wanted(self) -> bool:
        return bool(self.cleaned_data.get("outcome"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        low, high = cleaned.get("rate_from"), cleaned.get("rate_to")
        if low is not None and high is not None and not 0 <= low <= high <= 1:
            self.add_error("rate_to", _("From 0 to 1, the lower one first."))
        if cleaned.get("two_for") and cleaned.get("outcome") != Rule.Outcome.TWO:
            self.add_error("two_for", _("Only where two people are asked."))
        return cleaned


RuleFormSet = forms.formset_factory(RuleForm, extra=1, max_num=100, validate_max=True)


class DeskForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    opted_out = forms.MultipleChoiceField(
        label=_("Labels that you opt out of"),
        choices=[row for row in LABELS.items() if row[0] != "normal"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Desk
        fields = ("cover", "is_grey", "budget", "opted_out")


class ExportForm(forms.Form):
    """Days are in the portal's time zone."""

    def __init__(self, *args: Any, labels: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"] = forms.ChoiceField(
            label=_("Label"), choices=[("", _("any")), *labels], required=False
        )

    since = DayField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = DayField(
        label=_("Up to and including"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    action = forms.ChoiceField(
        label=_("Decision"),
        choices=[("", _("any")), *Decision.Action.choices],
        required=False,
    )
    label = forms.ChoiceField(label=_("Label"), required=False)
    by = forms.ChoiceField(
        label=_("Decided by"),
        choices=[
            ("", _("any")),
            ("people", pgettext_lazy("decided by", "people")),
            ("rule", _("rules")),
        ],
        required=False,
    )

    def conditions(self) -> dict[str, Any]:
        sent = self.cleaned_data
        fields = {
            "decided_at__date__gte": sent["since"],
            "decided_at__date__lte": sent["until"],
            "action": sent["action"],
            "review__label": sent["label"],
            "decided_by__isnull": {"people": False, "rule": True}.get(sent["by"]),
        }
        return {
            name: value for name, value in fields.items() if value not in (None, "")
        }
