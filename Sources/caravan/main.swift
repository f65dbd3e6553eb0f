// caravan: the thin executable. It hands its arguments to Commands and exits with the status that comes back.
//
// Everything that can be tested lives in Commands; what stands here knows the process and nothing else:
// neither commands nor the cluster.

import Commands
import Glibc

// A closed pipe is an end of output, not the end of the program.
signal(SIGPIPE, SIG_IGN)

let program = Program(
    name: ProgramName(CommandLine.arguments.first ?? "caravan"), environment: ProcessEnvironment.read(),
    console: .process())
exit(await program.run(Array(CommandLine.arguments.dropFirst())))
