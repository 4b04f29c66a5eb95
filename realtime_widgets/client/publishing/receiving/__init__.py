"""Replies of users to a run: answers, stops and messages."""
