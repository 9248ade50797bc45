"""A real one-node Kubernetes cluster on this machine, one per instance."""
