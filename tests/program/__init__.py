"""What scripts do, and where their calls go: the specification of codemod.program."""
