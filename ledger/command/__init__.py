"""The `sceau` command: one module a command, each thin over a use case."""
