import Simulation

/// The command line, read.
struct Arguments {
    enum Mode {
        case one(RunPlan)
        case help
        case many
        case play
        case planted(PlantedFault)
        /// Runs its share of the seeds for another process.
        case worker(Int, of: Int)
    }

    struct Refusal: Error {
        var message: String
    }

    var mode = Mode.many
    var first: UInt64 = 1
    var count: UInt64?
    var isTold = false
    var shrinks = false
    /// Processes; nil: as many as there are cores.
    var jobs: Int?
    /// Every so many seeds one is run again in another process.
    var repeatEvery: UInt64 = 1

    static var usage: String {
        """
        usage: caravan-sim --seed N [--story] [--shrink] [parts of the run]
               caravan-sim --seeds N [--from M] [--jobs K] [--repeat-every R] [--shrink]
               caravan-sim --planted FAULT [--seeds N]
               caravan-sim --play < SCENARIO
        parts of a run that --shrink found to be enough:
               --servers N --machines N --strikes 1,2|none --wishes 1,2|none --without loss,delay
        planted faults: \(PlantedFault.allCases.map(\.rawValue).joined(separator: ", "))
        """
    }

    init(_ words: ArraySlice<String>) throws(Refusal) {
        var words = words
        var values: [(name: String, value: String)] = []
        while let name = words.popFirst() {
            switch name {
            case "--help", "-h":
                mode = .help
                return
            case "--story": isTold = true
            case "--shrink": shrinks = true
            case "--play":
                mode = .play
                return
            default:
                guard let value = words.popFirst() else { throw Refusal(message: "\(name) wants a value") }
                values.append((name, value))
            }
        }
        var seed: UInt64?
        var planted: PlantedFault?
        var worker: (Int, Int)?
        for (name, value) in values {
            switch name {
            case "--seed": seed = try Self.number(name, value)
            case "--seeds": count = try Self.number(name, value)
            case "--from": first = try Self.number(name, value)
            case "--jobs": jobs = Int(try Self.number(name, value))
            case "--repeat-every": repeatEvery = try Self.number(name, value)
            case "--planted":
                planted = PlantedFault(rawValue: value)
                if planted == nil { throw Refusal(message: "no fault is called \(value)") }
            case "--worker":
                let parts = value.split(separator: "/").compactMap { Int($0) }
                guard parts.count == 2 else { throw Refusal(message: "--worker wants NUMBER/COUNT") }
                worker = (parts[0], parts[1])
            case "--servers", "--machines", "--strikes", "--wishes", "--without": break
            default: throw Refusal(message: "\(name) is not an option")
            }
        }
        if let seed {
            mode = .one(try Self.plan(RunPlan(seed: seed, planted: planted), values))
        } else if let planted {
            mode = .planted(planted)
        } else if let worker {
            mode = .worker(worker.0, of: worker.1)
        } else if count == nil {
            throw Refusal(message: "say which seeds to run")
        }
    }

    func seeds(default many: UInt64) -> ClosedRange<UInt64> { first...first + max(1, count ?? many) - 1 }

    private static func plan(_ whole: RunPlan, _ values: [(name: String, value: String)]) throws(Refusal) -> RunPlan {
        var plan = whole
        for (name, value) in values {
            switch name {
            case "--servers": plan.keep(servers: Int(max(1, try number(name, value))))
            case "--machines": plan.keep(machines: Int(try number(name, value)))
            case "--strikes": plan.keep(strikes: try list(name, value))
            case "--wishes": plan.keep(wishes: try list(name, value))
            case "--without":
                for fault in value.split(separator: ",") where !plan.leaveOut(fault: String(fault)) {
                    throw Refusal(message: "no kind of fault is called \(fault)")
                }
            default: break
            }
        }
        return plan
    }

    private static func number(_ name: String, _ value: String) throws(Refusal) -> UInt64 {
        guard let number = UInt64(value) else { throw Refusal(message: "\(name) wants a number, not \(value)") }
        return number
    }

    private static func list(_ name: String, _ value: String) throws(Refusal) -> [Int] {
        if value == "none" { return [] }
        var numbers: [Int] = []
        for part in value.split(separator: ",") { numbers.append(Int(try number(name, String(part)))) }
        return numbers
    }
}
