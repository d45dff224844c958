"""How each judge comes to this machine; `install.py` runs them in the order of `JUDGES`.

Only the standard library: there is nothing else yet when these run.
"""

from obtain import (
    debian,
    flux_tool,
    go_tools,
    kubectl_helm,
    kubernetes_schemas,
    maven,
    notebook,
    python_tools,
    sarif_schema,
    spark,
    workflow_linters,
)

JUDGES = (
    python_tools.JUDGE,
    kubectl_helm.JUDGE,
    go_tools.KUBECONFORM,
    flux_tool.JUDGE,
    # Made from what the Python environment holds.
    kubernetes_schemas.JUDGE,
    sarif_schema.JUDGE,
    go_tools.ACTIONLINT,
    workflow_linters.JUDGE,
    *spark.JUDGES,
    maven.JUDGE,
    notebook.JUDGE,
    go_tools.VERSITYGW,
    go_tools.CRANE,
    *debian.JUDGES,
)
