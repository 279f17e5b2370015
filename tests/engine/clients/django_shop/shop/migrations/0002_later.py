from django.db import migrations, models


def first_customer(apps, _editor):
    apps.get_model("shop", "Customer").objects.create(name="Ada", email="ada@example.org")


class Migration(migrations.Migration):
    dependencies = (("shop", "0001_initial"),)
    operations = (
        migrations.AddField("customer", "phone", models.CharField(max_length=30, null=True)),
        migrations.RemoveField("customer", "nickname"),
        migrations.AddIndex("customer", models.Index(fields=["name"], name="customer_by_name")),
        # While indexes are being built, a transaction may be told that the schema has changed (40001, OC001).
        migrations.RunPython(first_customer, migrations.RunPython.noop, atomic=False),
        migrations.AddConstraint(
            "order", models.CheckConstraint(condition=models.Q(total__gte=0), name="total_is_not_negative")
        ),
    )
