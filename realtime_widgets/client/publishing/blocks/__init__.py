"""What nests in a run: steps, tools, calls of models, messages and loops."""
