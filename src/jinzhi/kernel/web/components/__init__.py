"""The shared components, by family: words, marks (small signs), panels, forms, tables."""
