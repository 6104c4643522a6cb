"""Wujie's side of the wire: ``/wj-open/v1/…`` (contract wujie.md).

Codes are strings, times whole seconds. Comments mark what the contract leaves open and
is assumed. Importing a module registers its endpoints.
"""

from importlib import import_module
from pkgutil import iter_modules

from sandbox.wujie.endpoints import not_found, routes
from sandbox.wujie.results import callback, images_path, images_route

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["callback", "images_path", "images_route", "not_found", "routes"]
