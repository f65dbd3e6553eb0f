// JobSpec: from the text of a job file to the JSON form of a job.
//
// One entry point, pure but for what its options hand in:
//
//     let file = try JobFile.parse(bytes, name: "web.nomad.hcl", options: options)
//     file.tree        // complete form: unset fields null. The answer of /v1/jobs/parse, `job run -output`
//     file.warnings    // diagnostics that don't keep the job from running
//
// A refusal is a `JobFileError`: `description` has one line a problem (the server's answer, status 400),
// `rendered` shows the source lines with carets (for people). Options: variables (environment, files, arguments;
// a server passes the `Variables` text of a request as a file), file access (nil refuses `file()` and its kin, as
// the server must), random words for `uuidv4` and `bcrypt`, limits.
//
// From there on Model goes: `Canonical.job(file.tree)` fills in defaults (parse with `Canonicalize`), and
// `JobAdmission` makes a stored job of a submitted tree.
//
//   JobFile         the entry point: document → variables → locals → job block
//   InputVariable(s), LocalValues
//                   what expressions may refer to as `var.` and `local.`
//   BlockDecoder    blocks → JSON by the table `JobSchema`
//   BlockRules      what some blocks mean beyond the table
//   JobPlaces       where the fields of the job are written, for problems that are found later
