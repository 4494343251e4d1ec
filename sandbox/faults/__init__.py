"""How the outside world misbehaves, on demand: the faults, and what the internal API suffers of them."""
