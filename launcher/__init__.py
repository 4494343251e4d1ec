"""Starts, watches and stops the parts of the system on one machine."""
