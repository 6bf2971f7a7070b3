"""The officers' workbench: queues, cases and acts, drawn from process definitions; modules hook in through ``kernel.workbench``."""
