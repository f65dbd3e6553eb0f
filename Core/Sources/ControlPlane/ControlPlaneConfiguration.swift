public import Base
public import Model

/// What a leader may be told to do differently. Defaults are the documented ones.
public struct ControlPlaneConfiguration: Hashable, Sendable {
    /// Shortest time between two heartbeats of a node.
    public var heartbeatTTLMin = TimeSpan.seconds(10)
    /// How long a node may be late before it counts as down.
    public var heartbeatGrace = TimeSpan.seconds(10)
    /// Heartbeats of all nodes together; more nodes beat less often.
    public var heartbeatsPerSecondMax = 50
    /// What nodes get after a new leader started, since nobody knows when they beat last.
    public var failoverHeartbeatTTL = TimeSpan.minutes(5)

    /// Evaluations scheduled in one step at most.
    public var evaluationsPerStep = 64
    /// A step stops scheduling after this many allocations were placed or stopped.
    public var allocationsPerStep = 2000
    /// Evaluations that may wait (ready, delayed or blocked); commands that make more are refused with 429, unless
    /// their job can be placed at once.
    public var evaluationsWaitingMax = 50_000
    /// Evaluations that may wait for their turn to be scheduled; commands that make more are refused with 429.
    public var evaluationsReadyMax = 4096
    /// Reports of a node in one message.
    public var updatesPerCommandMax = 10_000
    /// Instances that one group may ask for.
    public var groupCountMax = 1_000_000

    /// Jobs and evaluations ask for at most this.
    public var jobPriorityMax = 100
    /// What a job has that asks for priority 0.
    public var jobDefaultPriority = 50
    /// Instances that all groups of a job may ask for together; 0: as many as each of them may.
    public var jobCountMax = 50_000
    /// What a new cluster's scheduler configuration is; later it is what operators set.
    public var schedulerConfiguration = SchedulerConfiguration()
    /// Bytes of a dispatched job's payload.
    public var payloadBytesMax = 16384

    /// Least time between two evaluations that a deployment makes.
    public var deploymentStep = TimeSpan.seconds(1)
    /// How often a first deployment that has everything placed is looked at while it waits for health.
    public var deploymentPlacedStep = TimeSpan.seconds(5)
    /// How often a draining node is looked at when nothing reported a change.
    public var drainStep = TimeSpan.seconds(1)
    /// A failed evaluation is tried again after this time…
    public var followUpDelay = TimeSpan.minutes(1)
    /// …plus a random time up to this.
    public var followUpJitter = TimeSpan.minutes(5)

    /// How often garbage is collected.
    public var collectionInterval = TimeSpan.minutes(5)
    public var evaluationThreshold = TimeSpan.hours(1)
    public var batchEvaluationThreshold = TimeSpan.hours(24)
    public var jobThreshold = TimeSpan.hours(4)
    public var deploymentThreshold = TimeSpan.hours(1)
    public var nodeThreshold = TimeSpan.hours(24)
    /// Deletions in one log entry.
    public var deletionsPerEntry = 2000

    /// Versions of one job that may have names, which keeps them.
    public var versionTagsMax = 64

    /// Time zones that periodic jobs may name. `UTC` is always known.
    public var timeZones = TimeZoneDatabase()

    public init() {}
}
