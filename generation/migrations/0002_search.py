from django.db import migrations

from generation.search.generations import INDEX


class Migration(migrations.Migration):

    dependencies = [("generation", "0001_initial")]

    operations = [migrations.RunPython(INDEX.install, INDEX.remove)]
