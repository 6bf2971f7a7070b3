"""What follows from a definition (定义的产物): diagram, tables, schemas, guide, differences, a trial on real cases. Nothing is written twice."""
