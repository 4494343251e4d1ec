"""How the world reaches Rasa, and how what happened is kept."""

__version__ = "0.1.0"
