"""Where the machine has a Python of a certain minor version: on the path, or among pyenv's.

Only the standard library: `install.py` reads this before there is anything else.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path


def find(minor):
    """The program; pyenv's stand-ins on the path only work for versions that it has been told to use."""
    on_path = shutil.which(f"python{minor}")
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for program in [on_path, *sorted(root.glob(f"versions/{minor}.*/bin/python{minor}"))]:
        if program and _runs(program):
            return Path(program)
    raise FileNotFoundError(
        f"no Python {minor}, which the image of Spark has: `pyenv install {minor}` makes one"
    )


def of_image(spark):
    """The minor version of Python that the image of a Spark has, such as `3.10`."""
    return re.search(r'^python:\n  image: "([0-9.]+)"$', spark.facts.read_text(), re.MULTILINE)[1]


def _runs(program):
    try:
        return not subprocess.run([program, "--version"], capture_output=True, timeout=60).returncode
    except OSError:
        return False
