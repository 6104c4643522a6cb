"""What a password must not hold, beside Django's own rules."""

import itertools
import unicodedata
from collections.abc import Iterator

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User

PRODUCT = "wjportal"
#: A shorter name is in too many words; Chinese names are short.
MIN_LETTERS = 3
MIN_HAN = 2
#: Steps from one character to the next, from 9 to 0 and back among them.
RUNS = ({0}, {1, -9}, {-1, 9})


class CommonWordValidator(CommonPasswordValidator):
    """No common password that digits and signs, or repetition, make long enough.

    Django's list holds few of 12 characters; people pad the others: ``Password2026!``.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        folded = _fold(password)
        word = _repeated(folded.strip("0123456789")) or _repeated(folded)
        if word in self.passwords or _is_run(word):
            raise ValidationError(
                _(
                    "This password is a common one, made longer. Four words that do "
                    "not belong together are better."
                ),
                code="password_is_a_common_word",
            )

    def get_help_text(self) -> str:
        return _("Digits, signs or repetition do not make a common word a good one.")


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


def _repeated(text: str) -> str:
    """The shortest text that is repeated to make this one."""
    return text[: (text + text).find(text, 1)] if text else ""


def _is_run(text: str) -> bool:
    """Characters that follow each other, up or down: ``abcd``, ``9012``, ``a``."""
    steps = {ord(after) - ord(one) for one, after in itertools.pairwise(text)}
    return any(steps <= run for run in RUNS)


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
