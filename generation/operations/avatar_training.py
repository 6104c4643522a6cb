"""创建化身: ``POST /avatar/create``, an avatar trained from photos.

The result is a key for portraits. Undocumented: status values; cost and limit of
photos, both assumed here. Source: contract wujie §10.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Family, Order
from gateways.providers.protocols import Provider, Trainer
from generation import uploads
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm
from generation.operations.fields import UploadField
from spend.units import Unit

#: Integrals, reserved and booked.
ASSUMED_COST = 100
#: The portal's own limit.
MOST_PHOTOS = 20


class AvatarTrainingForm(OperationForm):
    main = ("avatar_name", "photos")

    avatar_name = forms.CharField(
        label=_("Avatar name"),
        max_length=60,
        help_text=_("For you alone: the gateway is not told."),
    )
    photos = UploadField(
        label=_("Photos"),
        most=MOST_PHOTOS,
        help_text=_(
            "Of one person, each with one face from the front. The gateway looks at "
            "them before anything is paid."
        ),
        error_messages={"required": _("Upload photos of the face.")},
    )


class AvatarTraining(Operation):
    slug = "avatar-training"
    provider = "wujie"
    unit = Unit.INTEGRAL
    verb = _("Train")
    title = _("Train an avatar")
    explanation = _("Learns a face from photos, for portraits of it later.")
    form_class = AvatarTrainingForm
    place = 50
    picture = "avatar-training"
    family = Family.AVATAR
    is_priced = False
    assumed_each = ASSUMED_COST
    page = "generation:avatars"
    page_title = _("Your avatars")
    needs_uploads = True
    trains_avatar = True

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        return ASSUMED_COST

    def objections(
        self, cleaned: Mapping[str, Any], provider: Provider
    ) -> dict[str, list[str]]:
        if not isinstance(provider, Trainer):
            return {}
        addresses = uploads.addresses(cleaned["photos"])
        checked = provider.check_photos(addresses)
        numbers = {address: n for n, address in enumerate(addresses, 1)}
        said = _("Photo %(number)s: %(why)s")
        bad = [
            str(said) % {"number": numbers.get(each.url, "?"), "why": each.message}
            for each in checked
            if not each.is_fit
        ]
        return {"photos": bad} if bad else {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body = {"train_image_url_list": uploads.addresses(cleaned["photos"])}
        return Order("/avatar/create", body, 0)
