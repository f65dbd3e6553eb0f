// Scheduling: a pure function from an evaluation and a snapshot to a plan.
//
// Reconciling says what should change for a job (place, stop, update in place, replace, migrate); placement
// finds the best node for each instance among all feasible ones; a plan carries both with the explanation.
// The room does not know queues, leaders or time beyond the instant that is handed in.
