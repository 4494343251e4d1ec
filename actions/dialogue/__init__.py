"""What every action shares: the turn it answers, its forms, and what it says when something fails."""
