"""The graph algorithms under the rules of coverage: trees, dominators, gates, contraction."""
