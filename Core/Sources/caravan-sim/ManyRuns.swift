import Simulation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Many seeds in several processes: what goes wrong is told with the way to repeat it, digests of the same seed are
/// compared, and a process that stops in the middle is blamed on its seed.
struct ManyRuns {
    let arguments: Arguments

    /// What is known so far.
    private struct Tally {
        var digests: [UInt64: String] = [:]
        var bad: [UInt64: [String]] = [:]
        var runs = 0
        var events = 0
        var entries = 0
    }

    private static let badShown = 20
    private static let progressEvery = 100

    func run() -> Int32 {
        let seeds = arguments.seeds(default: 1)
        let count = max(1, arguments.jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var processes: [ChildProcess] = []
        for number in 0..<count {
            let words = [
                "--worker", "\(number)/\(count)", "--seeds", "\(seeds.count)", "--from", "\(seeds.lowerBound)",
                "--repeat-every", "\(arguments.repeatEvery)",
            ]
            guard let process = ChildProcess(arguments: words) else {
                say("can't start a process: \(String(cString: strerror(errno)))")
                return 1
            }
            processes.append(process)
        }
        var tally = Tally()
        var current: [Int: UInt64] = [:]
        while let (at, line) = ChildProcess.nextLine(of: &processes) {
            take(line.split(separator: " ", maxSplits: 2).map(String.init), at, &current, &tally)
        }
        for (at, process) in processes.enumerated() where process.wait() != 0 {
            guard let seed = current[at] else { continue }
            tally.bad[seed, default: []].append("the process stopped in the middle of the run")
        }
        return report(tally, seeds, processes: count)
    }

    private func take(_ words: [String], _ at: Int, _ current: inout [Int: UInt64], _ tally: inout Tally) {
        guard words.count >= 2, let seed = UInt64(words[1]) else { return }
        switch words[0] {
        case "begin": current[at] = seed
        case "violation": tally.bad[seed, default: []].append(words[2])
        case "end":
            current[at] = nil
            let figures = words[2].split(separator: " ").map(String.init)
            tally.runs += 1
            tally.events += Int(figures[1]) ?? 0
            tally.entries += Int(figures[2]) ?? 0
            if let known = tally.digests[seed], known != figures[0] {
                tally.bad[seed, default: []].append("two processes give two histories: \(known) and \(figures[0])")
            }
            tally.digests[seed] = figures[0]
            if tally.runs % Self.progressEvery == 0 { say("… \(tally.runs) runs") }
        default: break
        }
    }

    private func report(_ tally: Tally, _ seeds: ClosedRange<UInt64>, processes: Int) -> Int32 {
        for (seed, lines) in tally.bad.sorted(by: { $0.key < $1.key }).prefix(Self.badShown) {
            say("seed \(seed) is bad:")
            var seen: Set<String> = []
            for line in lines where seen.insert(line).inserted { say("  \(line)") }
            say("  repeat it with: caravan-sim --seed \(seed) --story; make it smaller with --shrink")
        }
        let figures =
            "\(tally.runs) runs of \(seeds.count) seeds in \(processes) processes, \(tally.events) events, "
            + "\(tally.entries) entries"
        guard tally.bad.isEmpty, tally.digests.count == seeds.count else {
            say("\(tally.bad.count) of \(figures) are bad")
            if arguments.shrinks, let seed = tally.bad.keys.min() {
                let plan = RunPlan(seed: seed)
                if let worst = Simulation(plan).run().violations.first { SingleRun.shrink(plan, worst.rule) }
            }
            return 1
        }
        say("\(figures): all good")
        return 0
    }
}
