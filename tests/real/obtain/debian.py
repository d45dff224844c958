"""What the machine's own Debian packages hold: PostgreSQL, nginx and an OCI registry, in whatever
version it has.

Installed only if they are missing. Nothing is started: RUNLEVEL=1 keeps a package from running the
service that it brings; the checks run their own, on loopback, in a directory of theirs.
"""

from harness import debian_programs
from obtain.commands import download, run
from obtain.judge import Judge, Missing


def _packaged(name, package, find, version):
    def install():
        download(["apt-get", "update", "--quiet"])
        download(
            ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package],
            RUNLEVEL="1", DEBIAN_FRONTEND="noninteractive",
        )

    def proof():
        try:
            return run([find(), *version])
        except FileNotFoundError as error:
            raise Missing(f"{error}; the Debian package `{package}` holds it") from error

    return Judge(name, None, install, proof)


JUDGES = (
    _packaged("PostgreSQL", "postgresql", lambda: debian_programs.postgresql("postgres"), ["--version"]),
    _packaged("nginx", "nginx", debian_programs.nginx, ["-v"]),
    _packaged("docker-registry", "docker-registry", debian_programs.registry, ["--version"]),
)
