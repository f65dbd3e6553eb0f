// caravan-sim: random runs of a whole cluster in a fake world.
//
//   caravan-sim --seed N [--story]   one run; prints its digest, which is the same in every process
//   caravan-sim --seed N --shrink    a bad run made smaller, and its story
//   caravan-sim --seeds N            many runs, in as many processes as there are cores
//   caravan-sim --play < FILE        a scenario text with its true answers
//   caravan-sim --planted FAULT      a fault of our own making that the checker has to find
//
// The runs themselves are the room Simulation's; here are arguments, processes and printing.
import Simulation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Lines come out as they are made, also into a pipe.
func say(_ line: String) {
    print(line)
    fflush(nil)
}

let arguments: Arguments
do {
    arguments = try Arguments(CommandLine.arguments.dropFirst())
} catch {
    say("caravan-sim: \(error.message)")
    say(Arguments.usage)
    exit(2)
}

switch arguments.mode {
case .one(let plan): exit(SingleRun(plan: plan, arguments: arguments).run())
case .planted(let fault): exit(PlantedRuns(fault: fault, seeds: arguments.seeds(default: 40)).run())
case .worker(let number, let count): WorkerProcess(arguments: arguments, number: number, count: count).run()
case .play:
    var lines: [String] = []
    while let line = readLine() { lines.append(line) }
    say(Scenario.play(lines.joined(separator: "\n")))
case .help: say(Arguments.usage)
case .many: exit(ManyRuns(arguments: arguments).run())
}
