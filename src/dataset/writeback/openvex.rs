//! OpenVEX 0.2.0: for each package and advisory whether a project is affected, by what people decided.

use serde::Serialize;

use super::ruling::Ruling;
use super::{line, moment};
use crate::domain::{Opinion, Reason, State, short_hash};

/// An advisory about a package, as a case has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affected {
    /// The advisory.
    pub advisory: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// The package's URL.
    pub package: String,
    /// Versions that are not affected.
    pub fixed: Vec<String>,
}

/// A statement about a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The advisory.
    pub vulnerability: Vulnerability,
    /// When it was decided; of an undecided one when the document was written.
    pub timestamp: String,
    /// What it is about.
    pub products: Vec<Product>,
    /// `not_affected`, `affected`, `fixed` or `under_investigation`.
    pub status: &'static str,
    /// Why it is not affected, in one of the format's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<&'static str>,
    /// Why it is not affected, in the reviewer's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub impact_statement: String,
    /// What to do where it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action_statement: String,
}

/// An advisory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vulnerability {
    /// Its name.
    pub name: String,
    /// Its other names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Product {
    /// The product's URL, or where none was named the package's.
    #[serde(rename = "@id")]
    pub id: String,
    /// The package in the product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subcomponents: Vec<Component>,
}

/// A part of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// The package's URL.
    #[serde(rename = "@id")]
    pub id: String,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vex {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: String,
    author: String,
    timestamp: String,
    version: u32,
    tooling: String,
    /// What it says.
    pub statements: Vec<Statement>,
}

/// The word of the format for a reason; `None` where it has none.
const fn justification(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::Sanitised | Reason::ConstantInput => "vulnerable_code_cannot_be_controlled_by_adversary",
        Reason::Unreachable => "vulnerable_code_not_in_execute_path",
        Reason::FrameworkProtects | Reason::Mitigated => "inline_mitigations_already_exist",
        Reason::WrongRule => "vulnerable_code_not_present",
        // What tests alone use is in no product.
        Reason::TestCode => "component_not_present",
        Reason::Reachable | Reason::Exploited | Reason::NotOurCode | Reason::Other => return None,
    })
}

impl Statement {
    /// What a case says of an advisory; `product` is the URL of what the package is a part of, empty where none was named.
    #[must_use]
    pub fn of(ruling: &Ruling, affected: &Affected, product: &str, now: u64) -> Self {
        let component = Component { id: affected.package.clone() };
        let product = if product.is_empty() {
            Product { id: component.id, subcomponents: Vec::new() }
        } else {
            Product { id: product.to_owned(), subcomponents: vec![component] }
        };
        let settled = ruling.settled();
        let mut statement = Self {
            vulnerability: Vulnerability {
                name: affected.advisory.clone(),
                aliases: affected.aliases.clone(),
            },
            timestamp: moment(if settled.is_some() { ruling.decided } else { now }),
            products: vec![product],
            status: "under_investigation",
            justification: None,
            impact_statement: String::new(),
            action_statement: String::new(),
        };
        let note = line(&ruling.note);
        match settled {
            Some(Opinion::Rejected) => {
                statement.status = "not_affected";
                statement.justification = ruling.reason.and_then(justification);
                statement.impact_statement = match (statement.justification, note.is_empty()) {
                    (Some(_), true) => String::new(),
                    (None, true) => ruling.words(),
                    (_, false) => note,
                };
            }
            Some(Opinion::Confirmed | Opinion::RiskAccepted) if ruling.state == State::Gone => {
                statement.status = "fixed";
            }
            Some(Opinion::Confirmed) => {
                statement.status = "affected";
                let update = match affected.fixed.as_slice() {
                    [] => "no version is known that is not affected".to_owned(),
                    fixed => format!("update to {}", fixed.join(" or ")),
                };
                statement.action_statement =
                    if note.is_empty() { update } else { format!("{update}; {note}") };
            }
            Some(Opinion::RiskAccepted) => {
                statement.status = "affected";
                statement.action_statement = ruling.words();
            }
            Some(Opinion::Unsure) | None => {}
        }
        statement
    }
}

impl Vex {
    /// A document of some statements. Of several about one package and one advisory the gravest is said: it is there in
    /// several places, and one of them is enough to be affected.
    #[must_use]
    pub fn new(author: &str, now: u64, mut statements: Vec<Statement>) -> Self {
        let key = |it: &Statement| {
            let product = it.products.first().map(|product| product.id.clone());
            (it.vulnerability.name.clone(), product, subject(it).map(str::to_owned))
        };
        statements.sort_by_cached_key(|it| (key(it), gravity(it.status), it.timestamp.clone()));
        statements.dedup_by(|one, before| key(one) == key(before));
        let said = serde_json::to_vec(&statements).unwrap_or_default();
        Self {
            context: "https://openvex.dev/ns/v0.2.0",
            id: format!("urn:assize:vex:{:016x}", short_hash(&[author.as_bytes(), &said])),
            author: author.to_owned(),
            timestamp: moment(now),
            version: 1,
            tooling: format!("assize {}", env!("CARGO_PKG_VERSION")),
            statements,
        }
    }
}

/// The gravest first.
fn gravity(status: &str) -> u8 {
    match status {
        "affected" => 0,
        "under_investigation" => 1,
        "fixed" => 2,
        _ => 3,
    }
}

fn subject(statement: &Statement) -> Option<&str> {
    statement.products.first()?.subcomponents.first().map(|part| part.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::ruling::ruled;
    use super::*;
    use crate::domain::{Basis, CaseId};

    fn affected() -> Affected {
        Affected {
            advisory: "CVE-2021-44906".into(),
            aliases: vec!["GHSA-xvch-5gv4-984h".into()],
            package: "pkg:npm/minimist@1.2.0".into(),
            fixed: vec!["1.2.6".into()],
        }
    }

    fn stated(ruling: &Ruling) -> Statement {
        Statement::of(ruling, &affected(), "", 1_764_000_000_000)
    }

    #[test]
    fn every_reason_has_a_justification_or_an_impact_statement() {
        for &reason in Reason::ALL {
            let ruling = Ruling { reason: Some(reason), ..ruled(Opinion::Rejected, Basis::Human) };
            let statement = stated(&ruling);
            assert_eq!(statement.status, "not_affected");
            // The format asks for one of the two.
            assert!(statement.justification.is_some() || !statement.impact_statement.is_empty(), "{reason}");
        }
        let unreachable =
            Ruling { reason: Some(Reason::Unreachable), ..ruled(Opinion::Rejected, Basis::Human) };
        assert_eq!(stated(&unreachable).justification, Some("vulnerable_code_not_in_execute_path"));
    }

    #[test]
    fn what_is_affected_says_what_to_do_and_what_nobody_decided_is_looked_into() {
        let confirmed = stated(&ruled(Opinion::Confirmed, Basis::Human));
        assert_eq!((confirmed.status, confirmed.action_statement.as_str()), ("affected", "update to 1.2.6"));
        let accepted = stated(&ruled(Opinion::RiskAccepted, Basis::Human));
        assert!(accepted.status == "affected" && accepted.action_statement.starts_with("risk accepted"));
        let gone = Ruling { state: State::Gone, ..ruled(Opinion::Confirmed, Basis::Human) };
        assert_eq!(stated(&gone).status, "fixed");
        for ruling in [
            ruled(Opinion::Rejected, Basis::Inferred),
            ruled(Opinion::Rejected, Basis::Imported),
            Ruling { state: State::Stale, ..ruled(Opinion::Rejected, Basis::Human) },
            Ruling::none(CaseId::default(), State::Open),
        ] {
            assert_eq!(stated(&ruling).status, "under_investigation", "{ruling:?}");
        }
    }

    #[test]
    fn of_several_statements_about_one_package_the_gravest_is_said() {
        let said = |opinion| stated(&ruled(opinion, Basis::Human));
        let document = Vex::new(
            "ann",
            0,
            vec![said(Opinion::Rejected), said(Opinion::Confirmed), said(Opinion::Rejected)],
        );
        assert_eq!(document.statements.iter().map(|it| it.status).collect::<Vec<_>>(), ["affected"]);
    }

    #[test]
    fn a_named_product_has_the_package_as_its_part() {
        let ruling = ruled(Opinion::Rejected, Basis::Human);
        let statement = Statement::of(&ruling, &affected(), "pkg:oci/shop", 0);
        let product = &statement.products[0];
        assert_eq!(
            (product.id.as_str(), product.subcomponents[0].id.as_str()),
            ("pkg:oci/shop", "pkg:npm/minimist@1.2.0")
        );
        let document = serde_json::to_value(Vex::new("ann", 0, vec![statement])).unwrap();
        assert_eq!(document["@context"], "https://openvex.dev/ns/v0.2.0");
        assert_eq!(document["statements"][0]["vulnerability"]["name"], "CVE-2021-44906");
    }
}
