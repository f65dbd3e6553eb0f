// Model: the domain as values.
//
// Job, group and task specifications, nodes, allocations, evaluations, deployments, plans. What a job file
// or an API client sends goes through three shapes: the *submitted* form (a JSON tree, everything
// optional), the *canonical* form (the same tree with defaults filled in), and `Job`, the typed value
// that the cluster stores. The model knows canonical form, validation, diff and the JSON wire form;
// it knows neither HCL nor how anything is placed or run.
