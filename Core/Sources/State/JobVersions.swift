import Model

/// Finds the job versions that allocations name.
struct JobVersions {
    typealias Name = JobVersionName

    private let state: State
    private var added: [Name: SharedJob] = [:]

    init(_ state: State) { self.state = state }

    mutating func add(_ job: SharedJob) { added[Name(job.job)] = job }

    /// The version as it is kept; else, since a job forgets old versions, as an allocation runs it.
    func find(_ name: Name, of allocation: AllocationID) -> SharedJob? {
        if let job = added[name] { return job }
        if let job = state.version(name.version, of: name.key), Name(job.job) == name { return job }
        if let job = state.allocation(allocation)?.job, Name(job.job) == name { return job }
        return state.allocations(ofJob: name.key).first { Name($0.job.job) == name }?.job
    }
}
