"""Forms that belong to no operation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways import pausing
from gateways.models import GatewayAccount

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[GatewayAccount]
else:
    ModelForm = forms.ModelForm


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


class LimitsForm(ModelForm):
    """Weight and limits of a gateway account."""

    class Meta:
        model = GatewayAccount
        fields = pausing.LIMIT_FIELDS
