"""Quotas as the console script shows them, and requests to change one."""
