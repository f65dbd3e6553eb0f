import AgentCore
import Base
import Model

extension NodeAgent {
    func run(_ order: CheckOrder) async {
        mailbox.post(.checked(order.key, await CheckProbe(agent: self, order: order).run()))
    }
}
