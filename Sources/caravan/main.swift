import Commands
import Glibc

// A closed pipe is an end of output, not the end of the program.
signal(SIGPIPE, SIG_IGN)

let program = Program(
    name: ProgramName(CommandLine.arguments.first ?? "caravan"), environment: ProcessEnvironment.read(),
    console: .process())
exit(await program.run(Array(CommandLine.arguments.dropFirst())))
