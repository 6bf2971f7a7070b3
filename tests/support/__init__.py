"""What the tests stand on: throw-away databases and platforms of real processes."""
