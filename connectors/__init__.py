"""How the world reaches Rasa, and how what happened is kept."""
