"""Alerts for critical errors: what is wrong is looked for, and told once to a Slack-compatible webhook."""

from connectors.alerts.notifier import send_test

__all__ = ["send_test"]
