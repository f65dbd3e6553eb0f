// Base: the words every other room speaks.
//
// Ids, instants and durations, the seeded generator, hashing, the JSON tree with its parser and
// writer, the wire coder that maps Swift values to the field names of the HTTP API, and the binary
// coder of the journal. Base knows nothing of jobs or clusters, and like all of Core it reads no
// clock, no random source, no file: what varies comes in as a value.
