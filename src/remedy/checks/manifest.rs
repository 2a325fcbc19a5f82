//! Readers of manifests that no grammar is at hand for: `requirements.txt` as pip reads it, and `go.mod` as Go does. Each says
//! whether the whole of a text is in order, and of what line it is not.
//!
//! They are exact where a wrong version would be: what pip or Go would refuse is refused. Environment markers, addresses and
//! hashes are only looked at as far as where they begin and end.

/// Options of a line of `requirements.txt` that stand alone or before a value.
const OPTIONS: &[&str] = &[
    "-r",
    "-c",
    "-e",
    "-i",
    "-f",
    "--requirement",
    "--constraint",
    "--editable",
    "--index-url",
    "--pypi-url",
    "--extra-index-url",
    "--find-links",
    "--no-index",
    "--no-binary",
    "--only-binary",
    "--prefer-binary",
    "--require-hashes",
    "--pre",
    "--trusted-host",
    "--use-feature",
];

/// Options of one requirement.
const OF_ONE: &[&str] =
    &["--hash", "--config-settings", "--config-setting", "--global-option", "--install-option"];

/// Whether pip reads a text.
pub(super) fn requirements(text: &str) -> Result<(), String> {
    let mut whole = String::new();
    let mut first = 1;
    for (number, line) in (1_u32..).zip(text.lines()) {
        if whole.is_empty() {
            first = number;
        }
        if let Some(begun) = line.strip_suffix('\\') {
            whole.push_str(begun);
            whole.push(' ');
            continue;
        }
        whole.push_str(line);
        requirement(without_comment(&whole)).map_err(|why| format!("line {first}: {why}"))?;
        whole.clear();
    }
    requirement(without_comment(&whole)).map_err(|why| format!("line {first}: {why}"))
}

/// A comment begins a line, or stands behind a blank: an address may hold its sign.
fn without_comment(line: &str) -> &str {
    let is_comment = |&(at, _): &(usize, &str)| {
        line.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
    };
    let at = line.match_indices('#').find(is_comment).map_or(line.len(), |(at, _)| at);
    line.get(..at).unwrap_or_default().trim()
}

fn requirement(line: &str) -> Result<(), String> {
    let is_address = line.contains("://") || line.starts_with(['.', '/']);
    if line.is_empty() || (is_address && !line.starts_with('-') && !line.contains(" @ ")) {
        return Ok(());
    }
    if line.starts_with('-') {
        let end = line.find(['=', ' ', '\t']).unwrap_or(line.len());
        let option = line.get(..end).unwrap_or_default();
        return if OPTIONS.contains(&option) { Ok(()) } else { Err(format!("`{option}` is no option")) };
    }
    let mut parts = line.split(" --");
    let one = parts.next().unwrap_or_default();
    for option in parts {
        let name = option.split(['=', ' ']).next().unwrap_or_default();
        if !OF_ONE.iter().any(|known| known.strip_prefix("--") == Some(name)) {
            return Err(format!("`--{name}` is no option of a requirement"));
        }
    }
    let (wanted, marker) = one.split_once(';').map_or((one, None), |(wanted, marker)| (wanted, Some(marker)));
    if marker.is_some_and(|marker| marker.trim().is_empty() || !is_closed(marker)) {
        return Err("its marker is cut off".to_owned());
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let end = wanted.find(|c| !is_name(c)).unwrap_or(wanted.len());
    let (name, rest) = wanted.split_at(end);
    let edge = |c: char| c.is_ascii_alphanumeric();
    if !name.starts_with(edge) || !name.ends_with(edge) {
        return Err(format!("`{}` is no requirement", wanted.trim()));
    }
    let mut rest = rest.trim();
    if let Some(extras) = rest.strip_prefix('[') {
        let (inside, behind) = extras.split_once(']').ok_or("its extras do not end")?;
        if inside.split(',').any(|extra| !extra.trim().chars().all(is_name)) {
            return Err(format!("`[{inside}]` are no extras"));
        }
        rest = behind.trim();
    }
    if rest.starts_with('@') {
        return Ok(());
    }
    let rest = rest.strip_prefix('(').and_then(|it| it.strip_suffix(')')).unwrap_or(rest);
    if rest.trim().is_empty() {
        return Ok(());
    }
    // A comma may end the list.
    rest.trim().trim_end_matches(',').split(',').try_for_each(|clause| version_clause(clause.trim()))
}

/// `==1.2.*`, `~=1.4.2`, `>=2`.
fn version_clause(clause: &str) -> Result<(), String> {
    let wrong = || format!("`{clause}` asks for no version");
    let operators = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
    let operator = operators.into_iter().find(|operator| clause.starts_with(operator)).ok_or_else(wrong)?;
    let version = clause.strip_prefix(operator).unwrap_or_default().trim();
    if operator == "===" {
        return if version.is_empty() || version.contains(' ') { Err(wrong()) } else { Ok(()) };
    }
    let bare = match version.strip_suffix(".*") {
        Some(bare) if matches!(operator, "==" | "!=") => bare,
        _ => version,
    };
    let release = bare.split_once('!').map_or(bare, |(_, release)| release);
    let release = release.strip_prefix(['v', 'V']).unwrap_or(release);
    let number = release.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(release.len());
    let (numbers, behind) = release.split_at(number);
    let numbers = if behind.is_empty() { numbers } else { numbers.strip_suffix('.').unwrap_or(numbers) };
    let is_release = numbers.split('.').all(|part| !part.is_empty());
    let is_suffix = behind.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
    let is_compatible = operator != "~=" || numbers.contains('.');
    if is_release && is_suffix && is_compatible { Ok(()) } else { Err(wrong()) }
}

/// Whether quotes and parentheses of a text are closed.
fn is_closed(text: &str) -> bool {
    let (mut quote, mut depth) = (None, 0_i32);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
    }
    quote.is_none() && depth == 0
}

/// Whether Go reads a text as its `go.mod`.
pub(super) fn go_mod(text: &str) -> Result<(), String> {
    let mut block: Option<String> = None;
    let mut modules = 0;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.split("//").next().unwrap_or_default().trim();
        let at = |why: String| format!("line {number}: {why}");
        if line.is_empty() {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        let (verb, given) = match (&block, words.as_slice()) {
            (Some(_), [")"]) => {
                block = None;
                continue;
            }
            (Some(verb), given) => (verb.clone(), given),
            (None, [verb, "("]) => {
                block = Some((*verb).to_owned());
                continue;
            }
            (None, [verb, given @ ..]) => ((*verb).to_owned(), given),
            (None, []) => continue,
        };
        modules += usize::from(verb == "module");
        directive(&verb, given, line).map_err(at)?;
    }
    match (block, modules) {
        (Some(verb), _) => Err(format!("the block of `{verb}` does not end")),
        (None, 1) => Ok(()),
        (None, _) => Err("it names no module, or several".to_owned()),
    }
}

fn directive(verb: &str, given: &[&str], line: &str) -> Result<(), String> {
    let wrong = || Err(format!("`{line}` is none of what `{verb}` takes"));
    match (verb, given) {
        ("module" | "tool" | "ignore" | "toolchain" | "godebug", [_]) => Ok(()),
        ("go", [version]) => {
            let starts = version.starts_with(|c: char| c.is_ascii_digit());
            let holds = version.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
            if starts && holds && version.contains('.') { Ok(()) } else { wrong() }
        }
        ("require" | "exclude", [path, version]) => module_version(path, version),
        ("replace", [path, version, "=>", rest @ ..]) if *version != "=>" => {
            module_version(path, version)?;
            replacement(rest, line)
        }
        ("replace", [_, "=>", rest @ ..]) => replacement(rest, line),
        ("retract", [version]) => semantic(version).map(|_| ()),
        ("retract", [..]) if line.contains('[') && line.contains(']') => Ok(()),
        (
            "module" | "tool" | "ignore" | "toolchain" | "godebug" | "go" | "require" | "exclude" | "replace"
            | "retract",
            _,
        ) => wrong(),
        _ => Err(format!("`{verb}` is no directive")),
    }
}

fn replacement(given: &[&str], line: &str) -> Result<(), String> {
    match given {
        [path] if path.starts_with(['.', '/']) => Ok(()),
        [path, version] => module_version(path, version),
        _ => Err(format!("`{line}` replaces by nothing")),
    }
}

/// A module's version says the same major number as its path.
fn module_version(path: &str, version: &str) -> Result<(), String> {
    let major = semantic(version)?;
    let number = |text: &str| text.parse::<u64>().ok();
    let told = match path.rsplit_once("/v").and_then(|(_, it)| number(it)) {
        Some(told) => Some(told),
        None => path.rsplit_once(".v").and_then(|(_, it)| number(it)),
    };
    let fits = match told {
        // There a commit without a version counts as of the first major one, in form of the one before.
        Some(1) if path.starts_with("gopkg.in/") && version.starts_with("v0.0.0-") => true,
        Some(told) => told == major,
        None => major < 2 || version.ends_with("+incompatible"),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("`{path}` has no version `{version}`: its path says another major one"))
    }
}

/// The major number of `v1.2.3`, with or without what stands behind it.
fn semantic(version: &str) -> Result<u64, String> {
    let wrong = || format!("`{version}` is no version: it has to be of the form v1.2.3");
    let bare = version.strip_prefix('v').ok_or_else(wrong)?;
    let end = bare.find(['-', '+']).unwrap_or(bare.len());
    let (numbers, behind) = bare.split_at(end);
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (*part == "0" || !part.starts_with('0'))
    };
    let is_suffix = behind.is_empty()
        || behind.len() > 1 && behind.chars().all(|c| c.is_ascii_alphanumeric() || "-+.".contains(c));
    match parts.as_slice() {
        [major, _, _] if parts.iter().all(is_number) && is_suffix => major.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requirements_are_read_as_pip_reads_them() {
        for good in [
            "",
            "# only\n\n",
            "Flask\nJinja2[i18n,x]==2.10 ; python_version < \"3.9\" # old\n",
            "a>=1.2,<2\na ~= 1.4.2\na (==1.0)\na===anything\na==1.*\na!=1.5.*,>=1.0a1\na==1!2.0.post1+local\n",
            "-r other.txt\n--index-url https://x.example/simple\n-e .\n./local\nhttps://x.example/a#egg=a\n",
            "a @ https://x.example/a.whl\n",
            "a==1.0 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\n",
        ] {
            assert_eq!(requirements(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("a=1.0\n", "asks for no version"),
            ("a==\n", "asks for no version"),
            ("a==1.0.*.*\n", "asks for no version"),
            ("a>=1.*\n", "asks for no version"),
            ("a~=1\n", "asks for no version"),
            ("a==1..0\n", "asks for no version"),
            ("a 1.0\n", "asks for no version"),
            ("a[x\n", "extras do not end"),
            ("==1.0\n", "no requirement"),
            ("a==1.0 ; python_version < \"3\n", "marker is cut off"),
            ("a==1.0 --hsh=1\n", "no option"),
            ("--whatever\n", "no option"),
            ("\n\nb==1\na==\n", "line 4"),
        ] {
            let told = requirements(bad).unwrap_err();
            assert!(told.contains(why), "{bad}: {told}");
        }
    }

    #[test]
    fn go_mod_is_read_as_go_reads_it() {
        let of = |rest: &str| format!("module example.com/m\n\ngo 1.22.1\n\n{rest}");
        for good in [
            "",
            "require x.y/z v1.0.0\n",
            "require (\n\tx.y/z v1.0.0 // indirect\n\tx.y/z/v2 v2.1.0-rc.1\n\tgopkg.in/yaml.v3 v3.0.1\n)\n",
            "require x.y/z v2.0.0+incompatible\n",
            "require x.y/z v0.0.0-20191109021931-d4a7c04131f5\n",
            "require gopkg.in/check.v1 v0.0.0-20161208181325-20d25e280405\n",
            "replace x.y/z => ../z\nreplace x.y/z v1.0.0 => a.b/c v1.2.3\nexclude x.y/z v1.0.1\n",
            "retract v1.0.0\nretract [v1.0.0, v1.1.0]\ntoolchain go1.22.1\ntool x.y/z/cmd\n",
        ] {
            assert_eq!(go_mod(&of(good)), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("require x.y/z v9.9\n", "of the form v1.2.3"),
            ("require x.y/z 1.0.0\n", "of the form v1.2.3"),
            ("require x.y/z v1.02.0\n", "of the form v1.2.3"),
            ("require x.y/z v2.0.0\n", "another major one"),
            ("require x.y/z/v2 v3.0.0\n", "another major one"),
            ("require gopkg.in/check.v1 v0.1.0\n", "another major one"),
            ("require gopkg.in/yaml.v2 v0.0.0-20161208181325-20d25e280405\n", "another major one"),
            ("require x.y/z\n", "none of what `require` takes"),
            ("require (\n\tx.y/z v1.0.0\n", "does not end"),
            ("demand x.y/z v1.0.0\n", "no directive"),
            ("module other\n", "no module, or several"),
        ] {
            let told = go_mod(&of(bad)).unwrap_err();
            assert!(told.contains(why), "{bad}: {told}");
        }
        assert!(go_mod("require x.y/z v1.0.0\n").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(a|==|1\\.0|;|\\[|\\]|--hash|#| |\n|\\\\|@|v1\\.0\\.0|require|\\(|\\)|module|é|\"){0,24}") {
            let (_, _) = (requirements(&text), go_mod(&text));
        }
    }
}
