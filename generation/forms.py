"""What a person types that is no operation's."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class AccelerationForm(forms.Form):
    """``number``: which acceleration of the generation it is, so that two clicks are
    one."""

    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, typed: Mapping[str, Any], *, most: int) -> None:
        """``most``: places that it can be moved forward at all."""
        super().__init__(typed, label_suffix="")
        self.fields["steps"] = forms.IntegerField(
            label=_("Places forward"), min_value=1, max_value=most, initial=1
        )
