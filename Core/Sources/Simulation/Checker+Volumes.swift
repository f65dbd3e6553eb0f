import Base
import Model
import State

extension Checker {
    /// A volume has no more writers, and is on no more nodes, than its users' modes allow; who waits for another's end
    /// does not count beside it.
    mutating func examineClaims(on key: VolumeKey, _ head: State) {
        let claims = head.claims(on: key)
        let users = Dictionary(
            uniqueKeysWithValues: claims.compactMap { head.allocation($0.allocation) }.map { ($0.id, $0) })
        for (at, a) in claims.enumerated() {
            for b in claims[..<at] where !Self.canShare(a, b) {
                guard let one = users[a.allocation], let other = users[b.allocation] else { continue }
                if Self.waits(one, for: other.id, users) || Self.waits(other, for: one.id, users) { continue }
                fail(
                    .volume,
                    "volume \(key.id) has \(one.name) \(one.id.short) and \(other.name) \(other.id.short) at a time")
            }
        }
    }

    private static func canShare(_ a: VolumeClaim, _ b: VolumeClaim) -> Bool {
        let modes = [a, b].map { VolumeAccessMode(rawValue: $0.accessMode) }
        if modes.contains(where: { $0?.isSingleNode ?? true }), a.node != b.node { return false }
        return !(a.writes && b.writes) || modes.allSatisfy { $0?.sharesWriting ?? false }
    }
}
