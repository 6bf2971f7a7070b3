"""The enterprise's side of declarations (企业端): its home, the wizard, the page of a case."""
