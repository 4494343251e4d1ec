"""One module an intent: its form, and what is done once the form is complete."""
