//! Which objects belong to the whole cluster and to no namespace.

/// The kinds of Kubernetes 1.33 to 1.37 whose resources are not namespaced (`kubectl api-resources
/// --namespaced=false`), and of the operators that Spark's platforms use.
const OF_THE_CLUSTER: [&str; 36] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterExternalSecret",
    "ClusterIssuer",
    "ClusterQueue",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterSecretStore",
    "ClusterTrustBundle",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IPAddress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "Project",
    "ResourceFlavor",
    "ResourceSlice",
    "RuntimeClass",
    "SecurityContextConstraints",
    "ServiceCIDR",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Whether objects of a kind belong to the whole cluster.
pub fn is_of_the_cluster(kind: &str) -> bool {
    OF_THE_CLUSTER.binary_search(&kind).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_can_be_searched() {
        assert!(OF_THE_CLUSTER.is_sorted());
        assert!(is_of_the_cluster("ClusterRole") && !is_of_the_cluster("Role"));
    }
}
