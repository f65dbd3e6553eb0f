// AgentCore: the life of allocations and tasks on a node.
//
// `NodeMachine` holds an `AllocationMachine` per allocation, that a `TaskMachine` per task. Inputs are what
// servers want, what drivers and checks answered, what users ask, and the time; effects are what the shell
// (NodeAgent) has to do. Beside the machines stand the pure rules that need no state: the task's
// environment, the two interpolators, the allocation's status, the texts of task events. `ServerLink` and
// `NodeLocalAPI` are the seams to the servers and to the HTTP layer.
