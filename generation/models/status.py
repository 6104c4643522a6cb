"""A status that moves by compare-and-set: of two workers, one moves the row."""

from typing import Any, ClassVar

from django.db import models


class StatusModel(models.Model):
    #: Compared too.
    GUARDED: ClassVar[tuple[str, ...]] = ()

    status = models.CharField(max_length=10)

    class Meta:
        abstract = True

    def advance(self, to: str, **fields: Any) -> bool:
        """Move from the status read; False: another worker was first."""
        guarded = {name: getattr(self, name) for name in self.GUARDED}
        moved = (
            type(self)
            ._default_manager.filter(pk=self.pk, status=self.status, **guarded)
            .update(status=to, **fields)
        )
        if moved:
            self.status = to
            for name, value in fields.items():
                if not hasattr(value, "resolve_expression"):
                    setattr(self, name, value)
        return bool(moved)
