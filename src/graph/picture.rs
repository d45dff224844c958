//! Views of a release's graph: lines, a flowchart, JSON.

use super::references::Referring;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A flow, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// `COMPONENT/FLOW`.
    pub flow: String,
    /// Who opens the connection: a pod group of the release, or what it is called outside.
    pub from: String,
    /// Who answers.
    pub to: String,
    /// Ports of the pods that answer: `443`, `UDP 53`, `7079-7206`.
    pub ports: Vec<String>,
    /// Whether the network policies at both ends let it pass.
    pub passes: bool,
    /// The sides that do not: `egress of spark-connect/server`.
    pub blocked_by: Vec<String>,
}

/// All that is drawn of a release. This is the shape of `--format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    /// Its name.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// Its environment.
    pub environment: String,
    /// Its objects with those that they refer to.
    pub objects: Vec<Referring>,
    /// Who may talk to whom.
    pub flows: Vec<Edge>,
}

impl Graph {
    /// One line for each flow, in the order of those who open connections.
    pub fn matrix(&self) -> String {
        let rows: Vec<[String; 5]> = self
            .flows
            .iter()
            .map(|edge| {
                let verdict = match edge.passes {
                    true => "passes".to_owned(),
                    false => format!("blocked by {}", edge.blocked_by.join(" and ")),
                };
                [
                    edge.from.clone(),
                    format!("-> {}", edge.to),
                    edge.ports.join(", "),
                    edge.flow.clone(),
                    verdict,
                ]
            })
            .collect();
        let heads = ["FROM", "   TO", "PORTS", "FLOW", "POLICIES"].map(str::to_owned);
        let mut widths = [0; 5];
        for row in std::iter::once(&heads).chain(&rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        for row in std::iter::once(&heads).chain(&rows) {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }

    /// Components, their objects, and what each refers to.
    pub fn tree(&self) -> String {
        let mut text = format!("{} in {} ({})\n", self.release, self.namespace, self.environment);
        let mut components: BTreeMap<&str, Vec<&Referring>> = BTreeMap::new();
        for object in &self.objects {
            components.entry(&object.component).or_default().push(object);
        }
        for (component, objects) in components {
            let _ = writeln!(text, "  {component}");
            for object in objects {
                let _ = writeln!(text, "    {}", object.object);
                for other in &object.refers {
                    let _ = writeln!(text, "      -> {other}");
                }
            }
        }
        text
    }

    /// A Mermaid flowchart of the flows; blocked ones are dotted.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.flows.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]) {
            let next = names.len();
            if let std::collections::btree_map::Entry::Vacant(entry) = names.entry(name) {
                entry.insert(next);
                // Quotes would end the label, and nothing else in it means anything.
                let _ = writeln!(text, "  n{next}[\"{}\"]", name.replace('"', "'"));
            }
        }
        let mut drawn: BTreeMap<(usize, usize, bool), Vec<&str>> = BTreeMap::new();
        for edge in &self.flows {
            let ends = (names[edge.from.as_str()], names[edge.to.as_str()], edge.passes);
            let ports = drawn.entry(ends).or_default();
            for port in &edge.ports {
                if !ports.contains(&port.as_str()) {
                    ports.push(port);
                }
            }
        }
        for ((from, to, passes), ports) in drawn {
            let arrow = if passes { "-->" } else { "-.->" };
            let _ = writeln!(text, "  n{from} {arrow}|{}| n{to}", ports.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> Graph {
        let edge = |from: &str, to: &str, port: &str, blocked: &[&str]| Edge {
            flow: "a/b".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            ports: vec![port.to_owned()],
            passes: blocked.is_empty(),
            blocked_by: blocked.iter().map(|side| (*side).to_owned()).collect(),
        };
        Graph {
            release: "sales".to_owned(),
            namespace: "spark".to_owned(),
            environment: "dev".to_owned(),
            objects: vec![Referring {
                object: "Service/a".to_owned(),
                component: "one".to_owned(),
                refers: vec!["Deployment/a".to_owned()],
            }],
            flows: vec![
                edge("clients", "one/server", "80", &[]),
                edge("one/server", "dns", "UDP 53", &["egress of one/server"]),
            ],
        }
    }

    #[test]
    fn flows_are_lines_and_blocked_ones_say_by_whom() {
        let expected = "\
FROM           TO          PORTS   FLOW  POLICIES
clients     -> one/server  80      a/b   passes
one/server  -> dns         UDP 53  a/b   blocked by egress of one/server
";
        assert_eq!(graph().matrix(), expected);
        assert_eq!(graph().tree(), "sales in spark (dev)\n  one\n    Service/a\n      -> Deployment/a\n");
    }

    #[test]
    fn flowcharts_name_each_end_once() {
        let expected = "flowchart LR\n  n0[\"clients\"]\n  n1[\"one/server\"]\n  n2[\"dns\"]\n  n0 -->|80| n1\n  n1 -.->|UDP 53| n2\n";
        assert_eq!(graph().mermaid(), expected);
    }
}
