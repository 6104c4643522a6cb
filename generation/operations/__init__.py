"""The operations, discovered in the modules of this package."""

from importlib import import_module
from pkgutil import iter_modules

from generation.operations.base import Operation

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def _declared(kind: type[Operation]) -> list[type[Operation]]:
    """Subclasses without a slug of their own are abstract."""
    found = [each for below in kind.__subclasses__() for each in _declared(below)]
    return [kind, *found] if "slug" in vars(kind) else found


OPERATIONS: dict[str, Operation] = {
    kind.slug: kind()
    for kind in sorted(_declared(Operation), key=lambda kind: (kind.place, kind.slug))
}
TRAININGS = [slug for slug, operation in OPERATIONS.items() if operation.trains_avatar]
