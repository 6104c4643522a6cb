"""个性相机基础版: ``POST /avatar/artwork/create``, portraits of a trained avatar.

One key per picture. Source: seed 000; contract wujie §11.1.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateways.catalogue import Catalogue
from gateways.models import GatewayAccount
from gateways.providers.base import Order
from generation import avatars
from generation.operations.avatar_training import AvatarTraining
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm, prompt_field
from generation.operations.fields import CountsField
from spend.units import Unit

PROMPT_LIMIT = 500
MOST_TEMPLATES = 5
MOST_OF_EACH = 10
#: Integrals per picture (vendor's sample, seed 000).
ASSUMED_COST = 2
TEMPLATES = "avatar_templates"
TRAININGS = [AvatarTraining.slug]


class AvatarArtworkForm(OperationForm):
    main = ("avatar", "templates")
    more = ("avatar_key",)

    prompt = prompt_field(PROMPT_LIMIT, required=False)
    avatar = forms.ChoiceField(label=_("Avatar"), required=False)
    avatar_key = forms.CharField(
        label=_("Another avatar's key"),
        required=False,
        max_length=100,
        help_text=_("Of one that was trained elsewhere at this gateway account."),
    )
    templates = CountsField(
        label=_("Templates"),
        most_kinds=MOST_TEMPLATES,
        most=MOST_OF_EACH,
        help_text=_("Up to five templates, each with up to ten pictures."),
        error_messages={"required": _("Choose a template: how many pictures of it?")},
    )

    def offer(self) -> None:
        mine = avatars.of(self.member, TRAININGS) if self.member else ()
        self.choose(
            "avatar",
            [
                *((task.key, avatars.name(task)) for task in mine),
                ("", _("Another one, by its key")),
            ],
        )
        if self.initial.get("avatar_key"):
            self.fields["avatar"].initial = ""
        templates = self.fields["templates"]
        assert isinstance(templates, CountsField)
        templates.offer(self.catalogue.lists.get(TEMPLATES, ()))

    def clean_avatar_key(self) -> str:
        """Rejects an avatar that another member trained here."""
        key: str = self.cleaned_data["avatar_key"]
        if key and self.member:
            training = avatars.training(key, TRAININGS)
            if training and not avatars.is_of(self.member, training):
                raise ValidationError(_("That avatar is somebody else's."))
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("avatar_key"):
            cleaned["avatar"] = ""  # the body takes one key
        named = cleaned.get("avatar") or cleaned.get("avatar_key")
        if not named and "avatar_key" not in self.errors:
            self.add_error("avatar", _("Choose an avatar, or write its key."))
        return cleaned


def _avatar(cleaned: Mapping[str, Any]) -> str:
    return str(cleaned.get("avatar_key") or cleaned["avatar"])


class AvatarArtwork(Operation):
    slug = "avatar-artwork"
    provider = "wujie"
    unit = Unit.INTEGRAL
    title = _("Portraits")
    explanation = _("Pictures of a trained avatar, in up to five templates at once.")
    form_class = AvatarArtworkForm
    place = 60
    picture = "avatar-artwork"
    is_of_a_face = True
    can_cancel = True
    is_priced = False
    assumed_each = ASSUMED_COST
    page = "generation:avatars"
    page_title = _("Your avatars")

    def is_ready(self, catalogue: Catalogue) -> bool:
        """Templates are documented as optional, but no result without one."""
        return bool(catalogue.lists.get(TEMPLATES))

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST * self.order(cleaned).pictures

    def bound_to(self, cleaned: Mapping[str, Any]) -> GatewayAccount | None:
        """Only the training account knows an avatar; one trained elsewhere may be any
        account's."""
        training = avatars.training(_avatar(cleaned), TRAININGS)
        return training.account if training else None

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body: dict[str, Any] = {"avatar_key": _avatar(cleaned)}
        if cleaned.get("prompt"):
            body["prompt"] = cleaned["prompt"]
        counts: Mapping[str, int] = cleaned["templates"]
        body["artwork_templates"] = [
            {"template_key": key, "number": number} for key, number in counts.items()
        ]
        return Order("/avatar/artwork/create", body, sum(counts.values()))

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return ""
