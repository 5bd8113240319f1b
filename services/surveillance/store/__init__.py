"""Every SQL statement of surveillance."""
