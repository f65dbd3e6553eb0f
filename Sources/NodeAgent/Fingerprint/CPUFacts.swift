/// What the machine's processors are.
struct CPUFacts: Hashable, Sendable {
    var architecture: String
    var modelName: String
    var cores: Int
    /// MHz of one core at its highest usual frequency; 0 if nothing tells.
    var frequency: Int

    /// MHz of the whole machine.
    var totalCompute: Int { cores * frequency }

    /// When nothing tells the frequency, a core counts as this many MHz, so that jobs can be placed at all.
    static let frequencyDefault = 1000

    /// `maximum` holds the texts of `cpufreq/cpuinfo_max_freq` (kHz), one per core, as far as they exist.
    init(architecture: String, cpuinfo: String, maximum: [String], online: Int) {
        self.architecture = architecture == "x86_64" ? "amd64" : architecture == "aarch64" ? "arm64" : architecture
        var model = ""
        var megahertz: [Double] = []
        var processors = 0
        for line in cpuinfo.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " }
            switch parts[0].prefix(while: { $0 != "\t" }) {
            case "processor": processors += 1
            case "model name" where model.isEmpty: model = String(value)
            case "cpu MHz": if let number = Double(value) { megahertz.append(number) }
            default: break
            }
        }
        modelName = model
        cores = max(1, online > 0 ? online : processors)
        let kilohertz = maximum.compactMap { Int($0.filter(\.isNumber)) }.max() ?? 0
        if kilohertz > 0 {
            frequency = kilohertz / 1000
        } else if let highest = megahertz.max(), highest >= 1 {
            frequency = Int(highest.rounded())
        } else {
            frequency = Self.frequencyDefault
        }
    }
}
