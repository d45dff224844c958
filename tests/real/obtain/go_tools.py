"""Programs that `go install` builds: kubeconform, actionlint, VersityGW as the object store of the checks, and
crane, a client of OCI registries made of the library that Flux pulls with.
"""

from harness import places
from obtain.commands import download, run
from obtain.judge import Judge, Missing


def _built(name, program, module, package, version):
    def install():
        download(["go", "install", f"{module}/{package}@{version}"], GOBIN=str(program.parent))

    def proof():
        run([program, "-version" if name == "actionlint" else "-v"])
        # Built by `go install` it does not know its version; what the linker wrote down is exact.
        for line in run(["go", "version", "-m", program]).splitlines():
            if line.split()[:3] == ["mod", module, version]:
                return version
        raise Missing(f"{name} is not {version}")

    return Judge(name, program.parent, install, proof)


KUBECONFORM = _built(
    "kubeconform", places.KUBECONFORM, "github.com/yannh/kubeconform", "cmd/kubeconform",
    places.KUBECONFORM_VERSION,
)
ACTIONLINT = _built(
    "actionlint", places.ACTIONLINT, "github.com/rhysd/actionlint", "cmd/actionlint",
    places.ACTIONLINT_VERSION,
)
VERSITYGW = _built(
    "VersityGW", places.VERSITYGW, "github.com/versity/versitygw", "cmd/versitygw",
    places.VERSITYGW_VERSION,
)
CRANE = _built(
    "crane", places.CRANE, "github.com/google/go-containerregistry", "cmd/crane", places.CRANE_VERSION,
)
