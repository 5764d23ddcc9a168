"""What runs inside the graph: steps, plain nodes, the planner's node and the person's.

Where to start reading: `step` is the node a step becomes. It works out how the step is treated now
(`treatment`), and makes a `stage`: the worker and the verifiers of one visit, under its limits.
Then it takes one of four ways:

- `visit`: draw a candidate (`draws`), judge it (`check`), try again, and decide how the visit
  ends. The graph waits meanwhile.
- `speculation`: the same, but the graph goes on as soon as there is an output to go on with.
- `effects`: an irreversible step. Its intent is journaled before the worker starts.
- `bare`: nothing but the worker is to run.

How a visit ends is a value (`ends`), which `landing` writes into the graph: LangGraph's own
writers, edges and routers run only if the step goes on. Whoever has to wait wakes the planner's
node (`hub`). It asks people (`people`), sends steps on their way again with what was decided, and
takes back what was done on refused outputs.

Words that only this layer uses:

- superstep: LangGraph's round of nodes that run at once. Their writes are applied together.
- bet: an output the run has gone on with before its verdicts are in (`bets`). It stands, or it is
  lost. A lost bet cancels what runs, and the hub restores every channel to what it held when the
  bet's superstep began; LangGraph then starts that superstep again.
- token: names a visit among the bets of its graph: path, visit number, place in the fan-out.
- entry: what the graph's private channels keep of a bet or a waiting step, as plain values, so
  that another process can go on with it after a crash (`speculation.adopting`).
- ticket: why the hub sends a step on its way again, and with what.
- deed: the journaled effect of a reversible step. One that was built on a lost bet is undone,
  newest first (`journal`, `undoing`, `speculation.unwinding`); if that fails, a person is asked
  (`stuck`).

`live` is the run itself: one object for a run and the graphs nested in it, passed along in
LangGraph's `configurable`. `calls` is where models and workers are called, paced, metered and
called again.
"""
