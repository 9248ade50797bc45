"""The city as frozen data: pure pydantic, no Pulumi, no Ansible, no Kubernetes."""
