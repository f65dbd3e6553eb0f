import Synchronization

/// How far a storm was at one time.
struct StormSample: Sendable {
    /// Seconds since the first job was sent.
    var time: Double
    var placed: Int
    var running: Int
    var lost: Int
    var serverMiB: Double
    var journalMiB: Double
}

/// The samples of a run, and what they say.
struct StormProgress: Sendable {
    private(set) var samples = [StormSample(time: 0, placed: 0, running: 0, lost: 0, serverMiB: 0, journalMiB: 0)]
    let total: Int

    init(total: Int) { self.total = total }

    mutating func add(_ sample: StormSample) { samples.append(sample) }

    /// When so many allocations were placed (or running), in seconds, between the two samples around it.
    func time(of count: Int, _ value: (StormSample) -> Int) -> Double? {
        guard let after = samples.firstIndex(where: { value($0) >= count }) else { return nil }
        guard after > 0 else { return samples[after].time }
        let (a, b) = (samples[after - 1], samples[after])
        guard value(b) > value(a) else { return b.time }
        return a.time + (b.time - a.time) * Double(count - value(a)) / Double(value(b) - value(a))
    }

    /// Placements a second between two counts.
    func rate(from: Int, to: Int) -> Double {
        guard let a = time(of: max(from, 1), \.placed), let b = time(of: to, \.placed), b > a else { return 0 }
        return Double(to - from) / (b - a)
    }

    /// A line for each tenth or so of the run: `█` placed, `▒` of them running.
    var chart: [String] {
        let (rows, width) = (20, 50)
        guard let last = samples.last, last.time > 0 else { return [] }
        var lines = ["   time      placed     running   memory  journal"]
        for row in 1...rows {
            let time = last.time * Double(row) / Double(rows)
            guard let sample = samples.last(where: { $0.time <= time + 0.001 }) else { continue }
            let (placed, running) = (bar(sample.placed, width), bar(sample.running, width))
            lines.append(
                padded(tenths(time) + " s", 9) + padded(String(sample.placed), 11)
                    + padded(String(sample.running), 12) + padded(String(Int(sample.serverMiB)) + " M", 9)
                    + padded(String(Int(sample.journalMiB)) + " M", 9) + " |"
                    + String(repeating: "▒", count: running) + String(repeating: "█", count: max(0, placed - running)))
        }
        return lines
    }

    private func bar(_ value: Int, _ width: Int) -> Int { total == 0 ? 0 : min(width, value * width / total) }
}

/// A number with one decimal.
func tenths(_ value: Double) -> String {
    let scaled = Int((value * 10).rounded())
    return "\(scaled / 10).\(abs(scaled % 10))"
}

func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
