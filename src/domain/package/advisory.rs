//! Ids of advisories: whose they are, and their one spelling.

/// Who names an advisory so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvisoryKind {
    /// `CVE-2021-44228`
    Cve,
    /// `GHSA-jfh8-c2jp-5v3q`
    Ghsa,
    /// An ecosystem's own database: `RUSTSEC-…`, `PYSEC-…`, `GO-…`, `OSV-…`, `MAL-…`…
    Ecosystem,
    /// A vendor's or a distribution's: `SNYK-…`, `RHSA-…`, `DSA-…`, `USN-…`, `ALAS-…`…
    Vendor,
    /// None of these.
    Other,
}

/// The kind of an advisory's id.
#[must_use]
pub fn advisory_kind(id: &str) -> AdvisoryKind {
    let id = id.trim().to_ascii_uppercase();
    let prefix = id.split(['-', ':']).next().unwrap_or_default();
    match prefix {
        "CVE" => AdvisoryKind::Cve,
        "GHSA" => AdvisoryKind::Ghsa,
        "RUSTSEC" | "PYSEC" | "GO" | "OSV" | "MAL" | "HSEC" | "PSF" | "RSEC" | "BIT" | "GSD" | "JLSEC"
        | "EEF" => AdvisoryKind::Ecosystem,
        "SNYK" | "NPM" | "RHSA" | "RHBA" | "RHEA" | "DSA" | "DLA" | "USN" | "LSN" | "ALAS" | "ALAS2"
        | "ELSA" | "SUSE" | "OPENSUSE" | "ALSA" | "RLSA" | "RXSA" | "ALPINE" | "DEBIAN" | "UBUNTU"
        | "CGA" | "GLSA" | "PRISMA" | "SONATYPE" | "TEMP" | "NSWG" | "VU" | "MGASA" | "FEDORA" => {
            AdvisoryKind::Vendor
        }
        _ => AdvisoryKind::Other,
    }
}

/// An advisory's id in the one spelling under which two tools' ids are the same advisory.
#[must_use]
pub fn normal_advisory(id: &str) -> String {
    let id = id.trim();
    match advisory_kind(id) {
        AdvisoryKind::Ghsa => format!("GHSA{}", id.get(4..).unwrap_or_default().to_ascii_lowercase()),
        AdvisoryKind::Other => id.to_owned(),
        _ => id.to_ascii_uppercase(),
    }
}

/// The first GitHub advisory or CVE id in a text, such as a link.
#[must_use]
pub fn advisory_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| {
            let parts: Vec<&str> = word.split('-').collect();
            match parts.as_slice() {
                [first, a, b, c] if first.eq_ignore_ascii_case("ghsa") => {
                    [a, b, c].iter().all(|part| part.len() == 4)
                }
                [first, year, number] if first.eq_ignore_ascii_case("cve") => {
                    year.len() == 4
                        && number.len() >= 4
                        && [year, number].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
                }
                _ => false,
            }
        })
        .map(normal_advisory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisories_are_told_apart_and_found_in_links() {
        for (id, kind) in [
            ("CVE-2021-44228", AdvisoryKind::Cve),
            ("ghsa-JFH8-c2jp-5v3q", AdvisoryKind::Ghsa),
            ("RUSTSEC-2020-0071", AdvisoryKind::Ecosystem),
            ("SNYK-JS-LODASH-567746", AdvisoryKind::Vendor),
            ("npm:ms:20170412", AdvisoryKind::Vendor),
            ("1523", AdvisoryKind::Other),
        ] {
            assert_eq!(advisory_kind(id), kind, "{id}");
        }
        assert_eq!(normal_advisory("ghsa-JFH8-C2jp-5v3q"), "GHSA-jfh8-c2jp-5v3q");
        let link = "https://github.com/advisories/GHSA-pfrx-2q88-qq97?x=1";
        assert_eq!(advisory_in(link).as_deref(), Some("GHSA-pfrx-2q88-qq97"));
        assert_eq!(advisory_in("see CVE-2020-8908.").as_deref(), Some("CVE-2020-8908"));
        assert_eq!(advisory_in("https://npmjs.com/advisories/1523"), None);
    }
}
