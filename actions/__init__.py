"""What the assistant does: one module an intent, and what they share. Runs in the action server, without Rasa."""
