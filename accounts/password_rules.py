"""What a password must not hold, beside Django's own rules."""

import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User

PRODUCT = "wjportal"
#: A shorter name is in too many words; Chinese names are short.
MIN_LETTERS = 3
MIN_HAN = 2


class NoNamesValidator:
    """No name of the person, of their teams or of the product."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        folded = _fold(password)
        if any(name in folded for name in _names(user)):
            raise ValidationError(self.get_help_text(), code="password_has_a_name")

    def get_help_text(self) -> str:
        return _(
            "Your password can’t contain your name, your team’s name or “wjportal”."
        )


def _names(user: User | None) -> Iterator[str]:
    names = [PRODUCT]
    if user is not None:
        names += [user.username, user.first_name, user.last_name]
        if user.pk:
            names += user.memberships.values_list("team__name", flat=True)
    for name in map(_fold, names):
        if len(name) >= (MIN_LETTERS if name.isascii() else MIN_HAN):
            yield name


def _fold(text: str) -> str:
    """Letters and digits alone, without case, width and composition."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())
