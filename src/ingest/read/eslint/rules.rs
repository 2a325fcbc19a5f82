//! Which of ESLint's rules are about security.

/// Rules of ESLint itself, and of plugins that are about quality else.
const SECURITY: &[&str] = &[
    "no-eval",
    "no-implied-eval",
    "no-new-func",
    "no-script-url",
    "@angular-eslint/template/no-inner-html",
    "@typescript-eslint/no-implied-eval",
    "jsx-a11y/anchor-has-no-target-blank",
    "n/no-path-concat",
    "node/no-path-concat",
    "react/iframe-missing-sandbox",
    "react/jsx-no-script-url",
    "react/jsx-no-target-blank",
    "react/no-danger",
    "react/no-danger-with-children",
    "regexp/no-super-linear-backtracking",
    "regexp/no-super-linear-move",
    "svelte/no-at-html-tags",
    "vue/no-v-html",
    "vue/no-v-text-v-html-on-component",
];

/// Plugins that are about quality or style, but for what stands above.
const QUALITY_PLUGINS: &[&str] = &[
    "@angular-eslint",
    "@babel",
    "@cspell",
    "@eslint-community/eslint-comments",
    "@eslint-react",
    "@graphql-eslint",
    "@next/next",
    "@nx",
    "@stylistic",
    "@tanstack/query",
    "@typescript-eslint",
    "@vitest",
    "array-callback-return",
    "ava",
    "babel",
    "canonical",
    "compat",
    "css-modules",
    "cypress",
    "deprecation",
    "ember",
    "es",
    "es-x",
    "eslint-comments",
    "filenames",
    "flowtype",
    "formatjs",
    "functional",
    "i18n",
    "import",
    "import-x",
    "jasmine",
    "jest",
    "jest-dom",
    "jest-formatting",
    "jsdoc",
    "json",
    "jsonc",
    "jsx-a11y",
    "lit",
    "lodash",
    "markdown",
    "mocha",
    "mozilla",
    "n",
    "node",
    "perfectionist",
    "playwright",
    "prefer-arrow",
    "prettier",
    "promise",
    "qunit",
    "react",
    "react-compiler",
    "react-hooks",
    "react-native",
    "react-perf",
    "react-refresh",
    "regexp",
    "rxjs",
    "simple-import-sort",
    "solid",
    "sort-keys-fix",
    "standard",
    "storybook",
    "svelte",
    "tailwindcss",
    "testing-library",
    "toml",
    "tsdoc",
    "unicorn",
    "unused-imports",
    "vitest",
    "vue",
    "vuejs-accessibility",
    "yml",
];

/// SonarJS holds both, most of it quality: these of its rules are about security.
const SONARJS: &[&str] = &[
    "certificate-transparency",
    "code-eval",
    "confidential-information-logging",
    "content-length",
    "content-security-policy",
    "cookie-no-httponly",
    "cors",
    "csrf",
    "disabled-auto-escaping",
    "disabled-resource-integrity",
    "dns-prefetching",
    "dompurify-unsafe-config",
    "dynamically-constructed-templates",
    "encryption",
    "encryption-secure-mode",
    "file-permissions",
    "file-uploads",
    "hardcoded-secret-signatures",
    "hashing",
    "hidden-files",
    "insecure-cookie",
    "insecure-jwt-token",
    "link-with-target-blank",
    "no-angular-bypass-sanitization",
    "no-clear-text-protocols",
    "no-hardcoded-credentials",
    "no-hardcoded-ip",
    "no-hardcoded-passwords",
    "no-hardcoded-secrets",
    "no-intrusive-permissions",
    "no-ip-forward",
    "no-mime-sniff",
    "no-mixed-content",
    "no-os-command-from-path",
    "no-referrer-policy",
    "no-session-cookies-on-static-assets",
    "no-unsafe-unzip",
    "no-vue-bypass-sanitization",
    "no-weak-cipher",
    "no-weak-keys",
    "os-command",
    "post-message",
    "process-argv",
    "production-debug",
    "pseudo-random",
    "publicly-writable-directories",
    "regular-expr",
    "review-blockchain-mnemonic",
    "session-regeneration",
    "slow-regex",
    "sockets",
    "sql-queries",
    "standard-input",
    "strict-transport-security",
    "unverified-certificate",
    "unverified-hostname",
    "weak-ssl",
    "web-sql-database",
    "x-powered-by",
    "xml-parser-xxe",
    "xpath",
];

/// Whether a rule is about security. Of a plugin that nobody listed it is taken to be: a claim too many is put away
/// with a key, one too few is never seen.
pub(super) fn is_about_security(rule: &str) -> bool {
    if SECURITY.contains(&rule) {
        return true;
    }
    let Some((plugin, name)) = rule.rsplit_once('/') else { return false };
    if plugin == "sonarjs" {
        return SONARJS.contains(&name) || name.starts_with("aws-");
    }
    // Rules may have folders of their own: `@angular-eslint/template/alt-text`.
    !QUALITY_PLUGINS
        .iter()
        .any(|known| plugin.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// What the tool says the secret is; `no-secrets` quotes it: `Found a string with entropy 4.3 : "…"`.
pub(super) fn told(message: &str) -> &str {
    let quoted = message.split_once('"').and_then(|(_, quoted)| quoted.rsplit_once('"'));
    quoted.map_or("", |(secret, _)| secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_about_security_are_told_from_rules_about_style() {
        for (rule, expected) in [
            ("security/detect-object-injection", true),
            ("no-eval", true),
            ("semi", false),
            ("no-unused-vars", false),
            ("@typescript-eslint/no-implied-eval", true),
            ("@typescript-eslint/no-explicit-any", false),
            ("react/no-danger", true),
            ("react/prop-types", false),
            ("@angular-eslint/template/alt-text", false),
            ("@angular-eslint/template/no-inner-html", true),
            ("sonarjs/sql-queries", true),
            ("sonarjs/aws-s3-bucket-granted-access", true),
            ("sonarjs/cognitive-complexity", false),
            ("@acme/house-rules/no-raw-sql", true),
            ("no-unsanitized/property", true),
        ] {
            assert_eq!(is_about_security(rule), expected, "{rule}");
        }
    }
}
