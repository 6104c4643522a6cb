from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labels.models import Export, TeamLabels

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[TeamLabels]
else:
    ModelForm = forms.ModelForm


class TeamForm(ModelForm):
    class Meta:
        model = TeamLabels
        fields = ("is_view_clean", "is_export_clean")
        labels: ClassVar = {
            "is_view_clean": _("Clean view inside the portal"),
            "is_export_clean": _("Everybody in the team may take files without it"),
        }
        help_texts: ClassVar = {
            "is_view_clean": _(
                "Large views do not draw the visible label. Whoever copies the picture "
                "from there has a file without it."
            ),
            "is_export_clean": _(
                "Each person still accepts the terms and states a purpose."
            ),
        }


class CleanFileForm(forms.Form):
    """``accepted`` is asked once for each version of the terms."""

    purpose = forms.CharField(
        label=_("What the file is for"),
        max_length=Export.PURPOSE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    accepted = forms.BooleanField(
        label=_("I accept these terms"),
        error_messages={"required": _("Accept the terms first.")},
    )

    def __init__(self, sent: QueryDict | None, *, has_accepted: bool) -> None:
        super().__init__(sent, label_suffix="")
        if has_accepted:
            del self.fields["accepted"]
