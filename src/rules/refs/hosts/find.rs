//! Addresses in texts: URLs, names of Services, settings of hosts, and what shell scripts wait for.

/// An address in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'t> {
    /// The host, without what only the running pod knows in front of it.
    pub host: &'t str,
    /// The port, where one is written or the scheme implies one.
    pub port: Option<u16>,
    /// Whether a pod's own name stands before the host: `$(POD_NAME).HOST`, `*.HOST`.
    pub of_pod: bool,
}

/// Schemes in which no host follows, or one that is no name in DNS: buckets, files, packages.
const NO_HOST: [&str; 17] = [
    "s3",
    "s3a",
    "s3n",
    "gs",
    "abfs",
    "abfss",
    "wasb",
    "wasbs",
    "oss",
    "cosn",
    "file",
    "local",
    "hdfs",
    "viewfs",
    "oci",
    "docker",
    "classpath",
];

/// Ports that schemes imply: RFC 9110; Spark Connect's client (Spark 4.1.4, `DefaultChannelBuilder`);
/// PostgreSQL's and MySQL's drivers.
const PORTS: [(&str, u16); 6] =
    [("http", 80), ("https", 443), ("sc", 15002), ("postgresql", 5432), ("mysql", 3306), ("mariadb", 3306)];

/// What a text or a line must have in it for an address of each form. A whole text is asked first: what it has
/// not, none of its lines has.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    url: bool,
    name: bool,
    setting: bool,
    /// What waits for a server, as it is usually written.
    wait: bool,
    /// Whatever [`waits`] finds has one of these in it.
    tool: bool,
}

impl Marks {
    /// Of a text.
    pub fn of(text: &str) -> Marks {
        Marks { url: true, name: true, setting: true, wait: true, tool: true }.in_line(text)
    }

    /// Of a part of a text with these marks.
    pub fn in_line(self, line: &str) -> Marks {
        let has = |words: [&str; 4]| words.iter().any(|word| line.contains(word));
        let tool = self.tool && has(["/dev/tcp/", "nc", "netcat", "-h"]);
        Marks {
            url: self.url && line.contains("://"),
            name: self.name && line.contains(".svc"),
            setting: self.setting && line.contains('='),
            wait: self.wait && tool && has(["/dev/tcp/", "nc ", "-h ", "--host "]),
            tool,
        }
    }

    /// Whether there may be an address of any form.
    pub fn any(self) -> bool {
        self.url || self.name || self.setting || self.wait
    }
}

/// Every address in one line of a text, which has these marks.
pub fn addresses(line: &str, marks: Marks) -> Vec<Address<'_>> {
    let mut found = Vec::new();
    if marks.url {
        urls(line, &mut found);
    }
    if marks.name {
        found.extend(names(line, &found));
    }
    if marks.setting {
        settings(line, &mut found);
    }
    if marks.tool {
        waits(line, &mut found);
    }
    found
}

/// Whether a text ends so, in letters of any case.
pub fn ends_with(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.is_some_and(|at| text.as_bytes()[at..].eq_ignore_ascii_case(end.as_bytes()))
}

/// `scheme://host:port[,host:port]...`
fn urls<'t>(line: &'t str, found: &mut Vec<Address<'t>>) {
    for (at, _) in line.match_indices("://") {
        let start = line[..at].rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '+' || c == '-'));
        let scheme = &line[start.map_or(0, |start| start + 1)..at];
        if NO_HOST.contains(&scheme) || scheme.is_empty() {
            continue;
        }
        let rest = &line[at + 3..];
        let end =
            rest.find(|c: char| c.is_whitespace() || "/?#\"'<>`\\;&|".contains(c)).unwrap_or(rest.len());
        let implied = PORTS.iter().find(|(name, _)| *name == scheme).map(|(_, port)| *port);
        for one in rest[..end].split(',') {
            let one = one.rsplit('@').next().unwrap_or(one);
            // `k8s://https://host`: the second is the address.
            if one.is_empty() || (one.ends_with(':') && rest[end..].starts_with("//")) {
                continue;
            }
            if let Some(mut address) = authority(one) {
                address.port = address.port.or(implied);
                found.push(address);
            }
        }
    }
}

/// `host`, `host:port`, `$(NAME).host:port`.
fn authority(text: &str) -> Option<Address<'_>> {
    let text = text.trim_end_matches([')', '}', ']', '.']);
    let (text, of_pod) = undynamic(text)?;
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let plain =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let port = match port {
        Some(port) => Some(port.parse().ok()?),
        None => None,
    };
    plain.then_some(Address { host: host.trim_end_matches('.'), port, of_pod })
}

/// Leaves out a first label that only the running pod knows; nothing where more than that is unknown.
fn undynamic(text: &str) -> Option<(&str, bool)> {
    if let Some(rest) = text.strip_prefix("*.") {
        return Some((rest, true));
    }
    let Some(rest) = text.strip_prefix('$') else { return Some((text, false)) };
    let (_, rest) = rest.split_once([')', '}', '.'])?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    (!rest.is_empty() && !rest.contains('$')).then_some((rest, true))
}

/// Names of Services without a scheme: whatever has the label `svc`.
fn names<'t>(line: &'t str, known: &[Address<'t>]) -> Vec<Address<'t>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let mut found: Vec<Address<'t>> = Vec::new();
    for (at, _) in line.match_indices(".svc") {
        let after = &line[at + 4..];
        if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            continue;
        }
        let start = line[..at].rfind(|c| !is_name(c)).map_or(0, |before| before + 1);
        let end = at + 4 + after.find(|c| !is_name(c)).unwrap_or(after.len());
        let host = line[start..end].trim_end_matches('.');
        let of_pod = host.starts_with('.');
        let host = host.trim_start_matches('.');
        let port = line[end..]
            .strip_prefix(':')
            .map(|rest| &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())]);
        let same = |other: &Address<'_>| std::ptr::eq(other.host.as_ptr(), host.as_ptr());
        if !known.iter().chain(&found).any(same) {
            found.push(Address { host, port: port.and_then(|port| port.parse().ok()), of_pod });
        }
    }
    found
}

/// `key=host[:port]` where the key says that a host follows.
fn settings<'t>(line: &'t str, found: &mut Vec<Address<'t>>) {
    for word in line.split_whitespace() {
        let Some((key, value)) = word.split_once('=') else { continue };
        if is_host_key(key) {
            found.extend(hosts(value).filter(|address| !address.host.contains(".svc")));
        }
    }
}

/// Whether a setting's name says that its value is a host.
pub fn is_host_key(key: &str) -> bool {
    let key = key.trim_start_matches('-');
    let last = key.rsplit(['.', '_', '-']).next().unwrap_or(key);
    let says = ["host", "hostname", "endpoint", "servers", "brokers", "uris"];
    says.iter().any(|word| last.eq_ignore_ascii_case(word)) && {
        let key = key.to_ascii_lowercase();
        !key.contains("bind") && key != "grpc.host"
    }
}

/// The hosts of a value, which may be a list of them: words that cannot be anything else.
pub fn hosts(value: &str) -> impl Iterator<Item = Address<'_>> {
    let value = value.trim_matches(['"', '\'']);
    let parts = value.split(',').filter(|part| !part.contains(['/', '$', '*', '@', '(']));
    parts.filter_map(authority).filter(|address| {
        let letters = address.host.bytes().any(|byte| byte.is_ascii_alphabetic());
        letters && !matches!(address.host, "true" | "false" | "none" | "auto")
    })
}

/// `/dev/tcp/HOST/PORT`, `nc -z HOST PORT`, `pg_isready -h HOST -p PORT`.
fn waits<'t>(line: &'t str, found: &mut Vec<Address<'t>>) {
    for (at, _) in line.match_indices("/dev/tcp/") {
        let mut parts = line[at + 9..].split(['/', ' ', '"', '\'', ';', ')']);
        if let (Some(host), Some(port)) = (parts.next(), parts.next()) {
            found.extend(hosts(host).map(|address| Address { port: port.parse().ok(), ..address }));
        }
    }
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == ';' || c == '&').collect();
    let program = |name: &str| words.iter().position(|word| word.rsplit('/').next() == Some(name));
    if let Some(at) = program("nc").or_else(|| program("netcat")) {
        let mut plain = Vec::new();
        let mut rest = words[at + 1..].iter().filter(|word| !word.is_empty());
        while let Some(word) = rest.next() {
            match word.strip_prefix('-') {
                Some(flags) if flags.ends_with('w') => drop(rest.next()),
                Some(_) => {}
                None => plain.push(*word),
            }
        }
        if let [host, port, ..] = plain.as_slice()
            && let Ok(port) = port.trim_end_matches(|c: char| !c.is_ascii_digit()).parse()
        {
            found.extend(hosts(host).map(|address| Address { port: Some(port), ..address }));
        }
    }
    if ["pg_isready", "psql", "mysqladmin", "mysql", "redis-cli"].iter().any(|name| program(name).is_some()) {
        let after = |flag: &str| words.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1]);
        if let Some(host) = after("-h").or_else(|| after("--host")) {
            let port = after("-p").or_else(|| after("--port")).and_then(|port| port.parse().ok());
            found.extend(hosts(host).map(|address| Address { port: address.port.or(port), ..address }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Marks, addresses};

    fn found(line: &str) -> Vec<(&str, Option<u16>, bool)> {
        addresses(line, Marks::of(line))
            .into_iter()
            .map(|Address { host, port, of_pod }| (host, port, of_pod))
            .collect()
    }

    #[test]
    fn addresses_of_texts() {
        assert_eq!(
            found("spark.master=k8s://https://kubernetes.default.svc:443"),
            [("kubernetes.default.svc", Some(443), false)]
        );
        assert_eq!(found("spark://a:7077,b:7078"), [("a", Some(7077), false), ("b", Some(7078), false)]);
        assert_eq!(found("jdbc:postgresql://db/x?a=b&amp;c"), [("db", Some(5432), false)]);
        assert_eq!(found("x=$(POD_NAME).h.ns.svc"), [("h.ns.svc", None, true)]);
        assert_eq!(found("s3a://logs/events file:///a"), []);
        assert_eq!(found("until nc -z -w 3 db 5432; do sleep 1; done"), [("db", Some(5432), false)]);
        assert_eq!(found("exec 3<>/dev/tcp/db/5432"), [("db", Some(5432), false)]);
        assert_eq!(found("spark.hadoop.fs.s3a.endpoint=minio:9000"), [("minio", Some(9000), false)]);
        assert_eq!(found("pg_isready -h db -p 5433 -U x"), [("db", Some(5433), false)]);
        assert_eq!(found("--host \"$(hostname -f)\" --port 7077"), []);
    }
}
