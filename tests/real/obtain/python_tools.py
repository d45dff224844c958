"""The Python that the checks run in, with the judges that are written in it."""

import venv

from harness import places
from obtain.commands import download, run
from obtain.judge import Judge


def _install():
    venv.create(places.PYTHON_HOME, with_pip=True, symlinks=True)
    pip = [places.PYTHON, "-m", "pip"]
    download([*pip, "install", "--quiet", "--no-deps", "-r", places.REQUIREMENTS])


def _version():
    return run([
        places.PYTHON, "-c",
        "import kubernetes_validate, yaml; yaml.CSafeLoader;"
        "print('kubernetes-validate', kubernetes_validate.__version__, 'and PyYAML', yaml.__version__)",
    ])


JUDGE = Judge("kubernetes-validate, PyYAML", places.PYTHON_HOME, _install, _version)
