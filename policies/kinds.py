"""The kinds of Kubernetes that rules name: their API group and version, and what the API server calls their resource."""

from typing import Final

# GROUP/Kind: (version, resource). Kinds of the core group have no group before them.
KINDS: Final[dict[str, tuple[str, str]]] = {
    "Pod": ("v1", "pods"),
    "PodTemplate": ("v1", "podtemplates"),
    "ReplicationController": ("v1", "replicationcontrollers"),
    "Service": ("v1", "services"),
    "Endpoints": ("v1", "endpoints"),
    "Node": ("v1", "nodes"),
    "Namespace": ("v1", "namespaces"),
    "PersistentVolume": ("v1", "persistentvolumes"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "Secret": ("v1", "secrets"),
    "ConfigMap": ("v1", "configmaps"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "ResourceQuota": ("v1", "resourcequotas"),
    "LimitRange": ("v1", "limitranges"),
    "Binding": ("v1", "bindings"),
    "admissionregistration.k8s.io/ValidatingAdmissionPolicy": ("v1", "validatingadmissionpolicies"),
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": ("v1", "validatingadmissionpolicybindings"),
    "admissionregistration.k8s.io/MutatingAdmissionPolicy": ("v1", "mutatingadmissionpolicies"),
    "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": ("v1", "mutatingadmissionpolicybindings"),
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": ("v1", "validatingwebhookconfigurations"),
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": ("v1", "mutatingwebhookconfigurations"),
    "apiextensions.k8s.io/CustomResourceDefinition": ("v1", "customresourcedefinitions"),
    "apiregistration.k8s.io/APIService": ("v1", "apiservices"),
    "apps/Deployment": ("v1", "deployments"),
    "apps/StatefulSet": ("v1", "statefulsets"),
    "apps/DaemonSet": ("v1", "daemonsets"),
    "apps/ReplicaSet": ("v1", "replicasets"),
    "batch/Job": ("v1", "jobs"),
    "batch/CronJob": ("v1", "cronjobs"),
    "certificates.k8s.io/CertificateSigningRequest": ("v1", "certificatesigningrequests"),
    "certificates.k8s.io/ClusterTrustBundle": ("v1beta1", "clustertrustbundles"),
    "discovery.k8s.io/EndpointSlice": ("v1", "endpointslices"),
    "networking.k8s.io/Ingress": ("v1", "ingresses"),
    "networking.k8s.io/IngressClass": ("v1", "ingressclasses"),
    "networking.k8s.io/NetworkPolicy": ("v1", "networkpolicies"),
    "gateway.networking.k8s.io/Gateway": ("v1", "gateways"),
    "gateway.networking.k8s.io/GatewayClass": ("v1", "gatewayclasses"),
    "gateway.networking.k8s.io/HTTPRoute": ("v1", "httproutes"),
    "gateway.networking.k8s.io/ReferenceGrant": ("v1beta1", "referencegrants"),
    "rbac.authorization.k8s.io/Role": ("v1", "roles"),
    "rbac.authorization.k8s.io/ClusterRole": ("v1", "clusterroles"),
    "rbac.authorization.k8s.io/RoleBinding": ("v1", "rolebindings"),
    "rbac.authorization.k8s.io/ClusterRoleBinding": ("v1", "clusterrolebindings"),
    "storage.k8s.io/StorageClass": ("v1", "storageclasses"),
    "storage.k8s.io/CSIDriver": ("v1", "csidrivers"),
    "storage.k8s.io/CSINode": ("v1", "csinodes"),
    "storage.k8s.io/VolumeAttachment": ("v1", "volumeattachments"),
}

CLUSTER_WIDE: Final = frozenset(
    {
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "GatewayClass",
        "IngressClass",
        "Namespace",
        "Node",
        "PersistentVolume",
        "StorageClass",
        "VolumeAttachment",
    }
)
"""Kinds of the table that are in no namespace, whatever their metadata say."""

POD_TEMPLATES: Final = (
    "Pod",
    "PodTemplate",
    "ReplicationController",
    "apps/Deployment",
    "apps/StatefulSet",
    "apps/DaemonSet",
    "apps/ReplicaSet",
    "batch/Job",
    "batch/CronJob",
)
"""All kinds that hold pods."""


def split(name: str) -> tuple[str, str]:
    """Return the API group and the kind of GROUP/Kind; the core group is empty."""
    group, _, kind = name.rpartition("/")
    return group, kind


def namespaced(group: str, kind: str) -> bool:
    """Tell whether a kind is known to be in a namespace."""
    alone = kind in CLUSTER_WIDE or group in {"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io"}
    return not alone and (f"{group}/{kind}" if group else kind) in KINDS


def expanded(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds that a rule names, with pod-templates written out, each once."""
    every = [kind for name in names for kind in (POD_TEMPLATES if name == "pod-templates" else (name,))]
    return tuple(dict.fromkeys(every))
