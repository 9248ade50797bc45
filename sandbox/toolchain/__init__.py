"""The tools that the sandbox and the engine need: built from pins into a cache, or taken from PATH where they fit."""
