"""The programs of the cluster and their command lines, in the order in which they are started."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.instance import Instance


@dataclass(frozen=True, slots=True)
class Program:
    """A supervised program."""

    name: str
    command: tuple[str, ...]


def _flags(**values: object) -> tuple[str, ...]:
    return tuple(f"--{name.replace('_', '-')}={value}" for name, value in values.items())


def programs(instance: Instance, folder: Path) -> tuple[Program, ...]:
    """Return the programs of an instance; `folder` holds the tools."""

    def program(name: str, *arguments: str) -> Program:
        return Program(name, (str(folder / name), *arguments))

    config = instance.config
    return (
        program("etcd", *_etcd(instance)),
        program("kube-apiserver", *_api_server(instance)),
        program("kube-controller-manager", *_controller_manager(instance)),
        program(
            "kube-scheduler",
            *_flags(kubeconfig=config / "scheduler.kubeconfig", leader_elect="false", bind_address="127.0.0.1"),
        ),
        program("containerd", "--config", str(config / "containerd.toml")),
        program(
            "kubelet",
            *_flags(
                config=config / "kubelet.yaml",
                kubeconfig=config / "kubelet.kubeconfig",
                hostname_override=instance.node,
                node_ip=instance.node_address,
                root_dir=instance.state / "kubelet",
                cert_dir=instance.state / "kubelet" / "pki",
            ),
        ),
        program("kube-proxy", *_flags(config=config / "proxy.yaml")),
        program(
            "kube-router",
            *_flags(
                run_firewall="true",
                run_router="false",
                run_service_proxy="false",
                kubeconfig=config / "router.kubeconfig",
                hostname_override=instance.node,
                service_cluster_ip_range=instance.service_network,
                health_port=0,
                metrics_port=0,
                iptables_sync_period="1m",
            ),
        ),
    )


def _etcd(instance: Instance) -> tuple[str, ...]:
    pki = instance.pki
    return _flags(
        name="sandbox",
        data_dir=instance.state / "etcd",
        listen_client_urls="https://127.0.0.1:2379",
        advertise_client_urls="https://127.0.0.1:2379",
        listen_peer_urls="http://127.0.0.1:2380",
        initial_advertise_peer_urls="http://127.0.0.1:2380",
        initial_cluster="sandbox=http://127.0.0.1:2380",
        client_cert_auth="true",
        trusted_ca_file=pki / "etcd-ca.crt",
        cert_file=pki / "etcd-server.crt",
        key_file=pki / "etcd-server.key",
        auto_compaction_mode="periodic",
        auto_compaction_retention="30m",
        quota_backend_bytes=4 << 30,
    )


def _api_server(instance: Instance) -> tuple[str, ...]:
    pki, config = instance.pki, instance.config
    return _flags(
        advertise_address=instance.node_address,
        secure_port=6443,
        service_cluster_ip_range=instance.service_network,
        tls_cert_file=pki / "apiserver.crt",
        tls_private_key_file=pki / "apiserver.key",
        tls_min_version="VersionTLS13",
        client_ca_file=pki / "kubernetes-ca.crt",
        allow_privileged="true",  # who may is for Pod Security to say, namespace by namespace
        anonymous_auth="false",
        authorization_mode="Node,RBAC",
        enable_admission_plugins="NodeRestriction",
        etcd_servers="https://127.0.0.1:2379",
        etcd_cafile=pki / "etcd-ca.crt",
        etcd_certfile=pki / "apiserver-etcd-client.crt",
        etcd_keyfile=pki / "apiserver-etcd-client.key",
        encryption_provider_config=config / "encryption.yaml",
        kubelet_certificate_authority=pki / "kubernetes-ca.crt",
        kubelet_client_certificate=pki / "apiserver-kubelet-client.crt",
        kubelet_client_key=pki / "apiserver-kubelet-client.key",
        kubelet_preferred_address_types="InternalIP",
        service_account_issuer="https://kubernetes.default.svc.cluster.local",
        service_account_key_file=pki / "service-accounts.key",
        service_account_signing_key_file=pki / "service-accounts.key",
        requestheader_client_ca_file=pki / "front-proxy-ca.crt",
        requestheader_allowed_names="front-proxy-client",
        requestheader_extra_headers_prefix="X-Remote-Extra-",
        requestheader_group_headers="X-Remote-Group",
        requestheader_username_headers="X-Remote-User",
        proxy_client_cert_file=pki / "front-proxy-client.crt",
        proxy_client_key_file=pki / "front-proxy-client.key",
        audit_policy_file=config / "audit-policy.yaml",
        audit_log_path=instance.logs / "audit.log",
        audit_log_maxsize=100,
        audit_log_maxbackup=10,
        profiling="false",
    )


def _controller_manager(instance: Instance) -> tuple[str, ...]:
    pki, kubeconfig = instance.pki, instance.config / "controller-manager.kubeconfig"
    return _flags(
        kubeconfig=kubeconfig,
        authentication_kubeconfig=kubeconfig,
        authorization_kubeconfig=kubeconfig,
        bind_address="127.0.0.1",
        leader_elect="false",
        root_ca_file=pki / "kubernetes-ca.crt",
        service_account_private_key_file=pki / "service-accounts.key",
        use_service_account_credentials="true",
        cluster_signing_cert_file=pki / "kubernetes-ca.crt",
        cluster_signing_key_file=pki / "kubernetes-ca.key",
        allocate_node_cidrs="true",
        cluster_cidr=instance.pod_network,
        node_cidr_mask_size=24,
        # The defaults (20 calls a second, 10 namespaces at once) made the deletion of 50 namespaces take 71 s.
        kube_api_qps=500,
        kube_api_burst=1000,
        concurrent_namespace_syncs=50,
        concurrent_resource_quota_syncs=20,
        concurrent_serviceaccount_token_syncs=20,
        profiling="false",
    )
