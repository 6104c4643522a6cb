from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField
from accounts.models import Team, User
from gallery.models import Board, Note


class BoardForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    name = LineField(label=_("Name"), max_length=Board.NAME_CHARACTERS)

    class Meta:
        model = Board
        fields = ("name", "description", "visibility", "people")
        labels: ClassVar = {
            "description": _("Description"),
            "visibility": _("Visible to"),
            "people": _("Chosen people"),
        }
        widgets: ClassVar = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "visibility": forms.RadioSelect,
            "people": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, team: Team, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__team=team).exclude(pk=owner.pk)
        field = self.fields["people"]
        field.queryset = people.order_by("username")
        field.label_from_instance = lambda user: user.display_name


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=Note.TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
