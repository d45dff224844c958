"""What External Secrets would bring: a value for each Secret that the pods of a bundle ask for."""

from harness import stores
from harness.pods import pods

TOKEN = "test-token"
VALUES = {
    "AWS_ACCESS_KEY_ID": stores.ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": stores.SECRET_KEY,
    "CONNECT_TOKEN": TOKEN,
    "SPARK_CONNECT_AUTHENTICATE_TOKEN": TOKEN,
    "_SPARK_AUTH_SECRET": "test-authentication-secret",
    "METASTORE_DATABASE_PASSWORD": stores.PASSWORD,
    "JUPYTER_TOKEN": "test-notebook-token",
}


def of(bundle):
    """{(Secret, key): value} for the variables above; a variable of another name gets nothing."""
    return {
        (wanted["name"], wanted["key"]): VALUES[entry["name"]]
        for pod in pods(bundle)
        for field in ("initContainers", "containers")
        for spec in pod.spec.get(field, [])
        for entry in spec.get("env", [])
        if (wanted := entry.get("valueFrom", {}).get("secretKeyRef")) and entry["name"] in VALUES
    }
