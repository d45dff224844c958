"""The packages of JupyterLab by the lock that is rendered, for the Python that Spark's image has."""

from harness import places, pythons
from obtain.commands import download
from obtain.judge import Judge, Missing


def _install():
    try:
        python = pythons.find(pythons.of_image(places.NOTEBOOK_SPARK))
    except FileNotFoundError as error:
        raise Missing(str(error)) from error
    download([
        python, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
        "--dest", places.NOTEBOOK_HOME, "--requirement", places.NOTEBOOK_LOCK,
    ])


def _version():
    wanted = sum("==" in line for line in places.NOTEBOOK_LOCK.read_text().splitlines())
    found = len(list(places.NOTEBOOK_HOME.glob("*.whl")))
    if found != wanted:
        raise Missing(f"{found} wheels for {wanted} lines of the lock")
    return f"{found} wheels for Spark {places.NOTEBOOK_SPARK.minor}"


JUDGE = Judge("JupyterLab", places.NOTEBOOK_HOME, _install, _version)
