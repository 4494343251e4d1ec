"""Rewording the templates with a language model, without letting it change a fact."""
