// CaravanClient: the Swift SDK of the HTTP API.
//
// One `Client` speaks to one agent; methods are grouped by endpoint family in `Client+….swift` and return
// the API's JSON as `Base.JSON`, with the index that a blocking query continues from. The command line is
// its first user. It opens connections and nothing else: no files besides the TLS ones, no globals.
