"""The embedded default: the tools built from pins, and a real one-node cluster. Only cityfabric knows that it exists."""
