//! The names themselves: of the parts of a finding, of what stands around it, of what an answer is kept under.

/// Names of a part, the most telling first.
pub(in crate::ingest::read::model) type Names = &'static [&'static str];

pub(in crate::ingest::read::model) const TITLE: Names = &[
    "title",
    "name",
    "vulnerabilityname",
    "vulnerabilitytitle",
    "issuetitle",
    "findingtitle",
    "vulnerability",
    "vuln",
    "vulnerabilitytype",
    "vulntype",
    "issue",
    "issuename",
    "finding",
    "headline",
    "problem",
    "flaw",
    "bug",
    "type",
    "issuetype",
    "findingtype",
    "bugtype",
    "attacktype",
    "weakness",
    "category",
    "class",
    "subcategory",
    "cwename",
    "shortdescription",
];

/// Names of the sort of weakness, from which a rule is made that stays the same from run to run.
pub(in crate::ingest::read::model) const TYPE: Names = &[
    "vulnerabilitytype",
    "vulntype",
    "type",
    "issuetype",
    "findingtype",
    "bugtype",
    "attacktype",
    "vulnerabilityclass",
    "weakness",
    "category",
    "cwename",
    "vulnerability",
    "vulnerabilityname",
    "vuln",
    "class",
    "name",
    "title",
    "issue",
    "vulnerabilitytitle",
    "issuetitle",
    "findingtitle",
    "finding",
    "headline",
    "problem",
    "flaw",
    "bug",
];

pub(in crate::ingest::read::model) const DESCRIPTION: Names = &[
    "description",
    "message",
    "explanation",
    "details",
    "detail",
    "desc",
    "vulnerabilitydescription",
    "issuedescription",
    "longdescription",
    "technicaldetails",
    "reasoning",
    "rationale",
    "analysis",
    "reason",
    "why",
    "justification",
    "rootcause",
    "comment",
    "summary",
    "text",
    "body",
    "content",
    "msg",
];

/// Names that say severity and nothing else, and names that may.
pub(in crate::ingest::read::model) const SEVERITY: Names = &[
    "severity",
    "severitylevel",
    "severityrating",
    "vulnerabilityseverity",
    "issueseverity",
    "risklevel",
    "riskrating",
    "riskseverity",
    "criticality",
    "impactlevel",
    "threatlevel",
    "cvssseverity",
    "baseseverity",
    "risk",
    "level",
    "priority",
    "rating",
    "urgency",
    "severityscore",
    "riskscore",
];
/// How many of [`SEVERITY`] say nothing else.
pub(super) const PLAIN_SEVERITY: usize = 13;

pub(in crate::ingest::read::model) const CVSS: Names = &[
    "cvss",
    "cvssscore",
    "cvss3",
    "cvssv3",
    "cvss31",
    "cvssv31",
    "cvssv4",
    "cvssbasescore",
    "basescore",
    "cvssvector",
];

pub(in crate::ingest::read::model) const FILE: Names = &[
    "file",
    "filepath",
    "filename",
    "affectedfile",
    "affectedfiles",
    "vulnerablefile",
    "sourcefile",
    "fullpath",
    "relativepath",
    "filelocation",
    "location",
    "codelocation",
    "locations",
    "affectedlocations",
    "occurrences",
    "instances",
    "path",
    "paths",
    "files",
    "uri",
    "where",
    "affectedcomponent",
];

/// How many of [`FILE`] promise a file.
pub(super) const PLAIN_FILES: usize = 11;

pub(in crate::ingest::read::model) const LINE: Names = &[
    "startline",
    "linestart",
    "beginline",
    "firstline",
    "fromline",
    "linefrom",
    "line",
    "linenumber",
    "lineno",
    "linenum",
    "linenumbers",
    "lines",
    "linerange",
    "lineranges",
    "affectedlines",
    "vulnerablelines",
    "codelines",
    "row",
];
pub(in crate::ingest::read::model) const END_LINE: Names =
    &["endline", "lineend", "lastline", "toline", "lineto", "stopline", "finishline"];
pub(in crate::ingest::read::model) const COLUMN: Names =
    &["column", "col", "startcolumn", "columnstart", "startcol", "columnnumber", "colno"];
pub(in crate::ingest::read::model) const END_COLUMN: Names = &["endcolumn", "columnend", "endcol"];

/// Names that promise code.
pub(in crate::ingest::read::model) const CODE: Names = &[
    "vulnerablecode",
    "vulnerablesnippet",
    "affectedcode",
    "problematiccode",
    "offendingcode",
    "insecurecode",
    "codesnippet",
    "snippet",
    "codeexcerpt",
    "codeblock",
    "sourcecode",
    "linecontent",
    "linetext",
    "matchedcode",
    "code",
    "originalcode",
];
/// Names of what may be code or words.
pub(in crate::ingest::read::model) const EVIDENCE: Names =
    &["evidence", "proof", "excerpt", "quote", "match"];

pub(in crate::ingest::read::model) const SCOPE: Names = &[
    "function",
    "functionname",
    "affectedfunction",
    "vulnerablefunction",
    "method",
    "methodname",
    "scope",
    "symbol",
    "classname",
    "routine",
];

pub(in crate::ingest::read::model) const CONFIDENCE: Names =
    &["confidence", "confidencelevel", "confidencescore", "confidencerating", "certainty", "certaintylevel"];

pub(in crate::ingest::read::model) const CWE: Names = &[
    "cwe",
    "cweid",
    "cweids",
    "cwes",
    "cwenumber",
    "cwecode",
    "cwecategory",
    "cwereference",
    "cwereferences",
    "cweidentifier",
    "cwemapping",
    "weaknessid",
];

pub(in crate::ingest::read::model) const OWASP: Names = &[
    "owasp",
    "owaspcategory",
    "owaspcategories",
    "owasptop10",
    "owasptop102021",
    "owaspid",
    "owaspreference",
    "owaspmapping",
];

pub(in crate::ingest::read::model) const RULE: Names =
    &["ruleid", "rule", "checkid", "checkname", "rulename", "detector"];

/// Names of changed code, and of advice that may hold some.
pub(in crate::ingest::read::model) const FIX: Names = &[
    "patch",
    "diff",
    "fixdiff",
    "suggestedpatch",
    "suggesteddiff",
    "fixedcode",
    "fixcode",
    "codefix",
    "securecode",
    "correctedcode",
    "remediatedcode",
    "patchedcode",
    "safecode",
    "suggestedcode",
    "replacement",
    "fixsnippet",
    "securealternative",
    "suggestedfix",
    "proposedfix",
    "recommendedfix",
    "fixsuggestion",
    "fix",
    "edits",
    "changes",
    "remediation",
    "recommendation",
    "mitigation",
    "recommendations",
];

pub(in crate::ingest::read::model) const PACKAGE: Names =
    &["package", "packagename", "dependency", "dependencyname", "library", "module"];
pub(in crate::ingest::read::model) const VERSION: Names =
    &["installedversion", "currentversion", "packageversion", "affectedversion", "version", "versioninuse"];
pub(in crate::ingest::read::model) const FIXED: Names =
    &["fixedversion", "fixedversions", "patchedversion", "fixedin", "upgradeto", "safeversion"];
pub(in crate::ingest::read::model) const ADVISORY: Names =
    &["cve", "cveid", "cves", "cveids", "advisory", "advisoryid", "ghsa", "ghsaid", "vulnerabilityid"];

pub(in crate::ingest::read::model) const FLOW: Names = &[
    "dataflow",
    "dataflowtrace",
    "taintflow",
    "taintpath",
    "trace",
    "flow",
    "codeflow",
    "callstack",
    "attackpath",
];

/// What the lines of a log have.
pub(super) const MOMENT: Names = &["timestamp", "time", "ts", "logger", "eventtime", "pid", "hostname"];

/// Names by which an answer or a finding says what wrote it.
pub(in crate::ingest::read::model) const MODEL: Names = &["model", "modelname", "modelid", "llm"];
pub(in crate::ingest::read::model) const GENERATOR: Names =
    &["generator", "generatedby", "tool", "toolname", "scanner", "analyzer", "analyser", "agent"];
pub(in crate::ingest::read::model) const MODEL_VERSION: Names =
    &["modelversion", "toolversion", "generatorversion", "scannerversion"];
pub(in crate::ingest::read::model) const STARTED: Names =
    &["generatedat", "timestamp", "scandate", "analyzedat", "analysisdate", "date", "createdat"];
pub(in crate::ingest::read::model) const REVISION: Names =
    &["commit", "commitsha", "commithash", "revision", "commitid"];

/// Parts of a finding that some models nest one level down.
pub(in crate::ingest::read::model) const NESTED: Names = &[
    "vulnerability",
    "vuln",
    "finding",
    "issue",
    "details",
    "location",
    "codelocation",
    "position",
    "classification",
    "metadata",
    "analysis",
    "assessment",
    "context",
    "properties",
    "extra",
];

/// Lists of findings.
pub(in crate::ingest::read::model) const LISTS: Names = &[
    "findings",
    "issues",
    "vulnerabilities",
    "vulns",
    "results",
    "securityissues",
    "securityfindings",
    "securityvulnerabilities",
    "data",
    "report",
    "items",
    "problems",
    "weaknesses",
    "flaws",
    "bugs",
    "alerts",
    "warnings",
    "violations",
    "detections",
    "defects",
    "reports",
    "vulnerabilitiesfound",
    "issuesfound",
    "vulnerabilitylist",
    "allfindings",
    "files",
    "filesanalyzed",
    "filefindings",
    "analysis",
    "analyses",
    "result",
    "output",
    "response",
    "answer",
];
/// How many of [`LISTS`] hold findings when they hold anything: an empty one says that there are none.
pub(super) const PLAIN_LISTS: usize = 8;

/// Lists of what the model looked at and does not claim.
pub(in crate::ingest::read::model) const DISMISSED: Names = &[
    "falsepositives",
    "dismissed",
    "dismissedfindings",
    "rejected",
    "rejectedfindings",
    "ruledout",
    "notvulnerable",
    "nonissues",
    "safe",
    "safepatterns",
    "positivefindings",
    "positiveobservations",
    "positives",
    "goodpractices",
    "securitystrengths",
    "strengths",
    "bestpracticesfollowed",
];

/// What stands beside the findings and holds none.
pub(in crate::ingest::read::model) const BESIDE: Names = &[
    "summary",
    "executivesummary",
    "metadata",
    "meta",
    "statistics",
    "stats",
    "metrics",
    "references",
    "recommendations",
    "generalrecommendations",
    "nextsteps",
    "actionitems",
    "usage",
    "config",
    "configuration",
    "options",
    "parameters",
    "prompt",
    "input",
    "request",
    "schema",
    "tools",
    "overallassessment",
    "conclusion",
    "scanneddirectories",
    "limitations",
    "remediationplan",
];

/// Single texts that hold a model's answer.
pub(in crate::ingest::read::model) const ANSWERS: Names = &[
    "response",
    "output",
    "outputtext",
    "answer",
    "completion",
    "generatedtext",
    "result",
    "text",
    "content",
    "rawoutput",
    "rawresponse",
    "raw",
    "modeloutput",
    "llmoutput",
    "llmresponse",
    "assistant",
    "prediction",
    "message",
    "reply",
    "analysis",
    "report",
    "findings",
    "issues",
    "vulnerabilities",
    "results",
    "data",
    "arguments",
];
