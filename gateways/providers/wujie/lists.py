"""Wujie's models, their resources, templates (contract wujie §7.5, §11.1)."""

import re
from collections.abc import Callable, Mapping

from gateways.providers.base import JSON, Choice, Model, Resources
from gateways.providers.reading import count, integer, mapping, number, rows, text

#: Of ``create_option_menu``: on the wire by name, or by key.
BY_NAME = ("image_type", "style", "artist", "patterns")
BY_KEY = ("element_magic", "style_decoration", "character", "model_fusion")


def models(data: JSON) -> list[Model]:
    """Of ``/ai/model_base_infos`` (§7.5)."""
    return [
        Model(
            code=code,
            name=text(row.get("model_version")) or code,
            description=text(row.get("model_desc")),
            type=integer(row.get("type")),
            draws_4k=row.get("support_cutdiffusion") is True,
            transparencies=transparencies(row.get("support_patterns")),
        )
        for row in rows(data)
        if (code := text(row.get("model_code")))
    ]


def resources(menu: Mapping[str, JSON]) -> Resources:
    """``create_option_menu`` of ``/ai/default_resource``."""
    listed = rows(mapping(menu.get("resolution_new")).get("resolution_list"))
    sizes = [one for row in listed if (one := size(row))]
    keyed = dict.fromkeys(BY_NAME, "name") | dict.fromkeys(BY_KEY, "key")
    choices = {
        name: found
        for name, key in keyed.items()
        if (found := _choices(menu.get(name), key))
    }
    if samplers := _samplers(menu.get("sampler_models")):
        choices["samplers"] = samplers
    styles = tuple(choice.key for choice in choices.get("style", ()))
    return Resources(tuple(dict.fromkeys(sizes)), styles, choices)


def _choices(listed: JSON, key_name: str) -> tuple[Choice, ...]:
    found = {
        key: Choice(
            key=key,
            name=text(row.get("name")) or key,
            category=text(row.get("category")),
            picture=text(row.get("url")),
            excludes=text(row.get("choice_key")),
            weight=number(row.get("recommended_weight")),
        )
        for row in rows(listed)
        if (key := text(row.get(key_name)))
    }
    return tuple(found.values())


def _samplers(listed: JSON) -> tuple[Choice, ...]:
    """``sampler_index`` goes on the wire."""
    found = {}
    for row in rows(listed):
        if (index := count(row.get("sampler_index"))) is not None:
            name = text(row.get("sampler_model_name")) or str(index)
            found[index] = Choice(str(index), name)
    return tuple(found.values())


def transparencies(patterns: JSON) -> tuple[tuple[int, str], ...]:
    """Of a model's ``support_patterns``."""
    methods = [
        (code, text(method.get("name")) or str(code))
        for pattern in rows(patterns)
        for method in rows(pattern.get("layer_diffusion_pattern_methods"))
        if (code := count(method.get("method_code"))) is not None
    ]
    return tuple(dict(methods).items())


def style_models(data: Mapping[str, JSON]) -> list[Choice]:
    return [
        Choice(
            key,
            text(row.get("name")) or key,
            picture=text(row.get("sample_image_url")),
            model=text(row.get("model_code")),
        )
        for row in rows(data.get("style_model"))
        if (key := text(row.get("key")))
    ]


def avatar_templates(data: Mapping[str, JSON]) -> list[Choice]:
    """By their themes."""
    return [
        Choice(key, text(row.get("template_name")) or key, text(row.get("theme_name")))
        for row in rows(data.get("template_options"))
        if (key := text(row.get("template_key")))
    ]


#: Our name → path and reader.
LISTS: Mapping[str, tuple[str, Callable[[Mapping[str, JSON]], list[Choice]]]] = {
    "style_models": ("/ai/default_resource_style_model", style_models),
    "avatar_templates": ("/avatar/artwork/default_resource", avatar_templates),
}


def size(row: Mapping[str, JSON]) -> tuple[int, int] | None:
    width, height = count(row.get("width")), count(row.get("height"))
    if not width or not height:
        numbers = re.fullmatch(r"(\d+)\*(\d+)", text(row.get("display_resolution"), 20))
        width, height = map(int, numbers.groups()) if numbers else (0, 0)
    return (width, height) if width and height else None
