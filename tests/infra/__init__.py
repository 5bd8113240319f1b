"""The local network, its configuration and its sentences."""
