"""Multi-diffusion: large pictures in tiles (contract wujie §7.1.1).

A field's name is ``td_`` (``tiled_diffusion``) or ``tv_`` (``tiled_vae``) and the wire
name. The gateway has defaults for all.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.operations.base_form import OperationForm
from generation.operations.drawing_parts import (
    LEFT,
    NO,
    YES,
    decided_field,
    number_field,
    part_field,
)
from generation.operations.drawing_parts.areas import AreasField, states

METHODS = ("MultiDiffusion", "Mixture of Diffusers")
UPSCALERS = (
    "None",
    "Lanczos",
    "Nearest",
    "ESRGAN_4x",
    "LDSR",
    "R-ESRGAN 4x+",
    "R-ESRGAN 4x+ Anime6B",
    "ScuNET GAN",
    "ScuNET PSNR",
    "SwinIR 4x",
)
#: The portal's limits of a side, in pixels.
SIDES = (64, 8192)
DIFFUSION, VAE = "td_", "tv_"
AREAS = "td_areas"
ENABLED = {prefix: f"{prefix}enabled" for prefix in (DIFFUSION, VAE)}


def named_field(label: Any, names: tuple[str, ...]) -> forms.ChoiceField:
    choices = [LEFT, *((name, name) for name in names)]
    return forms.ChoiceField(label=label, required=False, choices=choices)


class TilesPart(OperationForm):
    td_enabled = forms.BooleanField(label=_("Tiled diffusion"), required=False)
    td_method = named_field(_("Method"), METHODS)
    td_tile_width = number_field(_("Tile width"), 16, 256, step=16, default=96)
    td_tile_height = number_field(_("Tile height"), 16, 256, step=16, default=96)
    td_overlap = number_field(_("Tile overlap"), 0, 256, default=48)
    td_tile_batch_size = number_field(_("Tile batch size"), 1, 8, default=4)
    td_overwrite_size = decided_field(_("Overwrite size"))
    td_image_width = number_field(_("Image width"), *SIDES, default=1024)
    td_image_height = number_field(_("Image height"), *SIDES, default=1024)
    td_keep_input_size = decided_field(_("Keep input size"))
    td_upscaler_name = named_field(_("Upscaler"), UPSCALERS)
    td_scale_factor = part_field(_("Scale factor"), 1, 8, default=2)
    td_noise_inverse = decided_field(_("Noise inversion"))
    td_noise_inverse_steps = number_field(_("Inversion steps"), 1, 200, default=10)
    td_noise_inverse_retouch = part_field(_("Retouch"), 1, 100, default=1)
    td_noise_inverse_renoise_strength = part_field(
        _("Renoise strength"), 0, 2, default=1
    )
    td_noise_inverse_renoise_kernel = number_field(
        _("Renoise kernel"), 2, 512, default=64
    )
    td_control_tensor_cpu = decided_field(_("Control tensor on CPU"))
    td_draw_background = decided_field(_("Draw full background"))
    td_causal_layers = decided_field(_("Causal layers"))
    td_areas = AreasField(
        label=_("Regional prompts"),
        required=False,
        help_text=_("Position and size as shares of the picture: 0 to 1."),
    )
    tv_enabled = forms.BooleanField(label=_("Tiled VAE"), required=False)
    tv_encoder_tile_size = number_field(
        _("Encoder tile size"), 256, 4096, step=16, default=3072
    )
    tv_decoder_tile_size = number_field(
        _("Decoder tile size"), 48, 512, step=16, default=192
    )
    tv_vae_to_gpu = decided_field(_("VAE to GPU"))
    tv_fast_decoder = decided_field(_("Fast decoder"))
    tv_fast_encoder = decided_field(_("Fast encoder"))
    tv_color_fix = decided_field(_("Color fix"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for prefix, enabled in ENABLED.items():
            if not cleaned.get(enabled):
                names = [name for name in TILES if name.startswith(prefix)]
                self.needs(_("Switch tiled diffusion or tiled VAE on first."), *names)
        return cleaned


TILES = tuple(
    name for name in TilesPart.base_fields if name.startswith((DIFFUSION, VAE))
)


def tiles(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """``enabled`` is sent for both: the gateway's default is true."""
    if not any(cleaned.get(enabled) for enabled in ENABLED.values()):
        return {}
    diffusion, vae = (_settings(cleaned, prefix) for prefix in ENABLED)
    if areas := cleaned.get(AREAS):
        diffusion["enable_bbox_control"] = True
        diffusion["bbox_control_states"] = states(areas)
    return {"multi_diffusion": {"tiled_diffusion": diffusion, "tiled_vae": vae}}


def _settings(cleaned: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    decided = {YES: True, NO: False}
    return {
        name.removeprefix(prefix): decided.get(value, value)
        for name in TILES
        if name.startswith(prefix) and name != AREAS
        if (value := cleaned.get(name)) not in (None, "")
    }
