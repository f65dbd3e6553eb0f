// Simulation: a whole cluster on one thread, with a fake world around the real Core.
//
// Servers are the real ControlPlane over a fake log that answers late, not at all, or loses what was not
// synced; nodes are the real NodeMachine over fake drivers, disks, clocks and a network that loses, repeats,
// delays and cuts. Everything happens in a heap of (time, sequence), every choice comes from the seed, so a
// run repeats to the last bit. After every step the checker looks for broken promises; once faults stop,
// everything must come to rest as wished. A bad run can be made smaller, wish by wish and strike by strike.
