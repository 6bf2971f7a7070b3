"""People at work on cases: claims, transfers, stand-ins, notes, watches, presence."""
