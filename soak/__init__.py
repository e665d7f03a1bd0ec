"""The register as it runs in production, on this machine's loopback, to be broken and loaded on purpose."""
