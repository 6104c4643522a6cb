"""What pages call Jumdata's fields: seed 002."""

from django.utils.translation import gettext_lazy as _

from gateways.providers.task_fields import Field, Vocabulary

VOCABULARY = Vocabulary(
    gateway=_("Jumdata"),
    # Without a time zone: shown as written.
    fields={"createTime": Field(_("Created, by the gateway's clock"))},
    technical=("createTime",),
)
