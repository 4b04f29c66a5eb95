"""The JupyterHub service: runs of all users of a Hub, each shared by its owner."""
