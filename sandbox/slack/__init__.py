"""Slack's incoming webhooks, as far as alerts need them."""

from sandbox.slack.webhook_api import install

__all__ = ["install"]
