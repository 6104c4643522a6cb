from django.db import migrations

from log import append_only


class Migration(migrations.Migration):

    dependencies = [("log", "0001_initial")]

    operations = [append_only.guard("log.Entry", "log.Change")]
