"""Models and preset resources of the sandbox.

Field names are documented (contract §7.5). Entries are made up, except: model 1 with
the names of seed 003's sample (鸟山明, 赛博朋克, 超现实照片, 星空法, 晨辉,
肤若凝脂), 127 for 4K (contract §7.3), 700 to 703 for transparency (§7.4).
"""

from dataclasses import dataclass
from urllib.parse import quote

from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, endpoint

MIDJOURNEY = 7


@dataclass(frozen=True, slots=True)
class Model:
    code: int
    type: int
    version: str
    description: str
    cut_diffusion: bool = False
    layers: bool = False


MODELS = {
    model.code: model
    for model in (
        Model(1, 1, "通用 1.0", "沙盒通用模型"),
        Model(3, 3, "漫画 1.0", "沙盒漫画模型"),
        Model(4, 1, "通用 2.0", "沙盒通用模型，支持局部重绘"),
        Model(127, 1, "通用XL 4K", "沙盒4K模型", cut_diffusion=True),
        Model(150, 1, "Flux 1.0", "沙盒Flux模型"),
        Model(200, 4, "风格 1.0", "沙盒风格模型"),
        Model(500, MIDJOURNEY, "MJ 6", "沙盒Midjourney模型，一次四张"),
        Model(700, 1, "通用XL", "透明图", layers=True),
        Model(701, 1, "MJXL", "透明图", layers=True),
        Model(702, 1, "产品美学", "透明图", layers=True),
        Model(703, 1, "人像XL", "透明图", layers=True),
    )
}
STYLES = ("赛博朋克", "水彩", "国风", "油画", "像素艺术", "蒸汽波", "浮世绘")
IMAGE_TYPES = ("超现实照片", "插画", "海报", "产品摄影", "素描")
ARTISTS = ("鸟山明", "莫奈", "葛饰北斋", "穆夏", "梵高")
ELEMENTS = {"EM01": "星空法", "EM02": "流光", "EM03": "浮空岛"}
DECORATIONS = {"SD01": "金箔", "SD02": "霓虹"}
CHARACTERS = {"CH01": "旅人", "CH02": "机械师"}
FUSIONS = {"MF01": "晨辉", "MF02": "水墨"}
STYLE_MODELS = {"SM01": ("肤若凝脂", 1), "SM02": ("胶片", 1), "SM03": ("黏土", 4)}
SAMPLERS = ("Euler a", "Euler", "DPM++ 2M Karras", "DDIM")
_SIZES = ((1024, 1024), (768, 1024), (1024, 768), (576, 1024), (1024, 576))
_PATTERNS = {5: "CANNY", 6: "OPENPOSE", 7: "DEPTH", 8: "HED", 9: "MLSD"}


def models() -> list[Json]:
    return [
        {
            "type": model.type,
            "model_code": model.code,
            "model_version": model.version,
            "model_desc": model.description,
            "controlnet_support": "false" if model.type == MIDJOURNEY else "true",
            "support_cutdiffusion": model.cut_diffusion,
            "support_patterns": _support_patterns(model),
        }
        for model in MODELS.values()
    ]


def _support_patterns(model: Model) -> list[Json]:
    methods = [{"method_code": 1, "name": "前景"}, {"method_code": 2, "name": "混合"}]
    codes = [0] + ([14] if model.layers else [])
    return [
        {
            "pattern_code": code,
            "layer_diffusion_pattern_methods": methods if code == 14 else [],
        }
        for code in codes
    ]


def style_models(base: str) -> Json:
    return {
        "style_model": [
            {
                "key": key,
                "name": name,
                "model_code": code,
                "sample_image_url": _sample(base, name),
            }
            for key, (name, code) in STYLE_MODELS.items()
        ]
    }


def resources(model: Model, base: str) -> Json:
    """One model's ``data`` of ``/ai/default_resource``."""
    return {
        "create_option_menu": {
            "image_type": [_named(name, "类型", base) for name in IMAGE_TYPES],
            "style": [_named(name, "风格", base) for name in STYLES],
            "artist": [_named(name, "艺术家", base) for name in ARTISTS],
            "element_magic": _choices(ELEMENTS),
            "style_decoration": _choices(DECORATIONS),
            "character": _weighted(CHARACTERS, model),
            "model_fusion": _weighted(FUSIONS, model),
            "patterns": [
                {"name": name, "layer_diffusion_params": []}
                for name in _PATTERNS.values()
            ],
            "prompt_tips": [{"name": "高清"}, {"name": "电影感"}],
            "sampler_models": [
                {"sampler_model_name": name, "sampler_index": index}
                for index, name in enumerate(SAMPLERS)
            ],
            "resolution": [],
            "resolution_new": {
                "resolution_key": "normal",
                "resolution_list": [
                    _resolution(width, height, base) for width, height in _SIZES
                ],
            },
        }
    }


def _resolution(width: int, height: int, base: str) -> Json:
    shape = "方图" if width == height else "竖图" if width < height else "横图"
    return {
        "width": width,
        "height": height,
        "display_resolution": f"{width}*{height}",
        "size_ratio": shape,
        # Ints, floats and strings on the wire (contract §7.5).
        "super_size_multiple": [1, 1.5, 2],
        "prefine_multiples": ["1", "1.5"],
        "url": _sample(base, shape),
    }


def _named(name: str, category: str, base: str) -> Json:
    return {"name": name, "url": _sample(base, name), "category": category}


def _choices(entries: dict[str, str]) -> list[Json]:
    return [
        {"key": key, "name": name, "choice_key": key[:2]}
        for key, name in entries.items()
    ]


def _weighted(entries: dict[str, str], model: Model) -> list[Json]:
    return [
        {
            "key": key,
            "name": name,
            "category": "沙盒",
            "recommended_weight": 0.6,
            "support_model_versions": [model.version],
        }
        for key, name in entries.items()
    ]


def _sample(base: str, name: str) -> str:
    return f"{base}/cdn/samples/{quote(name)}.jpg"


def model_of(code: str) -> Model:
    model = MODELS.get(int(code)) if code.isdecimal() else None
    if model is None:
        raise Refused(BAD_PARAMETER, "非法参数：model")
    return model


@endpoint("GET", "/ai/model_base_infos", "model_base_infos")
def model_base_infos(sandbox: Sandbox, account: str, request: Request) -> list[Json]:
    return models()


@endpoint("GET", "/ai/default_resource", "default_resource")
def default_resource(sandbox: Sandbox, account: str, request: Request) -> Json:
    return resources(model_of(request.first("model")), request.base_url)


@endpoint("GET", "/ai/default_resource_style_model", "default_resource_style_model")
def default_resource_style_model(
    sandbox: Sandbox, account: str, request: Request
) -> Json:
    return style_models(request.base_url)
