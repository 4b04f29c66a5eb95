"""What `Sprint` publishes, from the call to the link."""
