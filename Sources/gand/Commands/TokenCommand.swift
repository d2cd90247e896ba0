import ArgumentParser
import Glibc
import Service
import Store

/// `gand token`: who may use the server.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke the tokens that clients need.",
        discussion: """
            Without any token a server listens on loopback only. Once there is one, every request needs one. A running \
            server reads the tokens again at SIGHUP.
            """,
        subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self])
}

/// The options that locate the file of tokens.
struct TokenOptions: ParsableArguments {
    @Option(help: "YAML file of settings, also GAND_CONFIG.")
    var config: String?

    @Option(help: "The server's data folder. Default: gand-data.")
    var dataDir: String?

    @Option(help: "File of tokens. Default: tokens.json in the data folder.")
    var tokenFile: String?

    /// Runs `body` with the file of tokens; errors go to standard error.
    func perform<Result>(_ body: (TokenFile) throws -> Result) throws -> Result {
        var flags: [SettingName: [String]] = [:]
        if let dataDir { flags[.dataDirectory] = [dataDir] }
        if let tokenFile { flags[.tokenFile] = [tokenFile] }
        let loader = SettingsLoader(
            flags: flags, environment: ProcessEnvironment.variables, filePath: config, cores: 1)
        do {
            return try body(TokenFile(path: try loader.tokenFile()))
        } catch let error as SettingsError {
            for problem in error.problems { StandardError.say(problem) }
            throw ExitCode(EX_CONFIG)
        } catch let exit as ExitCode {
            throw exit
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(1)
        }
    }
}

extension Scope: ExpressibleByArgument {}

/// `gand token create`.
struct TokenCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token and print it; it is shown this once only.")

    @OptionGroup var options: TokenOptions

    @Option(help: "What the token is for, to distinguish it from others.")
    var name: String

    @Option(help: "read (look, draw samples), submit (also make and change things) or admin (also remove them).")
    var scope: Scope

    @Option(help: "Days after which it expires. Default: never.")
    var days: Int?

    func validate() throws {
        guard (1...200).contains(name.count), !name.contains(where: \.isNewline) else {
            throw ValidationError("--name must have 1 to 200 characters in one line.")
        }
        if let days, !(1...36_500).contains(days) { throw ValidationError("--days must be 1 to 36500.") }
    }

    func run() throws {
        let secret = try options.perform { file in
            let tokens = try file.tokens()
            guard tokens.count < TokenFile.limit else {
                StandardError.say("There are \(TokenFile.limit) tokens already; revoke one first.")
                throw ExitCode(1)
            }
            let (token, secret) = AccessToken.make(
                name: name, scope: scope, lifetime: days.map { Double($0) * 86_400 }, now: WallClock.system.now())
            try file.write(tokens + [token])
            return secret
        }
        print(secret)
        StandardError.say("A running server accepts it after SIGHUP.")
    }
}

/// `gand token list`.
struct TokenListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print the tokens, one a line: id, scope, created, expires, name.")

    @OptionGroup var options: TokenOptions

    func run() throws {
        for token in try options.perform({ try $0.tokens() }) {
            let fields = [
                token.id, token.scope.rawValue, token.createdAt.rfc3339, token.expiresAt?.rfc3339 ?? "-", token.name,
            ]
            print(fields.joined(separator: "\t"))
        }
    }
}

/// `gand token revoke`.
struct TokenRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Remove a token, by its id.")

    @OptionGroup var options: TokenOptions

    @Argument(help: "The token's id, as gand token list prints it.")
    var id: String

    func run() throws {
        try options.perform { file in
            let tokens = try file.tokens()
            guard tokens.contains(where: { $0.id == id }) else {
                StandardError.say("There is no token \(id).")
                throw ExitCode(1)
            }
            try file.write(tokens.filter { $0.id != id })
        }
        StandardError.say("A running server refuses it after SIGHUP.")
    }
}
