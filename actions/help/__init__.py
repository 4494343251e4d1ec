"""Help that knows the business: which of the operator's help texts answers a question, if any does."""
