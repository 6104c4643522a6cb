from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.forms import LineField
from accounts.models import Team, User
from gallery import file_names
from gallery.models import Board, Note, Share


class BoardForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    """``people``: members of the team but the owner, by key."""

    name = LineField(label=_("Name"), max_length=Board.NAME_CHARACTERS)
    people = forms.MultipleChoiceField(
        label=_("Chosen people"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Board
        fields = ("name", "description", "visibility")
        labels: ClassVar = {
            "description": _("Description"),
            "visibility": _("Visible to"),
        }
        widgets: ClassVar = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "visibility": forms.RadioSelect,
        }

    def __init__(self, *args: Any, team: Team, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = User.objects.filter(memberships__team=team).exclude(pk=owner.pk)
        self.members = {str(user.pk): user for user in members.order_by("username")}
        people = [(key, user.display_name) for key, user in self.members.items()]
        field = self.fields["people"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = people
        if self.instance.pk:
            field.initial = [str(user.pk) for user in self.instance.people.all()]

    def clean_people(self) -> list[User]:
        return [self.members[key] for key in self.cleaned_data["people"]]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=Note.TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SearchForm(forms.Form):
    name = LineField(label=_("Name of the search"), max_length=60)
    is_shared = forms.BooleanField(label=_("Share with the team"), required=False)


class ShareForm(forms.Form):
    DAYS = (1, 7, 30, 90)

    title = LineField(label=_("Title"), max_length=Share.TITLE_CHARACTERS)
    days = forms.TypedChoiceField(
        label=_("Open for"),
        coerce=int,
        initial=7,
        choices=lambda: [
            (n, ngettext("%s day", "%s days", n) % n) for n in ShareForm.DAYS
        ],
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        min_length=6,
        max_length=128,
        strip=False,
        help_text=_("Empty: whoever has the address may look."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    may_download = forms.BooleanField(
        label=_("Originals, too"),
        required=False,
        help_text=_(
            "Visitors see and download the pictures in full size. Otherwise nothing"
            " larger than 640 pixels leaves the portal."
        ),
    )


class SharePasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class PatternForm(forms.Form):
    pattern = LineField(
        label=_("Names of files"), max_length=file_names.PATTERN_CHARACTERS
    )

    def clean_pattern(self) -> str:
        pattern = str(self.cleaned_data["pattern"])
        try:
            file_names.check(pattern)
        except file_names.UnknownField as error:
            text = _("There is no field %(name)s. Fields: %(fields)s.")
            known = " ".join(f"{{{name}}}" for name in file_names.FIELDS)
            told = {"name": f"{{{error.args[0]}}}", "fields": known}
            raise forms.ValidationError(text, params=told) from error
        return pattern
