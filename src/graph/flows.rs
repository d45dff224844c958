//! The declared flows of one release: pod groups with their labels and ports, and who connects to whom.

use super::peers;
use crate::diagnostic::{Finding, did_you_mean};
use crate::layer::path::SpecPath;
use crate::library::descriptor::{Component, Flow, Ports, Side, SpecSide};
use crate::source::Span;
use minijinja::value::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// A group of pods of one release.
#[derive(Debug, Clone, PartialEq)]
pub struct Pods {
    /// Its component.
    pub component: String,
    /// Its name in the descriptor.
    pub group: String,
    /// The name of its service account.
    pub service_account: String,
    /// What tells its pods from all others.
    pub selector: BTreeMap<String, String>,
    /// Its ports by name.
    pub ports: BTreeMap<String, Ports>,
    /// Who may connect to it: flow name, peers, ports.
    pub ingress: Vec<Rule>,
    /// Where it may connect to.
    pub egress: Vec<Rule>,
}

/// One rule of a network policy, with the flow that asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The flow: `COMPONENT/FLOW`.
    pub flow: String,
    /// NetworkPolicyPeers.
    pub peers: Vec<Json>,
    /// NetworkPolicyPorts.
    pub ports: Vec<Json>,
}

/// All pod groups of a release, by `COMPONENT/GROUP`.
pub type Graph = BTreeMap<String, Pods>;

/// How expressions of descriptors are evaluated.
pub type Evaluate<'a> = dyn Fn(&str) -> Result<Value, String> + 'a;

/// Resolves the flows of the components that a release has.
pub fn resolve(components: &[&Component], release: &str, evaluate: &Evaluate<'_>) -> (Graph, Vec<Finding>) {
    let mut graph = Graph::new();
    for component in components {
        for (group, pods) in &component.descriptor.pods {
            let labels = [("name", component.name.as_str()), ("instance", release), ("component", group)];
            let selector = labels
                .iter()
                .map(|(key, value)| (format!("app.kubernetes.io/{key}"), (*value).to_owned()))
                .collect();
            let fullname = format!("{release}-{}", component.name);
            graph.insert(
                format!("{}/{group}", component.name),
                Pods {
                    component: component.name.clone(),
                    group: group.clone(),
                    service_account: match &pods.service_account {
                        Some(suffix) => format!("{fullname}-{suffix}"),
                        None => fullname,
                    },
                    selector,
                    ports: pods.ports.clone(),
                    ingress: Vec::new(),
                    egress: Vec::new(),
                },
            );
        }
    }
    let mut findings = Vec::new();
    for component in components {
        for (name, flow) in &component.descriptor.flows {
            let mut resolver = Resolver { component, name, evaluate, graph: &mut graph };
            if let Err(finding) = resolver.add(flow) {
                findings.push(*finding);
            }
        }
    }
    (graph, findings)
}

struct Resolver<'a> {
    component: &'a Component,
    name: &'a str,
    evaluate: &'a Evaluate<'a>,
    graph: &'a mut Graph,
}

/// One side of a flow, resolved.
enum End {
    /// Pods of the release, with the names of their ports where the flow does not say.
    Pods { name: String, ports: Option<&'static str> },
    /// What is outside, with the ports it answers on, where it says so itself.
    Outside { peers: Vec<Json>, ports: Option<Vec<Json>> },
}

impl Resolver<'_> {
    fn add(&mut self, flow: &Flow) -> Result<(), Box<Finding>> {
        if let Some(when) = &flow.when
            && !self.eval("when", when)?.is_true()
        {
            return Ok(());
        }
        let (from, to) = (self.side("from", &flow.from)?, self.side("to", &flow.to)?);
        for from in &from {
            for to in &to {
                self.connect(flow, from, to)?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, flow: &Flow, from: &End, to: &End) -> Result<(), Box<Finding>> {
        let named = format!("{}/{}", self.component.name, self.name);
        let ports = match to {
            End::Pods { name, ports: Some(port) } => self.ports_of(name, &[(*port).to_owned()])?,
            End::Pods { name, ports: None } => self.ports_of(name, &flow.ports)?,
            End::Outside { ports, .. } => ports.clone().unwrap_or_default(),
        };
        let selectors = |end: &End, graph: &Graph| match end {
            End::Pods { name, .. } => {
                let labels = graph.get(name).map(|pods| json!(pods.selector)).unwrap_or_default();
                vec![json!({"podSelector": {"matchLabels": labels}})]
            }
            End::Outside { peers, .. } => peers.clone(),
        };
        let (sources, targets) = (selectors(from, self.graph), selectors(to, self.graph));
        if let End::Pods { name, .. } = from
            && let Some(pods) = self.graph.get_mut(name)
        {
            push(&mut pods.egress, Rule { flow: named.clone(), peers: targets, ports: ports.clone() });
        }
        if let End::Pods { name, .. } = to
            && let Some(pods) = self.graph.get_mut(name)
        {
            push(&mut pods.ingress, Rule { flow: named, peers: sources, ports });
        }
        Ok(())
    }

    fn ports_of(&self, pods: &str, names: &[String]) -> Result<Vec<Json>, Box<Finding>> {
        let known = self.graph.get(pods).map(|pods| &pods.ports);
        names
            .iter()
            .map(|name| match known.and_then(|ports| ports.get(name)) {
                Some(Ports::One(port)) => Ok(json!({"port": port, "protocol": "TCP"})),
                Some(Ports::Range { port, end_port }) => {
                    Ok(json!({"port": port, "endPort": end_port, "protocol": "TCP"}))
                }
                None => {
                    let names: Vec<&str> =
                        known.into_iter().flat_map(|ports| ports.keys()).map(String::as_str).collect();
                    Err(self.wrong(
                        "ports",
                        format!("`{pods}` has no port `{name}`"),
                        did_you_mean(name, names),
                    ))
                }
            })
            .collect()
    }

    fn side(&self, field: &str, side: &Side) -> Result<Vec<End>, Box<Finding>> {
        match side {
            Side::One(name) => self.named(field, name),
            Side::Many(names) => {
                let ends: Result<Vec<Vec<End>>, _> =
                    names.iter().map(|name| self.named(field, name)).collect();
                Ok(ends?.into_iter().flatten().collect())
            }
            Side::Spec(side) => self.spec_side(field, side),
        }
    }

    fn named(&self, field: &str, name: &str) -> Result<Vec<End>, Box<Finding>> {
        match name {
            "object-store" => self.object_store(),
            "database" => self.database(),
            "packages" => self.packages(),
            _ => Ok(vec![self.named_one(field, name)?]),
        }
    }

    /// What is asked for objects, and for the rights to them.
    fn object_store(&self) -> Result<Vec<End>, Box<Finding>> {
        let store = "spec.site.objectStore";
        let text = |path: &str| self.json("to", &format!("{store}.{path}"));
        let endpoint = |path: &str| text(path).map(|found| outside(&found));
        match text("type")?.as_str() {
            Some("s3") => {
                let mut ends = vec![endpoint("s3.endpoint")?];
                match text("s3.credentials.type")?.as_str() {
                    Some("irsa") => ends.push(endpoint("s3.credentials.irsa.sts")?),
                    Some("podIdentity") => ends.push(endpoint("s3.credentials.podIdentity.agent")?),
                    _ => {}
                }
                Ok(ends)
            }
            Some("gcs") => {
                let metadata = text("gcs.metadata")?;
                let servers = metadata.as_object().into_iter().flat_map(|map| map.values()).map(outside);
                Ok(std::iter::once(endpoint("gcs.endpoint")?).chain(servers).collect())
            }
            Some("azure") => {
                let own = json!({"port": 443, "cidrs": text("azure.cidrs")?});
                Ok(vec![outside(&own), endpoint("azure.login")?])
            }
            Some("bundled") => {
                Ok(vec![End::Pods { name: "object-store/server".to_owned(), ports: Some("s3") }])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn database(&self) -> Result<Vec<End>, Box<Finding>> {
        match self.json("to", "spec.site.database.type")?.as_str() {
            Some("bundled") => {
                Ok(vec![End::Pods { name: "database/server".to_owned(), ports: Some("postgres") }])
            }
            _ => Ok(vec![outside(&self.json("to", "spec.site.database.external.endpoint")?)]),
        }
    }

    /// Where jars and Python packages are fetched: their addresses change, their ports do not.
    fn packages(&self) -> Result<Vec<End>, Box<Finding>> {
        let mut ends: Vec<End> = Vec::new();
        let mut ports = Vec::new();
        for path in ["spec.site.mavenRepository", "spec.site.pythonIndex"] {
            let address = self.json("to", path)?;
            let port = port_of(address.as_str().unwrap_or_default());
            if !ports.contains(&port) {
                ports.push(port);
                ends.push(outside(&json!({ "port": port })));
            }
        }
        Ok(ends)
    }

    fn named_one(&self, field: &str, name: &str) -> Result<End, Box<Finding>> {
        match name {
            "dns" => {
                let dns = self.json("to", "spec.cluster.dns")?;
                let servers = dns["servers"].as_object().cloned().unwrap_or_default();
                let both = ["UDP", "TCP"].map(|protocol| json!({"port": dns["port"], "protocol": protocol}));
                Ok(End::Outside {
                    peers: servers.values().flat_map(peers::peer).collect(),
                    ports: Some(both.to_vec()),
                })
            }
            "api-server" => {
                let server = self.json("to", "spec.cluster.apiServer")?;
                let numbers = server["ports"].as_array().cloned().unwrap_or_default();
                let ports = numbers.iter().map(|port| json!({"port": port, "protocol": "TCP"})).collect();
                Ok(End::Outside { peers: peers::addresses(server.get("cidrs")), ports: Some(ports) })
            }
            _ => {
                let full = if name.contains('/') {
                    name.to_owned()
                } else {
                    format!("{}/{name}", self.component.name)
                };
                if self.graph.contains_key(&full) {
                    return Ok(End::Pods { name: full, ports: None });
                }
                let known: Vec<&str> = self.graph.keys().map(String::as_str).chain(NAMED).collect();
                Err(self.wrong(field, format!("there are no pods `{full}`"), did_you_mean(&full, known)))
            }
        }
    }

    fn spec_side(&self, field: &str, side: &SpecSide) -> Result<Vec<End>, Box<Finding>> {
        if let Some(expression) = &side.peers {
            let peers = self.json(field, expression)?;
            let peers: Vec<Json> =
                peers.as_object().into_iter().flat_map(|map| map.values()).flat_map(peers::peer).collect();
            return Ok(if peers.is_empty() { Vec::new() } else { vec![End::Outside { peers, ports: None }] });
        }
        match (&side.endpoint, &side.endpoints) {
            (Some(expression), _) => Ok(vec![outside(&self.json(field, expression)?)]),
            (None, Some(expression)) => {
                let endpoints = self.json(field, expression)?;
                let named = endpoints.as_object().into_iter().flat_map(|map| map.values());
                let listed = endpoints.as_array().into_iter().flatten();
                Ok(named.chain(listed).map(outside).collect())
            }
            (None, None) => Err(self.wrong(field, "a side of a flow is empty".to_owned(), None)),
        }
    }

    fn eval(&self, field: &str, expression: &str) -> Result<Value, Box<Finding>> {
        (self.evaluate)(expression).map_err(|reason| self.wrong(field, reason, None))
    }

    fn json(&self, field: &str, expression: &str) -> Result<Json, Box<Finding>> {
        let value = self.eval(field, expression)?;
        serde_json::to_value(&value).map_err(|error| self.wrong(field, error.to_string(), None))
    }

    fn wrong(&self, field: &str, message: String, help: Option<String>) -> Box<Finding> {
        let flow = SpecPath::root().key("flows").key(self.name);
        let found = self.component.tree.at(&flow.key(field)).or_else(|| self.component.tree.at(&flow));
        let span: Span = found.unwrap_or(&self.component.tree).span;
        Box::new(
            Finding::error("graph/bad-flow", message)
                .at(span, format!("in the flow `{}`", self.name))
                .help_if(help),
        )
    }
}

/// What flows can name besides pods: who it is follows from the spec.
const NAMED: [&str; 5] = ["dns", "api-server", "object-store", "database", "packages"];

/// The port of a web address, which need not say it.
fn port_of(address: &str) -> u16 {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let host = rest.split('/').next().unwrap_or_default();
    let written = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    written.unwrap_or(if scheme == "http" { 80 } else { 443 })
}

/// An endpoint outside, as templates see it.
fn outside(endpoint: &Json) -> End {
    End::Outside {
        peers: peers::addresses(endpoint.get("cidrs")),
        ports: Some(vec![json!({"port": endpoint["port"], "protocol": "TCP"})]),
    }
}

/// Adds a rule, or its peers and ports to the flow's rule with the same ports.
fn push(rules: &mut Vec<Rule>, rule: Rule) {
    match rules.iter_mut().find(|known| known.flow == rule.flow && known.ports == rule.ports) {
        Some(known) => {
            for peer in rule.peers {
                if !known.peers.contains(&peer) {
                    known.peers.push(peer);
                }
            }
        }
        None => rules.push(rule),
    }
}
