"""The outside world on this machine: the business's internal API and Twilio, for development and tests."""
