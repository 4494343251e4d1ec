"""The conversation log: one row a turn, without personal data, written beside the conversation."""
