"""The face: design system, shells, components, scripts, portal home, style guide and error pages."""
