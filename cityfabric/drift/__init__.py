"""What the cluster has that was not declared, or has no more: found, explained from the audit log, and put back."""
