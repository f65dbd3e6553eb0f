// State: what the cluster knows, and the only way it changes.
//
// `State` is a value made of persistent maps: copying it is a snapshot and costs nothing. `Entry` is a
// group of changes with one log index and one time; `State.apply` is the pure function from a state and
// an entry to the next state. Leader and followers apply the same entries and so have equal states
// (`State.digest`). The state does not know who wanted a change or why it is right: deciding is
// ControlPlane's and Scheduling's work.
