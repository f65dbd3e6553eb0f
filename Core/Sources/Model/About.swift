// Model: the domain as values.
//
// Job, group and task specifications, nodes, allocations, evaluations, deployments, plans. What a job file
// or an API client sends goes through three shapes: the *submitted* form (a JSON tree, everything
// optional), the *canonical* form (the same tree with defaults filled in), and `Job`, the typed value
// that the cluster stores. The model knows canonical form, validation, diff and the JSON wire form;
// it knows neither HCL nor how anything is placed or run.
//
// A job's way in, all pure:
//
//     JobWire.complete(tree)            submitted JSON → every field present, names in any case (throws WireError)
//     Canonical.job(complete)           → defaults by job type, job merged into groups (parse with Canonicalize)
//     JobWire.job(canonical:)           → `Job`
//     JobWire.stored(job)               → what the API answers; the fields of each struct are listed once, `WireRecord`
//     JobAdmission.read/admit/prepare  all of it for a request, group by group: `prepare` for registration and plan,
//                                       `read` then `admit` for /v1/validate/job, which answers with the report
//     Validation.report(job, rules:)    every rule of the language at once; `errors.text`, `errors.items`, `warningText`;
//                                       `errors.leaves` are the broken rules, each with the path of its field
//     GroupChange.kind(old:new:group:)  ignore, in place or destructive
//     JobDiff.between / .plan            what changes between two versions; `json` is the API's form
//     JobSchema                         the table of the language: names in files and in the API, kinds, defaults
