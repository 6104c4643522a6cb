from django.db import migrations

from log import append_only


class Migration(migrations.Migration):

    dependencies = [("labels", "0001_initial")]

    operations = [append_only.guard("labels.Label", "labels.Agreement", "labels.Export")]
