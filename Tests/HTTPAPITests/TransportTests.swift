import Base
import ControlPlane
import Model
import Testing

@testable import HTTPAPI

struct RequestTests {
    @Test(arguments: [
        ("/v1/job/a%2Fb?pretty", "/v1/job/a/b"), ("/v1/job/a/b", "/v1/job/a/b"), ("/v1/job/x+y", "/v1/job/x+y"),
        ("/v1/job/100%", "/v1/job/100%"), ("/v1/job/%C3%A9", "/v1/job/é"),
    ])
    func pathsAreDecoded(_ target: String, _ path: String) {
        #expect(APIRequest(target: target).path == path)
    }

    @Test func queriesAreDecoded() {
        let request = APIRequest(target: "/x?a=1+2&b=%3D&c&d=x=y&topic=Job&topic=Node:x")
        #expect(request.parameter("a") == "1 2")
        #expect(request.parameter("b") == "=")
        #expect(request.parameter("c") == "")
        #expect(request.parameter("d") == "x=y")
        #expect(request.parameter("e") == nil)
        #expect(request.parameters("topic") == ["Job", "Node:x"])
    }

    @Test func optionsAreRead() throws {
        let options = try QueryOptions(
            APIRequest(
                target: "/x?index=7&wait=2s&stale&prefix=ab&namespace=*&per_page=3&next_token=t&filter=f&reverse=true"))
        #expect(options.index == 7)
        #expect(options.wait == .seconds(2))
        #expect(options.stale)
        #expect(options.allNamespaces)
        #expect(options.namespaceSelection == nil)
        #expect((options.perPage, options.nextToken, options.filter) == (3, "t", "f"))
        #expect(options.reverse)
        let defaults = try QueryOptions(APIRequest(target: "/x"))
        #expect(defaults.namespaceSelection == "default")
        #expect(try QueryOptions(APIRequest(target: "/x?wait=10m")).wait == QueryOptions.waitMax)
    }

    @Test(arguments: [
        ("index=x", "Invalid index"), ("index=-1", "Invalid index"), ("wait=soon", "Invalid wait time"),
        ("stale=maybe", "Expect `true` or `false` for `stale` query string parameter"),
        ("per_page=many", "Expect a number for `per_page` query string parameter"),
        ("per_page=99999999999", "Expect a number for `per_page` query string parameter"),
    ])
    func badOptionsAreRefused(_ query: String, _ message: String) {
        #expect(throws: APIError(400, message)) { try QueryOptions(APIRequest(target: "/x?\(query)")) }
    }

    @Test func flagsTakeGoSpellings() throws {
        for text in ["1", "t", "T", "true", "TRUE", "True"] {
            #expect(try APIRequest(target: "/x?f=\(text)").flag("f") == true)
        }
        for text in ["0", "f", "F", "false", "FALSE", "False"] {
            #expect(try APIRequest(target: "/x?f=\(text)").flag("f") == false)
        }
        #expect(try APIRequest(target: "/x").flag("f") == nil)
        #expect(throws: APIError.self) { try APIRequest(target: "/x?f=perhaps").flag("f") }
    }

    @Test func bodiesAreRead() throws {
        #expect(throws: APIError.emptyBody) { try APIRequest(target: "/x").json() }
        #expect(throws: APIError.self) { try APIRequest(target: "/x", body: Array("{\"Job\": ".utf8)).json() }
        #expect(throws: APIError.self) { try APIRequest(target: "/x", body: Array("[]".utf8)).object() }
        let object = try APIRequest(target: "/x", body: Array("{\"jobid\":\"a\",\"N\":3,\"S\":[\"x\"]}".utf8)).object()
        #expect(try object.readText("JobID") == "a")
        #expect(try object.readInteger("N") == 3)
        #expect(try object.readTexts("S") == ["x"])
        #expect(throws: APIError.self) { try object.readText("N") }
    }
}

struct UUIDTextTests {
    @Test(arguments: [
        ("ab", "ab"), ("ABCD", "abcd"), ("12345678-12", "1234567812"), ("", ""),
        ("11111111-2222-3333-4444-555555555555", "11111111222233334444555555555555"),
    ])
    func prefixesAreTaken(_ text: String, _ digits: String) throws {
        #expect(try UUIDText.prefix(text, "t") == digits)
    }

    @Test(arguments: [
        ("abc", "t: index error: Input (without hyphens) must be even length"),
        ("zz", "t: index error: Invalid UUID: encoding/hex: invalid byte: U+007A 'z'"),
        (String(repeating: "a", count: 38), "t: index error: Invalid UUID length. UUID have 36 characters; got 38"),
    ])
    func badPrefixesAreRefused(_ text: String, _ message: String) {
        #expect(throws: APIError(500, message)) { try UUIDText.prefix(text, "t") }
    }

    @Test func wholeIDsAreNeeded() throws {
        let text = "11111111-2222-3333-4444-555555555555"
        let id: NodeID = try UUIDText.whole(text, "node lookup failed")
        #expect(id.text == text)
        #expect(throws: APIError(500, "node lookup failed: index error: UUID must be 36 characters")) {
            let _: NodeID = try UUIDText.whole("nope", "node lookup failed")
        }
        #expect(throws: APIError.self) {
            let _: NodeID = try UUIDText.whole(String(repeating: "x", count: 36), "node lookup failed")
        }
    }
}

struct RouteTableTests {
    static let table = RouteTable(Routes.all)

    /// The pattern that serves a request and what it captured.
    private func match(_ method: String, _ path: String) -> (String, [String: String])? {
        guard case .route(let route, let captures) = Self.table.match(method: method, path: path) else { return nil }
        return (route.pattern, captures)
    }

    @Test(arguments: [
        ("GET", "/v1/jobs", "/v1/jobs", ""), ("GET", "/v1/job/web", "/v1/job/{job...}", "web"),
        ("GET", "/v1/job/a/b/c", "/v1/job/{job...}", "a/b/c"),
        ("GET", "/v1/job/a/b/summary", "/v1/job/{job...}/summary", "a/b"),
        ("PUT", "/v1/job/web/periodic/force", "/v1/job/{job...}/periodic/force", "web"),
        ("POST", "/v1/job/web/plan", "/v1/job/{job...}/plan", "web"),
        ("GET", "/v1/job/web/nonsense", "/v1/job/{job...}", "web/nonsense"),
    ])
    func jobsAreFoundBySuffix(_ method: String, _ path: String, _ pattern: String, _ job: String) throws {
        let (found, captures) = try #require(match(method, path))
        #expect(found == pattern)
        #expect(captures["job"] ?? "" == job)
    }

    @Test func deploymentsAndFilesAreFound() throws {
        #expect(match("PUT", "/v1/deployment/promote/x")?.0 == "/v1/deployment/promote/{deployment...}")
        #expect(match("GET", "/v1/deployment/allocations/x")?.0 == "/v1/deployment/allocations/{deployment...}")
        #expect(match("GET", "/v1/client/fs/ls/")?.1 == ["alloc": ""])
        #expect(match("GET", "/v1/client/fs/nonsense/x")?.0 == "/v1/client/fs/{verb...}")
        #expect(match("GET", "/ui/jobs/web")?.0 == "/ui/{path...}")
        #expect(match("GET", "/")?.0 == "/")
    }

    @Test(arguments: [
        ("DELETE", "/v1/jobs"), ("PUT", "/v1/nodes"), ("GET", "/v1/validate/job"), ("GET", "/v1/search"),
        ("GET", "/v1/system/gc"), ("GET", "/v1/job/web/plan"), ("GET", "/v1/deployment/promote/x"),
        ("OPTIONS", "/v1/jobs"), ("HEAD", "/v1/jobs"),
    ])
    func wrongMethodsAreTold(_ method: String, _ path: String) {
        guard case .wrongMethod(let route) = Self.table.match(method: method, path: path) else {
            Issue.record("\(method) \(path) is not a wrong method")
            return
        }
        #expect(route.wrongMethod == .invalidMethod)
    }

    @Test(arguments: ["/v1", "/v1/", "/v1/nothing", "/v1/jobs/", "/nothing", "/v1/validate"])
    func unknownPathsAreUnknown(_ path: String) {
        guard case .unknown = Self.table.match(method: "GET", path: path) else {
            Issue.record("\(path) is served")
            return
        }
        #expect(match("GET", path) == nil)
    }

    @Test func patternsHaveOneRouteAMethod() {
        var seen: Set<String> = []
        for route in Routes.all {
            for (name, method) in [("GET", Methods.get), ("PUT", .put), ("POST", .post), ("DELETE", .delete)]
            where route.methods.contains(method) {
                #expect(seen.insert("\(name) \(route.pattern)").inserted, "\(name) \(route.pattern) is there twice")
            }
        }
    }
}

struct PageTests {
    private func page(_ query: String, _ items: [Int]) throws -> (items: [Int], next: String?) {
        let options = try QueryOptions(APIRequest(target: "/x?\(query)"))
        let page = try Page(items, options) {
            .created(UInt64($0), "id\($0)")
        } whole: {
            ["N": .int(Int64($0))]
        }
        return (page.items, page.nextToken)
    }

    @Test func pagesFollowOneAnother() throws {
        let all = Array(1...5)
        let first = try page("per_page=2", all)
        #expect(first.items == [1, 2])
        #expect(first.next == "3.id3")
        let second = try page("per_page=2&next_token=3.id3", all)
        #expect(second.items == [3, 4])
        let last = try page("per_page=2&next_token=5.id5", all)
        #expect(last.items == [5])
        #expect(last.next == nil)
        // The item that the token names may be gone.
        #expect(try page("per_page=2&next_token=3.id3", [1, 2, 4, 5]).items == [4, 5])
    }

    @Test func listsCanBeReversed() throws {
        let first = try page("per_page=2&reverse=true", Array(1...5))
        #expect(first.items == [5, 4])
        #expect(first.next == "3.id3")
        #expect(try page("per_page=2&reverse=true&next_token=3.id3", Array(1...5)).items == [3, 2])
    }

    @Test func whatFailsTheFilterDoesNotCount() throws {
        let found = try page("per_page=2&filter=N%20!=%202", Array(1...4))
        #expect(found.items == [1, 3])
        #expect(found.next == "4.id4")
    }

    @Test(arguments: [
        ("filter=N%20=%202", "failed to create result paginator: failed to read filter expression"),
        ("filter=M%20==%202", "failed to read result page"), ("next_token=x", "invalid next_token"),
    ])
    func badFiltersAreRefused(_ query: String, _ head: String) throws {
        let error = try #require(throws: APIError.self) { try page(query, [1]) }
        #expect(error.status == 400)
        #expect(error.message.hasPrefix(head))
    }

    @Test(arguments: [PageKey.id("a.b"), .created(7, "x"), .named("default", "a.b/c")])
    func tokensReadBack(_ key: PageKey) {
        #expect(key.parse(key.token) == key)
    }
}

struct OverloadTests {
    @Test func whoeverIsRefusedIsToldWhenToComeAgain() {
        let dispatcher = Dispatcher(HTTPAPIContext())
        let refusal = dispatcher.render(CommandError(429, "too many evaluations are waiting"))
        #expect(refusal.status == 429)
        #expect(refusal.header("Retry-After") == "1")
        #expect(dispatcher.render(CommandError(500, "no")).header("Retry-After") == nil)
    }
}

struct Base64Tests {
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func vectorsOfTheStandard(_ text: String, _ coded: String) throws {
        #expect(Base64.encode(Array(text.utf8)) == coded)
        #expect(try Base64.decode(coded).get() == Array(text.utf8))
    }

    @Test(arguments: [("***", 0), ("Zg=", 2), ("Zg", 2), ("Z===", 1), ("Zg==Zg==", 2), ("Zm9*", 3)])
    func badTextsNameThePlace(_ text: String, _ offset: Int) {
        #expect(Base64.decode(text) == .failure(Base64Error(offset: offset)))
    }
}
