"""Fixes undone: a safe form that real code holds, and the flaw that it is the fix of."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Inverse:
    """A safe form in a line, and how the flaw was written."""

    name: str
    language: str
    cwe: int
    safe: re.Pattern
    unsafe: str
    # Part of a string or a comment.
    quoted: bool = False


def _all(language: str, table: str) -> list[Inverse]:
    found = []
    for row in table.strip().splitlines():
        name, cwe, safe, unsafe, *rest = row.split(" ::: ")
        found.append(Inverse(name.strip(), language, int(cwe), re.compile(safe), unsafe.rstrip(), "quoted" in rest))
    return found


ARG = r"((?:[^(),]|\([^()]*\))+)"

INVERSES = [
    *_all("python", rf"""
yaml ::: 502 ::: \byaml\.safe_load\( ::: yaml.load(
yaml ::: 502 ::: Loader=yaml\.SafeLoader\b ::: Loader=yaml.Loader
hash ::: 328 ::: \bhashlib\.sha256\( ::: hashlib.md5(
hash ::: 328 ::: (?<![\w.])sha256\( ::: md5(
hash ::: 328 ::: \bhashlib\.sha256\( ::: hashlib.sha1(
eval ::: 95 ::: \bast\.literal_eval\( ::: eval(
eval ::: 95 ::: (?<![\w.])literal_eval\( ::: eval(
pickle ::: 502 ::: \bjson\.loads\( ::: pickle.loads(
pickle ::: 502 ::: \bjson\.load\( ::: pickle.load(
pickle ::: 502 ::: \bjson\.loads\( ::: marshal.loads(
random ::: 330 ::: \bsecrets\.choice\( ::: random.choice(
random ::: 330 ::: \brandom\.SystemRandom\(\) ::: random
tempfile ::: 377 ::: \btempfile\.mkstemp\(([^()]*)\)\[1\] ::: tempfile.mktemp(\1)
tls ::: 295 ::: \bverify=True\b ::: verify=False
tls ::: 295 ::: \bssl\.create_default_context\(([^()]*)\) ::: ssl._create_unverified_context(\1)
tls ::: 295 ::: check_hostname = True\b ::: check_hostname = False
tls ::: 295 ::: \bssl\.CERT_REQUIRED\b ::: ssl.CERT_NONE
timeout ::: 400 ::: (requests\.\w+\(.*), timeout=[\w.]+ ::: \1
timeout ::: 400 ::: ((?:session|self\.session|http)\.(?:get|post|put)\(.*), timeout=[\w.]+ ::: \1
command ::: 78 ::: (subprocess\.(?:run|call|check_call|check_output|Popen)\(.*), shell=False ::: \1, shell=True
command ::: 78 ::: ((?:subprocess\.)?(?:run|call|check_call|check_output|Popen)\(\[[^\]]*\][^()]*)\)$ ::: \1, shell=True)
command ::: 78 ::: (subprocess\.(?:run|call|check_call|check_output|Popen)\((?:cmd|command|args|argv)\b[^()]*)\)$ ::: \1, shell=True)
xss ::: 79 ::: \bhtml\.escape\({ARG}\) ::: \1
xss ::: 79 ::: (?<![\w.])escape\({ARG}\) ::: \1
xss ::: 79 ::: autoescape=True ::: autoescape=False
debug ::: 489 ::: debug=False ::: debug=True
cookie ::: 614 ::: \bsecure=True ::: secure=False
cookie ::: 614 ::: \bhttponly=True ::: httponly=False
bind ::: 605 ::: (["'])127\.0\.0\.1(["']) ::: \g<1>0.0.0.0\2 ::: quoted
compare ::: 208 ::: (?:hmac\.|secrets\.)?compare_digest\({ARG}, {ARG}\) ::: \1 == \2
path ::: 22 ::: os\.path\.join\({ARG}, os\.path\.basename\({ARG}\)\) ::: os.path.join(\1, \2)
secret ::: 798 ::: \bos\.environ(?:\.get\(|\[)(["'])\w+["'](?:\)|\]) ::: \g<1>§secret\1
secret ::: 798 ::: \bos\.getenv\((["'])\w+["']\) ::: \g<1>§secret\1
sql ::: 89 ::: execute\((["'])(.*= )(?:\?|%s)["'], \((\w+),\)\) ::: execute(\1\2\1 + \3)
perms ::: 732 ::: \b0o600\b ::: 0o666
perms ::: 732 ::: \b0o700\b ::: 0o777
archive ::: 22 ::: (extractall\(.*), filter=(["'])data["'] ::: \1
xxe ::: 611 ::: resolve_entities=False ::: resolve_entities=True
tlsversion ::: 326 ::: \bTLSv1_2\b ::: TLSv1
tlsversion ::: 326 ::: \bssl\.PROTOCOL_TLS_CLIENT\b ::: ssl.PROTOCOL_TLSv1
"""),
    *_all("javascript", rf"""
hash ::: 328 ::: createHash\((['"])sha(?:256|512)['"]\) ::: createHash(\1md5\1) ::: quoted
hash ::: 328 ::: createHash\((['"])sha256['"]\) ::: createHash(\1sha1\1) ::: quoted
eval ::: 95 ::: \bJSON\.parse\({ARG}\) ::: eval("(" + \1 + ")")
eval ::: 95 ::: \bJSON\.parse\({ARG}\) ::: eval(\1)
deserialize ::: 502 ::: \bJSON\.parse\({ARG}\) ::: serialize.unserialize(\1)
xss ::: 79 ::: \.(?:textContent|innerText) = ::: .innerHTML =
xss ::: 79 ::: \bescapeHtml\({ARG}\) ::: \1
tls ::: 295 ::: rejectUnauthorized: true ::: rejectUnauthorized: false
tls ::: 295 ::: rejectUnauthorized = true ::: rejectUnauthorized = false
cookie ::: 1004 ::: httpOnly: true ::: httpOnly: false
cookie ::: 614 ::: secure: true ::: secure: false
path ::: 22 ::: path\.join\({ARG}, path\.basename\({ARG}\)\) ::: path.join(\1, \2)
random ::: 330 ::: crypto\.randomBytes\( ::: crypto.pseudoRandomBytes(
command ::: 78 ::: shell: false ::: shell: true
secret ::: 798 ::: process\.env\.[A-Z_]*(?:KEY|TOKEN|SECRET|PASS)[A-Z_]* ::: '§secret'
bind ::: 605 ::: (["'])127\.0\.0\.1(["']) ::: \g<1>0.0.0.0\2 ::: quoted
debug ::: 489 ::: debug: false ::: debug: true
compare ::: 208 ::: crypto\.timingSafeEqual\(Buffer\.from\({ARG}\), Buffer\.from\({ARG}\)\) ::: \1 === \2
format ::: 134 ::: console\.(log|error|warn)\((['"])([^'"%]*) ?%s['"], ::: console.\1(`\3 ${{name}}`, ::: quoted
"""),
    *_all("java", rf"""
hash ::: 328 ::: getInstance\("SHA-?256"\) ::: getInstance("MD5") ::: quoted
hash ::: 328 ::: getInstance\("SHA-?256"\) ::: getInstance("SHA-1") ::: quoted
random ::: 330 ::: new SecureRandom\(\) ::: new Random()
cipher ::: 327 ::: "AES/GCM/NoPadding" ::: "AES/ECB/PKCS5Padding" ::: quoted
tlsversion ::: 326 ::: getInstance\("TLS(?:v1\.[23])?"\) ::: getInstance("SSL") ::: quoted
cookie ::: 1004 ::: setHttpOnly\(true\) ::: setHttpOnly(false)
cookie ::: 614 ::: setSecure\(true\) ::: setSecure(false)
xxe ::: 611 ::: (disallow-doctype-decl", )true ::: \1false
xxe ::: 611 ::: (external-(?:general|parameter)-entities", )false ::: \1true
xxe ::: 611 ::: setExpandEntityReferences\(false\) ::: setExpandEntityReferences(true)
compare ::: 208 ::: MessageDigest\.isEqual\( ::: Arrays.equals(
tempfile ::: 377 ::: Files\.createTempFile\("([^"]*)", ("[^"]*"|null)\)\.toFile\(\) ::: File.createTempFile("\1", \2)
secret ::: 798 ::: System\.getenv\("\w+"\) ::: "§secret"
format ::: 134 ::: String\.format\("([^"%]+)%s", {ARG}\) ::: String.format("\1" + \2)
path ::: 22 ::: new File\({ARG}, new File\({ARG}\)\.getName\(\)\) ::: new File(\1, \2)
"""),
    *_all("go", rf"""
hash ::: 328 ::: \bsha256\.New\(\) ::: md5.New()
hash ::: 328 ::: \bsha256\.New\(\) ::: sha1.New()
hash ::: 328 ::: \bsha256\.Sum256\( ::: md5.Sum(
hash ::: 328 ::: \bhmac\.New\(sha256\.New, ::: hmac.New(md5.New,
perms ::: 732 ::: \b0o?600\b ::: 0666
perms ::: 732 ::: \b0o?700\b ::: 0777
path ::: 22 ::: filepath\.Join\({ARG}, filepath\.Base\({ARG}\)\) ::: filepath.Join(\1, \2)
tlsversion ::: 326 ::: \btls\.VersionTLS12\b ::: tls.VersionTLS10
tls ::: 295 ::: InsecureSkipVerify: false ::: InsecureSkipVerify: true
tls ::: 295 ::: InsecureSkipVerify = false ::: InsecureSkipVerify = true
xss ::: 79 ::: \bhtml\.EscapeString\({ARG}\) ::: \1
bind ::: 605 ::: "127\.0\.0\.1:(\d*)" ::: "0.0.0.0:\1" ::: quoted
secret ::: 798 ::: os\.Getenv\("\w+"\) ::: "§secret"
cookie ::: 614 ::: Secure:( +)true ::: Secure:\1false
cookie ::: 1004 ::: HttpOnly:( +)true ::: HttpOnly:\1false
compare ::: 208 ::: subtle\.ConstantTimeCompare\({ARG}, {ARG}\) == 1 ::: bytes.Equal(\1, \2)
format ::: 134 ::: \b(fmt|log)\.Print\((\w+)\) ::: \1.Printf(\2)
format ::: 134 ::: \berrors\.New\(([a-z]\w*)\) ::: fmt.Errorf(\1)
command ::: 78 ::: exec\.Command\("(\w+)", ([a-z]\w*)\) ::: exec.Command("sh", "-c", "\1 "+\2)
"""),
    *_all("c", rf"""
copy ::: 120 ::: \bsnprintf\((\w+), sizeof\(?\s*\1\)?, "%s", {ARG}\) ::: strcpy(\1, \2)
copy ::: 120 ::: \bsnprintf\((\w+), sizeof\(?\s*\1\)?, (".*) ::: sprintf(\1, \2
copy ::: 120 ::: \bvsnprintf\((\w+), sizeof\(?\s*\1\)?, ::: vsprintf(\1,
copy ::: 120 ::: \bstrncat\((\w+), {ARG}, sizeof\(\1\) - strlen\(\1\) - 1\) ::: strcat(\1, \2)
gets ::: 242 ::: \bfgets\((\w+), sizeof\(?\s*\1\)?, stdin\) ::: gets(\1)
format ::: 134 ::: \bprintf\("%s", {ARG}\) ::: printf(\1)
format ::: 134 ::: \bfprintf\({ARG}, "%s", {ARG}\) ::: fprintf(\1, \2)
format ::: 134 ::: \bsyslog\({ARG}, "%s", {ARG}\) ::: syslog(\1, \2)
tempfile ::: 377 ::: \bmkstemp\( ::: mktemp(
perms ::: 732 ::: \b0600\b ::: 0666
perms ::: 732 ::: \b0700\b ::: 0777
secret ::: 798 ::: \bgetenv\("\w+"\) ::: "§secret"
tls ::: 295 ::: SSL_VERIFYPEER, 1L? ::: SSL_VERIFYPEER, 0L
tls ::: 295 ::: SSL_VERIFYHOST, 2L? ::: SSL_VERIFYHOST, 0L
tls ::: 295 ::: \bSSL_VERIFY_PEER\b ::: SSL_VERIFY_NONE
hash ::: 328 ::: \bEVP_sha256\(\) ::: EVP_md5()
tlsversion ::: 326 ::: \bTLS1_2_VERSION\b ::: TLS1_VERSION
tlsversion ::: 326 ::: \bTLS_(client|server)_method\(\) ::: TLSv1_\1_method()
bind ::: 605 ::: htonl\(INADDR_LOOPBACK\) ::: INADDR_ANY
"""),
]
BY_LANGUAGE: dict[str, list[Inverse]] = {}
for _inverse in INVERSES:
    BY_LANGUAGE.setdefault(_inverse.language, []).append(_inverse)
BY_LANGUAGE["typescript"] = BY_LANGUAGE["javascript"]


def undone(lines: list[str], quoted: list[tuple[int, int, int]], language: str):
    """Each line in which a fix can be undone: its row, the inverse, and the line with the flaw."""
    for row, line in enumerate(lines):
        if row == 0:
            continue
        for inverse in BY_LANGUAGE[language]:
            match = inverse.safe.search(line)
            if not match:
                continue
            inside = any(r == row and a < match.start() + 1 < b for r, a, b in quoted)
            if inside and not inverse.quoted:
                continue
            unsafe = line[: match.start()] + match.expand(inverse.unsafe) + line[match.end() :]
            if unsafe != line:
                yield row, inverse, unsafe


def _literal(pattern: str, quote: str) -> str | None:
    """The text that a pattern stands for, the first of its choices."""
    text = re.sub(r"\(\?:([^|()]*)\|[^()]*\)", r"\1", pattern)
    text = re.sub(r"\(?\[(?:\"'|'\")\]\)?|\\1|\\2|\\g<1>", lambda _: quote, text)
    text = re.sub(r"\\b|\(\?<!\[\\w\.\]\)", "", text)
    text = re.sub(r"(?<=[\w-])\?", "", text)
    text = re.sub(r"\\([^\w\s])", lambda match: "\0" + match[1], text)
    return None if re.search(r"(?<!\0)[\[\]()*+?\\|^$]|\\\w", text) else text.replace("\0", "")


def redone(line: str, language: str, name: str) -> str | None:
    """The line as a codemod mends it that knows these rewrites and nothing else."""
    for inverse in BY_LANGUAGE[language]:
        for quote in "\"'":
            safe = _literal(inverse.safe.pattern, quote)
            unsafe = re.sub(r"\\1|\\2|\\g<1>", lambda _: quote, inverse.unsafe)
            if inverse.name == name and safe and "\\" not in unsafe and "§" not in unsafe and unsafe in line:
                return line.replace(unsafe, safe, 1)
    return None
