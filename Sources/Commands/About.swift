// Commands: the command line and the agent's wiring.
//
// The way of a command line: arguments → `CommandTable` finds the `Command` → `FlagParser` reads its flags →
// the command's `run` asks the agent through `CaravanClient` and prints layouts built in pure functions.
// Help texts, validation and shell completion all come from the same table. The table is our own, since users'
// scripts write flags the way Go programs take them (`-detach`, `-n=3`, flags before arguments), which
// swift-argument-parser reads as bundles of short options.
