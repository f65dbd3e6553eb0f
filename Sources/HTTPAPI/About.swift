// HTTPAPI: the wire adapter of the HTTP API under `/v1`.
//
// Decode, call, encode: a request becomes a call of the cluster server or of the local node, the reply
// becomes JSON. The room decides nothing about the cluster. `Routes` is the list of everything that is
// served, `Dispatcher` picks the route and applies the rules that all routes share, the files under
// `Endpoints` are the handlers by family, `Wire` holds the JSON forms, `Filter` the filter language.
// Handlers know neither Hummingbird nor sockets: they are functions from `APIRequest` to `APIResponse`,
// so tests call them directly. `HTTPServer` binds them to addresses.
