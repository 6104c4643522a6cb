from django.db import migrations

from log import append_only
from spend import triggers


class Migration(migrations.Migration):

    dependencies = [("spend", "0001_initial")]

    operations = [
        migrations.RunPython(triggers.install, triggers.remove),
        append_only.guard("spend.Transfer", "spend.ClosedMonth"),
    ]
