from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    UsernameField,
)
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import hashing, sign_in_throttle
from accounts.access import MemberRequest
from accounts.models import Invitation, Membership, Team, User
from log import changes
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


class SignInForm(AuthenticationForm):
    """``retry_after``: seconds, where no password was checked."""

    retry_after = 0

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except hashing.TryLater as error:
            self.retry_after = error.seconds
            raise ValidationError(error.message, code="try_later") from error

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if user.is_password_expired:
            raise ValidationError(
                _("This temporary password has expired. Ask for a new one."),
                code="expired",
            )


class OwnPasswordForm(PasswordChangeForm):
    """Guesses of the current password count as wrong tries to sign in."""

    user: User

    def __init__(self, request: MemberRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request.user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """Raises `hashing.TryLater`."""
        old: str = self.cleaned_data["old_password"]
        source = sign_in_throttle.Source.of(self.request)
        found = sign_in_throttle.check(
            self.user.username,
            source,
            lambda: self.user if self.user.check_password(old) else None,
        )
        if found is None:
            message = self.error_messages["password_incorrect"]
            raise ValidationError(message, code="password_incorrect")
        return old

    def clean_new_password1(self) -> str:
        new: str = self.cleaned_data["new_password1"]
        if new == self.data.get("old_password"):
            raise ValidationError(
                _("That is the current password. Choose another one."), code="same"
            )
        return new

    def save(self, commit: bool = True) -> User:
        self.user.is_password_temporary = False
        self.user.password_expires_at = None
        saved: User = super().save(commit)
        return saved


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

    def save(self, *, by: User) -> tuple[Invitation, str]:
        """See `Team.invite`."""
        return self.team.invite(**self.cleaned_data, by=by)


class RoleForm(forms.Form):
    """``was``: of an undo, the role that it takes back."""

    role = forms.ChoiceField(choices=Membership.Role.choices)
    was = forms.ChoiceField(choices=Membership.Role.choices, required=False)


class OwnerForm(forms.Form):
    username = UsernameField(label=_("User name"), max_length=150)

    def clean_username(self) -> User:
        found = User.objects.filter(username=self.cleaned_data["username"]).first()
        if found is None:
            raise ValidationError(_("There is no person of this name."))
        if found.is_owner:
            raise ValidationError(_("%s is an owner already.") % found.display_name)
        return found


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript at run time
    class Meta:
        model = Team
        fields = ("name",)
        error_messages: ClassVar = {
            "name": {"unique": _("There is a team of this name already.")}
        }

    def save_for(self, owner: User) -> Team:
        """The owner becomes its first admin."""
        with transaction.atomic():
            team: Team = self.save()
            team.memberships.create(user=owner, role=Membership.Role.ADMIN)
            changes.record(changes.Kind.TEAM, team.name, by=owner)
            return team
