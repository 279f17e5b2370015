"""A Django project on Aurora DSQL; the environment says where that is.

AWS's backend makes an IAM token from any credentials it finds. It wants a host named as AWS names them: ``hostaddr``
says where that is, ``region`` what its name does not tell. Against a real cluster both lines go.
"""

import os

DATABASES = {
    "default": {
        "ENGINE": "aurora_dsql_django",
        "HOST": "local.dsql.localhost",
        "PORT": os.environ["PGPORT"],
        "USER": "admin",
        "NAME": os.environ["PGDATABASE"],
        "OPTIONS": {
            "hostaddr": "127.0.0.1",
            "region": "us-east-1",
            "sslmode": "verify-full",
            "sslrootcert": os.environ["PGSSLROOTCERT"],
        },
    }
}
INSTALLED_APPS = ["shop", "django.contrib.sessions", *os.environ.get("MORE_APPS", "").split()]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SECRET_KEY = "not a secret"
