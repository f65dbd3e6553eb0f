// Server: the shell around ControlPlane.
//
// One bounded mailbox takes commands, one loop steps the control plane, one loop makes entries durable in
// groups and then publishes them: committed snapshots, answers, events. HTTP and node links talk to
// `ClusterServer` only. The room decides nothing about jobs; it owns time, order and durability.
