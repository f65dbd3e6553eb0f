// ControlPlane: what a leader does, as one state machine.
//
// `step(input, now) -> Effects`. Inputs are commands of API clients, messages of nodes and ticks of the
// clock; effects are entries for the journal, answers that may be given once an entry is durable, and the
// time of the next tick. One step runs to its end before the next begins, so there are no conflicts to
// resolve: every evaluation is scheduled against the newest state. The room performs nothing itself.
