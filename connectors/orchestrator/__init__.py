"""The admin API: what an operator sees of the assistant, and does with it, over HTTP."""
