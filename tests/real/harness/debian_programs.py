"""Where Debian keeps programs that are not on everybody's path."""

import shutil
from pathlib import Path


def postgresql(program):
    """A program of the newest PostgreSQL that is installed."""
    found = list(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    if not found:
        raise FileNotFoundError(f"PostgreSQL's {program} is not installed")
    return max(found, key=lambda path: int(path.parent.parent.name))


def nginx():
    """nginx; Debian keeps it in /usr/sbin."""
    if found := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"):
        return found
    raise FileNotFoundError("nginx is not installed")


def registry():
    """CNCF's Distribution, which Debian calls docker-registry."""
    if found := shutil.which("docker-registry"):
        return found
    raise FileNotFoundError("docker-registry is not installed")
