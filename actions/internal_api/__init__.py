"""The business system, as its contract (contract/internal_api.yaml) describes it."""
