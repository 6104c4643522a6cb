from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from net.request_values import FIRST_DAY, LAST_DAY, one_line


class LineField(forms.CharField):
    """A name: it stands in subjects, messages and lists."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


class DayField(forms.DateField):
    """A day that has neighbours, and a moment in every time zone."""

    def __init__(self, **kwargs: Any) -> None:
        limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        super().__init__(validators=limits, **kwargs)


class PreferencesForm(forms.Form):
    """An empty field keeps its value."""

    theme = forms.ChoiceField(choices=User.Theme.choices, required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)

    def save(self, user: User) -> None:
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=chosen)


class AddForm(forms.Form):
    username = UsernameField(
        label=_("User name"),
        max_length=User._meta.get_field("username").max_length,
        validators=User._meta.get_field("username").validators,
    )
    name = LineField(label=_("Name"), max_length=150, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if self.team.memberships.filter(user__username=username).exists():
            raise ValidationError(_("%s is in this team already.") % username)
        return username

    def save(self) -> tuple[Membership, str]:
        """The membership, and a new person's temporary password (else empty)."""
        return self.team.add(**self.cleaned_data)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Membership.Role.choices)
