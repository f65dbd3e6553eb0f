// NodeLink: the conversation between servers and nodes.
//
// `NodeGateway` is the servers' side of it: who may speak for a node, what a node is told. `LocalLink` is the
// nodes' side in the same process; `RemoteLink` and `LinkService` carry the same calls over gRPC, with mutual
// TLS when it is configured. The room moves values; what they mean is ControlPlane's and AgentCore's.
