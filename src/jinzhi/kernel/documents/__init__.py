"""Certificates and instruments: issued, drawn, signed, checked by the public. See README.md."""
