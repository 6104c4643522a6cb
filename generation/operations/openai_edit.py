"""OpenAI Image 图片编辑: ``POST /ai/wj/images/edits``.

JSON with addresses of pictures, unlike OpenAI's multipart form. The call
has no background, moderation, output_format or style. dall-e-3 is not offered: no
source says that it is accepted. Source: contract wujie §8.2.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateways.providers.base import Order
from generation import uploads
from generation.operations.base import PictureAction
from generation.operations.base_form import OperationForm, pictures_field, prompt_field
from generation.operations.fields import Mask, SizeField, UploadField
from generation.operations.openai_image import (
    AUTO,
    DALL_E_2,
    GPT,
    MOST_PICTURES,
    PROMPT_LIMIT,
    QUALITIES,
    SIZES,
    OpenAIImage,
    sizes,
    worded,
)

MODELS = (GPT, DALL_E_2)
MEGABYTE = 1024**2
#: Limit of each file (§8.2).
MOST_BYTES = {GPT: 25 * MEGABYTE - 1, DALL_E_2: 4 * MEGABYTE - 1}
#: Limit of files; gpt-image-1's is the portal's own.
MOST_IMAGES = {GPT: 5, DALL_E_2: 1}


class OpenAIEditForm(OperationForm):
    main = ("images", "edit_model", "openai_size", "pictures")
    more = ("quality", "mask", "output_compression")
    redraws = ("edit_model",)

    prompt = prompt_field(PROMPT_LIMIT)
    edit_model = forms.ChoiceField(
        label=_("Model"), choices=[(name, name) for name in MODELS], initial=GPT
    )
    images = UploadField(
        label=_("Images to edit"),
        most=MOST_IMAGES[GPT],
        error_messages={"required": _("Upload the image to edit.")},
    )
    openai_size = SizeField(label=_("Size"))
    pictures = pictures_field(MOST_PICTURES)
    quality = forms.ChoiceField(label=_("Quality"))
    mask = UploadField(
        label=_("Mask"),
        required=False,
        mask=Mask(of="images", is_cut_out=True),
        help_text=_("Where it is transparent, the picture is changed."),
    )
    output_compression = forms.IntegerField(
        label=_("Compression"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("0 to 100 %; the gateway's default is 100."),
    )

    def offer(self) -> None:
        model = self.chosen("edit_model")
        self.choose("openai_size", sizes(SIZES[model]))
        self.choose("quality", worded(QUALITIES[model]))
        images = self.fields["images"]
        assert isinstance(images, UploadField)
        images.most, images.most_bytes = MOST_IMAGES[model], MOST_BYTES[model]
        if model == DALL_E_2:
            images.help_text = _("One square png of less than 4 MB.")
            self.remove("output_compression")

    def clean_images(self) -> list[dict[str, Any]]:
        images: list[dict[str, Any]] = self.cleaned_data["images"]
        if self.cleaned_data.get("edit_model") == DALL_E_2:
            for each in images:
                if each["extension"] != "png" or each["width"] != each["height"]:
                    raise ValidationError(_("dall-e-2 takes one square png only."))
        return images


class OpenAIEdit(OpenAIImage):
    slug = "openai-edit"
    title = _("OpenAI edit")
    explanation = _("Edits images of your own by prompt, with OpenAI's models.")
    form_class = OpenAIEditForm
    place = 40
    picture = "openai-edit"
    needs_uploads = True
    picture_action = PictureAction("images", _("Edit"), "pencil")

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        body: dict[str, Any] = {
            "prompt": cleaned["prompt"],
            "model": cleaned["edit_model"],
            "n": cleaned["pictures"],
            "image": uploads.addresses(cleaned["images"]),
        }
        if cleaned["openai_size"] != AUTO:
            body["size"] = cleaned["openai_size"]
        if cleaned["quality"] != AUTO:
            body["quality"] = cleaned["quality"]
        if cleaned.get("output_compression") is not None:
            body["output_compression"] = cleaned["output_compression"]
        if mask := uploads.addresses(cleaned.get("mask") or ()):
            body["mask"] = mask[0]
        path = "/ai/wj/images/edits"
        pictures = cleaned["pictures"]
        return Order(path, body, pictures, is_called_back=self.is_called_back)

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned["edit_model"])
