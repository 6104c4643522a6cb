from django.db import migrations

from log import append_only


class Migration(migrations.Migration):

    dependencies = [("moderation", "0001_initial")]

    operations = [append_only.guard("moderation.Decision", "moderation.Reveal", "moderation.LeaseEvent")]
