from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField
from accounts.models import Membership
from net.outbound import NotReached
from notifications.messengers import MESSENGERS
from notifications.models import Channel

#: Of an e-mail address or a host, as pages show it.
SHOWN = MaxLengthValidator(255)


def check_address(kind: str, address: str) -> None:
    """Raises ValidationError."""
    try:
        if kind == Channel.Kind.EMAIL:
            validate_email(address)
            SHOWN(address)
        else:
            SHOWN(MESSENGERS[kind].check(address))
    except NotReached as error:
        raise ValidationError(str(error)) from error


class ChannelForm(forms.Form):
    """``whose``: one choice, not asked, for an admin who is no owner."""

    TEAM, OWNERS = "team", "owners"

    whose = forms.ChoiceField(label=_("Alerts for"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Channel.Kind.choices)
    name = LineField(label=_("Name"), max_length=80)
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "The webhook's address as the platform shows it, or an e-mail address. It"
            " is not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        help_text=_(
            "What messages are signed with (Feishu, DingTalk, JSON). WeCom and e-mail"
            " know none."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(self.TEAM, str(membership.team))]
        if not membership.can_administer:
            choices = []
        if membership.user.is_owner:
            choices.append((self.OWNERS, str(_("Owners of the installation"))))
        whose = self.fields["whose"]
        assert isinstance(whose, forms.ChoiceField)
        whose.choices, whose.initial = choices, choices[0][0]

    def clean_whose(self) -> str:
        """The first choice where none was sent."""
        return self.cleaned_data["whose"] or str(self.fields["whose"].initial)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, address = cleaned.get("kind"), cleaned.get("address")
        if not kind or not address:
            return cleaned
        try:
            check_address(kind, address)
        except ValidationError as error:
            self.add_error("address", error.messages[0])
        return cleaned


class OwnChannelForm(forms.Form):
    """Where a person's notices go; a JSON webhook is for teams."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[each for each in Channel.Kind.choices if each[0] != Channel.Kind.JSON],
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "Your e-mail address, or the address of a bot's webhook in a group of your"
            " own. It is not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        help_text=_("What messages are signed with (Feishu, DingTalk)."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, address = cleaned.get("kind"), cleaned.get("address")
        if kind and address:
            try:
                check_address(kind, address)
            except ValidationError as error:
                self.add_error("address", error.messages[0])
        return cleaned
