from django.db import migrations

from spend import triggers


class Migration(migrations.Migration):

    dependencies = [("spend", "0001_initial")]

    operations = [migrations.RunPython(triggers.install, triggers.remove)]
