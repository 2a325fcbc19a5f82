//! A workspace with cases that are nearly the same.

use serde_json::json;

use super::desk::Desk;

/// Files of one function each, which runs the same query: `bare` ones, ones that escape the value first, and one that
/// runs another query. A scanner reports each of them.
pub fn shop(bare: usize, escaping: usize) -> Desk {
    let desk = Desk::new();
    let mut results = Vec::new();
    let mut add = |name: String, before: &str, query: &str, trace: bool| {
        let text = format!("import db\n\n\ndef {name}(uid):\n{before}    return db.run({query})\n");
        let line = text.lines().count();
        let path = format!("{name}.py");
        desk.file(&format!("tree/{path}"), &text);
        let place = json!({"artifactLocation": {"uri": path}, "region": {"startLine": line}});
        let mut result = json!({"ruleId": "py.sql", "level": "error", "message": {"text": "a query of text"},
            "locations": [{"physicalLocation": place}]});
        if trace {
            let first = json!({"artifactLocation": {"uri": path}, "region": {"startLine": 4}});
            result["codeFlows"] = json!([{"threadFlows": [{"locations": [
                {"location": {"physicalLocation": first}}, {"location": {"physicalLocation": place}}]}]}]);
        }
        results.push(result);
    };
    for number in 0..bare {
        add(format!("bare{number}"), "", "\"SELECT \" + uid", number == 1);
    }
    for number in 0..escaping {
        add(format!("safe{number}"), "    uid = escape(uid)\n", "\"SELECT \" + uid", false);
    }
    add("other".to_owned(), "", "\"DELETE \" + uid", false);
    let log =
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Acme"}}, "results": results}]});
    desk.file("scan.sarif", log.to_string());
    desk.import(&["scan.sarif", "--source", "tree"]);
    desk
}
