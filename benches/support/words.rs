//! The vocabulary that inputs are made of.

/// Weaknesses: a rule's stem, the weakness by the first tool, its kin by the second, the message and the flagged
/// code, in which `{0}` and `{1}` stand for identifiers.
pub(crate) const WEAKNESSES: [Weakness; 20] = [
    weakness(
        "sql-injection",
        89,
        564,
        "This SQL query depends on `{0}`, which comes from {1} and is not escaped.",
        "cursor.execute(\"SELECT * FROM {1} WHERE id = \" + {0})",
    ),
    weakness(
        "command-line-injection",
        78,
        77,
        "This command line depends on a value of `{0}` that a user controls.",
        "subprocess.run(\"convert \" + {0} + \" {1}.png\", shell=True)",
    ),
    weakness(
        "reflected-xss",
        79,
        80,
        "Cross-site scripting: `{0}` reaches the page of {1} without being encoded.",
        "response.write(\"<h1>\" + {0} + \"</h1>\", {1})",
    ),
    weakness(
        "path-injection",
        22,
        23,
        "The path depends on `{0}`; a value such as `../` in it leaves the folder of {1}.",
        "open(os.path.join({1}_root, {0}), \"rb\")",
    ),
    weakness(
        "weak-cryptographic-algorithm",
        327,
        328,
        "`{0}` is encrypted for {1} by an algorithm that is broken or weak.",
        "Cipher.new({0}, MODE_ECB).encrypt({1})",
    ),
    weakness(
        "weak-sensitive-data-hashing",
        328,
        327,
        "Sensitive data of {1} is hashed with MD5 in `{0}`, which is not secure.",
        "digest = md5({0}.encode(\"utf-8\"))",
    ),
    weakness(
        "hardcoded-credentials",
        798,
        259,
        "A value written into the code is used as the credentials of {1} by `{0}`.",
        "connect({0}, password=\"{1}-default\")",
    ),
    weakness(
        "unsafe-deserialization",
        502,
        502,
        "`{0}` deserialises data of {1}, which a user controls.",
        "{0} = pickle.loads({1}.body)",
    ),
    weakness(
        "url-redirection",
        601,
        601,
        "The redirect of {1} depends on `{0}`, which may lead to another site.",
        "return redirect({0}.get(\"next\", {1}))",
    ),
    weakness(
        "xxe",
        611,
        611,
        "XML of {1} is parsed by `{0}` with external entities allowed.",
        "{0} = etree.parse({1}, parser=XMLParser(resolve_entities=True))",
    ),
    weakness(
        "request-forgery",
        918,
        918,
        "The address of this request to {1} depends on `{0}`.",
        "requests.get(\"https://\" + {0} + \"/{1}\")",
    ),
    weakness(
        "certificate-not-validated",
        295,
        297,
        "`{0}` talks to {1} without looking at its certificate.",
        "{0} = session.post({1}, verify=False)",
    ),
    weakness(
        "insecure-randomness",
        330,
        338,
        "`{0}` of {1} is made by a generator that can be foretold.",
        "{0} = \"\".join(random.choice({1}) for _ in range(16))",
    ),
    weakness(
        "code-injection",
        94,
        95,
        "`{0}` is evaluated as code on behalf of {1}.",
        "eval({0} + \"(\" + {1} + \")\")",
    ),
    weakness(
        "log-injection",
        117,
        117,
        "The log of {1} holds `{0}` with line breaks that a user may have put there.",
        "logger.info(\"{1}: %s\", {0})",
    ),
    weakness(
        "polynomial-redos",
        1333,
        400,
        "This regular expression is slow on some values of `{0}` that {1} sends.",
        "re.match(\"^(a+)+$\", {0}.{1})",
    ),
    weakness("null-dereference", 476, 476, "`{0}` may be null where {1} reads it.", "{0}.{1}.value()"),
    weakness(
        "stack-buffer-overflow",
        121,
        787,
        "`{0}` is copied into a buffer that may be smaller than {1}.",
        "strcpy({1}_buffer, {0});",
    ),
    weakness(
        "csrf-disabled",
        352,
        352,
        "{1} takes requests for `{0}` without a token against forgery.",
        "{0}.csrf().disable().{1}();",
    ),
    weakness(
        "stack-trace-exposure",
        209,
        200,
        "An error's stack trace reaches the clients of {1} through `{0}`.",
        "return {0}(traceback.format_exc(), {1})",
    ),
];

/// See [`WEAKNESSES`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weakness {
    pub(crate) stem: &'static str,
    pub(crate) cwe: u16,
    pub(crate) kin: u16,
    pub(crate) message: &'static str,
    pub(crate) code: &'static str,
}

const fn weakness(
    stem: &'static str,
    cwe: u16,
    kin: u16,
    message: &'static str,
    code: &'static str,
) -> Weakness {
    Weakness { stem, cwe, kin, message, code }
}

/// Words that folders, files and identifiers are made of.
pub(crate) const NOUNS: [&str; 64] = [
    "account", "address", "agent", "alert", "archive", "asset", "audit", "basket", "batch", "billing",
    "booking", "branch", "bucket", "cache", "catalog", "channel", "client", "cluster", "comment", "config",
    "contact", "coupon", "customer", "device", "discount", "document", "event", "export", "feed", "field",
    "folder", "gateway", "group", "history", "image", "import", "invoice", "ledger", "license", "location",
    "member", "message", "metric", "notice", "order", "partner", "payment", "policy", "price", "product",
    "profile", "project", "query", "queue", "record", "refund", "report", "request", "session", "shipment",
    "stock", "tenant", "token", "vendor",
];

/// Words for what is done with them.
pub(crate) const ROLES: [&str; 16] = [
    "service",
    "handler",
    "store",
    "view",
    "model",
    "worker",
    "parser",
    "builder",
    "filter",
    "router",
    "loader",
    "helper",
    "adapter",
    "policy",
    "mapper",
    "controller",
];

/// A language: its share of the folders, its ending, and names that stand in many folders.
pub(crate) const LANGUAGES: [(usize, &str, &[&str]); 5] = [
    (30, "py", &["__init__.py", "models.py", "views.py", "utils.py", "settings.py"]),
    (25, "js", &["index.js", "index.js", "utils.js", "config.js"]),
    (20, "ts", &["index.ts", "types.ts", "index.tsx"]),
    (15, "java", &["Application.java", "Constants.java", "Utils.java"]),
    (10, "go", &["main.go", "handler.go", "types.go"]),
];

/// Folders at the root.
pub(crate) const TOPS: [&str; 12] = [
    "services",
    "packages",
    "apps",
    "libs",
    "internal",
    "src",
    "web/src",
    "backend",
    "tools",
    "plugins",
    "platform",
    "src/main/java/com/example",
];
