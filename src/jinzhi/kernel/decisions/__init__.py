"""Decision tables: loaded, proved, evaluated in batches, every answer with its reason."""

from jinzhi.kernel.decisions.tables import BadFacts, BadTable, DecisionTable, Fault, Outcome

__all__ = ["BadFacts", "BadTable", "DecisionTable", "Fault", "Outcome"]
