"""Webhooks: requests to other servers when a run ends, fails, is lost or needs input."""
