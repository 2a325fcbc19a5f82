use super::*;
use crate::domain::{Cwe, Place};
use crate::ingest::read::damage::bears_damage;
use crate::ingest::reader::collect::{Collected, read_all, refused};

const JSON: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.5",
  "metadata": {"timestamp": "2026-01-02T03:04:05Z", "tools": {"components": [{"name": "My Scanner", "version": "2.0"}]},
    "component": {"bom-ref": "root", "type": "application", "name": "shop", "version": "1.0"}},
  "vulnerabilities": [
    {"id": "SNYK-JAVA-1", "source": {"name": "Snyk", "url": "https://example.com/1"}, "references": [{"id": "CVE-2018-7489"}],
     "ratings": [{"severity": "low", "method": "OWASP", "vector": "OWASP/K9"},
       {"source": {"name": "NVD"}, "score": 9.8, "severity": "critical", "method": "CVSSv31", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
       {"score": 7.5, "severity": "high", "method": "CVSSv2", "vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}],
     "cwes": [184, 502], "description": "FasterXML jackson-databind …", "recommendation": "Upgrade.",
     "affects": [{"ref": "jackson", "versions": [{"version": "2.9.4", "status": "affected"}, {"version": "2.9.5", "status": "unaffected"}]},
                 {"ref": "nested"}, {"ref": "free", "versions": [{"range": "vers:x/*", "status": "unaffected"}]},
                 {"ref": "urn:cdx:1/1#pkg%3Anpm%2Fms%400.7.0"}]},
    {"id": "CVE-2", "ratings": [{"severity": "negligible"}, {"score": 9.8, "method": "CVSSv3", "vector": "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
     "analysis": {"state": "not_affected", "justification": "code_not_reachable", "response": ["will_not_fix"]}},
    {"affects": [{"ref": "jackson"}]}, 7
  ],
  "components": [
    {"bom-ref": "web", "name": "web", "version": "3", "type": "library"},
    {"bom-ref": "jackson", "group": "com.fasterxml.jackson.core", "name": "jackson-databind", "version": "2.9.4",
     "purl": "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.9.4", "type": "library",
     "evidence": {"occurrences": [{"location": "lib/jackson.jar#x"}]},
     "components": [{"bom-ref": "nested", "name": "inner", "version": "1", "properties": [{"name": "aquasecurity:trivy:FilePath", "value": "./a/pom.xml"}]}]}
  ],
  "dependencies": [{"ref": "root", "dependsOn": ["web"]}, {"ref": "web", "dependsOn": ["jackson"]}]
}"#;

#[test]
fn a_vulnerability_is_a_claim_for_every_component_it_affects() {
    let read = read_all(&CycloneDx, JSON);
    assert_eq!((read.heads[0].tool.as_str(), read.heads[0].tool_version.as_str()), ("my-scanner", "2.0"));
    let claim = &read.claims[0];
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Critical, "critical"));
    assert_eq!(claim.cwes, [Cwe(184), Cwe(502)]);
    assert_eq!(claim.place, Some(Place::file("lib/jackson.jar")));
    let package = claim.dependency.as_ref().unwrap();
    assert_eq!(package.name, "com.fasterxml.jackson.core:jackson-databind");
    assert_eq!(package.path, ["shop@1.0", "web@3", "com.fasterxml.jackson.core:jackson-databind@2.9.4"]);
    assert_eq!(
        (package.fixed.as_slice(), package.aliases.as_slice()),
        (["2.9.5".to_owned()].as_slice(), ["CVE-2018-7489".to_owned()].as_slice())
    );
    let scores: Vec<_> = claim.scores.iter().map(|score| (score.score, score.by.as_str())).collect();
    assert_eq!(scores, [(Some(9.8), "NVD"), (Some(7.5), "Snyk")]);
    assert_eq!(read.claims[1].place, Some(Place::file("a/pom.xml")));
    assert_eq!(read.claims[2].dependency.as_ref().unwrap().name, "ms");
}

#[test]
fn every_element_is_accounted_for() {
    let read = read_all(&CycloneDx, JSON);
    assert_eq!(read.claims.len(), 4);
    assert_eq!(read.aside[0].0, "vulnerabilities[0].affects[2]");
    let odd: Vec<_> = read.unreadable.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(odd, ["vulnerabilities[2].affects[0]", "vulnerabilities[3]"]);
}

#[test]
fn an_analysis_that_rules_it_out_suppresses_and_a_plain_severity_is_the_tools_own() {
    let read = read_all(&CycloneDx, JSON);
    let claim = &read.claims[3];
    assert_eq!((claim.severity, claim.severity_words.as_str()), (Severity::Info, "negligible"));
    assert_eq!(claim.suppression.as_ref().unwrap().justification, "not_affected: code_not_reachable");
    assert_eq!(claim.dependency.as_ref().unwrap().name, "shop");
}

const XML: &str = r#"<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
  <metadata><timestamp>2026-01-02T03:04:05Z</timestamp><tools><tool><vendor>anchore</vendor><name>grype</name><version>0.41.0</version></tool></tools>
    <component type="application" bom-ref="root"><name>shop</name><version>1.0</version></component></metadata>
  <components>
    <component type="library" bom-ref="jackson"><group>com.fasterxml.jackson.core</group><name>jackson-databind</name><version>2.9.4</version>
      <purl>pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.9.4</purl>
      <components><component type="library" bom-ref="inner"><name>inner</name><version>1</version></component></components></component>
  </components>
  <dependencies><dependency ref="root"><dependency ref="jackson"/></dependency></dependencies>
  <vulnerabilities>
    <vulnerability bom-ref="1"><id>SNYK-JAVA-1</id><source><name>Snyk</name><url>https://example.com/1</url></source>
      <references><reference><id>CVE-2018-7489</id></reference></references>
      <ratings><rating><source><name>NVD</name></source><score>9.8</score><severity>critical</severity><method>CVSSv3</method>
        <vector>AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</vector></rating></ratings>
      <cwes><cwe>184</cwe><cwe>502</cwe></cwes><description>FasterXML &lt;before&gt; 2.9.5</description>
      <analysis><state>false_positive</state><detail>never called</detail></analysis>
      <affects><target><ref>jackson</ref></target><target><ref>inner</ref></target></affects></vulnerability>
    <vulnerability><description>nameless</description></vulnerability>
  </vulnerabilities>
</bom>"#;

const EXTENSION: &str = r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0">
  <components>
    <component type="library"><name>Django</name><version>2.2.18</version>
      <v:vulnerabilities><v:vulnerability ref="urn:uuid:31f44ed9"><v:id>GHSA-xgxc-v2qg-chmh</v:id>
        <v:source name="github:python"><v:url>https://example.com/x</v:url></v:source>
        <v:ratings><v:rating><v:score><v:base>0</v:base></v:score><v:severity>Low</v:severity></v:rating></v:ratings>
        <v:advisories><v:advisory>https://example.com/a</v:advisory></v:advisories></v:vulnerability></v:vulnerabilities></component>
    <component type="library" bom-ref="pkg:npm/ms@0.7.0"><name>ms</name><version>0.7.0</version><purl>pkg:npm/ms@0.7.0</purl></component>
  </components>
  <v:vulnerabilities><v:vulnerability ref="pkg:npm/ms@0.7.0"><v:id>CVE-2017-20162</v:id>
    <v:ratings><v:rating><v:severity>Low</v:severity><v:method>OWASP Risk</v:method></v:rating>
      <v:rating><v:score><v:base>9.8</v:base></v:score><v:severity>Critical</v:severity><v:method>CVSSv3</v:method></v:rating></v:ratings>
    <v:recommendations><v:recommendation>Upgrade</v:recommendation></v:recommendations></v:vulnerability></v:vulnerabilities>
</bom>"#;

fn names(read: &Collected) -> Vec<&str> {
    read.claims.iter().map(|claim| claim.dependency.as_ref().unwrap().name.as_str()).collect()
}

#[test]
fn xml_says_the_same_as_json() {
    let read = read_all(&CycloneDx, XML);
    assert_eq!(
        (read.heads[0].tool.as_str(), read.heads[0].started.as_str()),
        ("grype", "2026-01-02T03:04:05Z")
    );
    assert_eq!(names(&read), ["com.fasterxml.jackson.core:jackson-databind", "inner"]);
    let claim = &read.claims[0];
    assert_eq!((claim.severity, claim.scores[0].score), (Severity::Critical, Some(9.8)));
    assert_eq!(
        (claim.cwes.as_slice(), claim.message.as_str()),
        ([Cwe(184), Cwe(502)].as_slice(), "FasterXML <before> 2.9.5")
    );
    assert_eq!(claim.dependency.as_ref().unwrap().path.len(), 2);
    assert_eq!(claim.suppression.as_ref().unwrap().justification, "false_positive: never called");
    assert_eq!(read.unreadable[0].0, "vulnerabilities[1]");
    assert!(read.raws[0].starts_with("<vulnerability bom-ref=\"1\"><id>SNYK-JAVA-1</id>"));
}

#[test]
fn the_extension_of_old_versions_is_read_in_and_beside_components() {
    let read = read_all(&CycloneDx, EXTENSION);
    assert_eq!(names(&read), ["Django", "ms"]);
    assert_eq!((read.claims[0].severity, read.claims[0].scores.len()), (Severity::Low, 0));
    assert_eq!(
        (read.claims[1].severity, read.claims[1].severity_words.as_str()),
        (Severity::Critical, "Critical")
    );
}

#[test]
fn a_bill_without_vulnerabilities_says_nothing_of_them() {
    for (text, troubles) in [
        (r#"{"bomFormat": "CycloneDX", "components": [{"name": "x"}]}"#, 1),
        (r#"{"bomFormat": "CycloneDX", "components": [], "vulnerabilities": []}"#, 0),
        (r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components/></bom>"#, 1),
        (r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><vulnerabilities/></bom>"#, 0),
    ] {
        let read = read_all(&CycloneDx, text);
        assert_eq!((read.claims.len(), read.heads[0].troubles.len()), (0, troubles), "{text}");
    }
    assert!(matches!(refused(&CycloneDx, "<foo><components/></foo>"), ReadError::Unsupported(_)));
}

#[test]
fn damaged_documents_are_survived_and_cut_ones_refused() {
    for text in [JSON, XML, EXTENSION] {
        assert!(matches!(refused(&CycloneDx, &text[..text.len() - 4]), ReadError::Truncated { .. }));
        bears_damage(&CycloneDx, text, &[]);
    }
    let bomb = XML.replace("<bom ", "<!DOCTYPE bom [<!ENTITY a \"aaaa\">]><bom ");
    assert!(matches!(refused(&CycloneDx, &bomb), ReadError::Unsupported(_)));
}
