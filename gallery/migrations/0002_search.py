from django.db import migrations

from gallery.entries import INDEX


class Migration(migrations.Migration):

    dependencies = [("gallery", "0001_initial")]

    operations = [migrations.RunPython(INDEX.install, INDEX.remove)]
