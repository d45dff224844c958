//! What lets Argo CD run sparkctl itself: a plugin, its sidecar and its image.

/// The files, by path.
const FILES: [(&str, &str); 5] = [
    ("Dockerfile", include_str!("../../../gitops/argocd/plugin/Dockerfile")),
    ("kustomization.yaml", include_str!("../../../gitops/argocd/plugin/kustomization.yaml")),
    ("plugin.yaml", include_str!("../../../gitops/argocd/plugin/plugin.yaml")),
    ("repo-server.yaml", include_str!("../../../gitops/argocd/plugin/repo-server.yaml")),
    ("sparkctl-generate", include_str!("../../../gitops/argocd/plugin/sparkctl-generate")),
];

/// What goes below `gitops/argocd-plugin/` of the output directory, by path. The image is that of this
/// sparkctl's version, so that the plugin renders what a person does.
pub fn plugin_files() -> Vec<(String, String)> {
    let version = env!("CARGO_PKG_VERSION");
    FILES.iter().map(|(path, text)| ((*path).to_owned(), text.replace("VERSION", version))).collect()
}
