// NodeAgent: performs on a machine what AgentCore's machines ask.
//
//   Run/          the agent's loop, starting and watching tasks, checks, the session with the servers
//   Files/        directories of allocations, the agent's own SQLite file, file system calls
//   Fingerprint/  what the machine is and has
//   Local/        NodeLocalAPI: files, logs, statistics, commands in tasks
