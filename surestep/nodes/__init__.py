"""What runs inside the graph: steps, plain nodes, the planner's node and the person's."""
