"""What every test needs."""

from __future__ import annotations

import os

# Rasa pins SQLAlchemy 1.4, whose notice about 2.0 says nothing about this project.
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
