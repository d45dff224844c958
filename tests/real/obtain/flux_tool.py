"""What Flux itself makes of a Kustomization, built from its own libraries by `flux/main.go`.

The `flux` command cannot be had by name: its module embeds manifests that are not in it.
"""

from harness import places
from obtain.commands import download, run
from obtain.judge import Judge, Missing


def _install():
    # `go.sum` beside the program pins every module by its hash.
    download(
        ["go", "build", "-C", str(places.FLUX_SOURCE), "-trimpath", "-buildvcs=false", "-mod=readonly",
         "-o", str(places.FLUX), "."],
        GOWORK="off", CGO_ENABLED="0",
    )


def _version():
    for line in run(["go", "version", "-m", str(places.FLUX)]).splitlines():
        if line.split()[:2] == ["dep", places.FLUX_MODULE]:
            return line.split()[2]
    raise Missing(f"{places.FLUX} was not built with {places.FLUX_MODULE}")


JUDGE = Judge("Flux", places.FLUX_HOME, _install, _version)
