//! Addresses in texts: `thrift://host:9083`, `jdbc:postgresql://host/db`, `nc -z host 5432`.

/// A host and the port it is asked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'t> {
    /// The scheme; `jdbc:postgresql` with both words.
    pub scheme: &'t str,
    /// The host.
    pub host: &'t str,
    /// The port, the scheme's own where none is written.
    pub port: u16,
    /// The line (from 1) that it stands on.
    pub line: usize,
}

/// The port of a scheme that connections are opened to.
fn usual_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "thrift" => 9083,
        "sc" => 15002,
        "spark" => 7077,
        "http" => 80,
        "https" => 443,
        "jdbc:postgresql" | "postgresql" | "postgres" => 5432,
        "jdbc:mysql" | "jdbc:mariadb" | "mysql" => 3306,
        _ => return None,
    })
}

/// Every address of a text, but for those in comments.
pub fn addresses(text: &str) -> Vec<Address<'_>> {
    let mut found = Vec::new();
    if !text.contains("://") {
        return found;
    }
    for (number, line) in text.lines().enumerate() {
        let comment = line.trim_start().starts_with(['#', ';']) || line.trim_start().starts_with("//");
        if comment {
            continue;
        }
        for (at, _) in line.match_indices("://") {
            let before = &line[..at];
            let starts = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || ":+.-".contains(c)));
            let scheme = starts.map_or(before, |at| &before[at..]);
            let scheme = scheme.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let Some(usual) = usual_port(scheme) else { continue };
            let rest = &line[at + 3..];
            let ends = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-:@".contains(c)));
            let authority = ends.map_or(rest, |at| &rest[..at]);
            let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            found.extend(one(scheme, authority, usual, number + 1));
        }
    }
    found
}

/// A host with or without its port, which may have a scheme before it.
pub fn endpoint(value: &str, usual: u16) -> Option<Address<'_>> {
    match addresses(value).into_iter().next() {
        Some(address) => Some(address),
        None if value.contains("://") => None,
        None => one("", value.trim_end_matches('/'), usual, 1),
    }
}

fn one<'t>(scheme: &'t str, authority: &'t str, usual: u16, line: usize) -> Option<Address<'t>> {
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, usual),
    };
    let host = host.trim_end_matches('.');
    let plain =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    plain.then_some(Address { scheme, host, port, line })
}

/// What a script waits for: the host and the port after `nc -z`.
pub fn waits(text: &str) -> Vec<Address<'_>> {
    let mut found = Vec::new();
    if !text.contains("nc ") {
        return found;
    }
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split(|c: char| c.is_whitespace() || c == ';').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if word != "nc" && !word.ends_with("/nc") {
                continue;
            }
            let rest: Vec<&str> = words.by_ref().take(6).collect();
            let pair =
                rest.windows(2).find(|pair| !pair[0].starts_with('-') && pair[1].parse::<u16>().is_ok());
            if let Some([host, port]) = pair {
                found.extend(port.parse().ok().and_then(|port| one("nc", host, port, number + 1)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, u16, usize)> {
        let mut found = addresses(text);
        found.extend(waits(text));
        found.iter().map(|address| (address.host, address.port, address.line)).collect()
    }

    #[test]
    fn addresses_are_found_in_texts() {
        assert_eq!(
            found("a=thrift://one:9084,thrift://two.ns.svc\n"),
            [("one", 9084, 1), ("two.ns.svc", 9083, 1)]
        );
        assert_eq!(found("# sc://no\n<value>jdbc:postgresql://db/metastore?x=y</value>"), [("db", 5432, 2)]);
        assert_eq!(found("export R=\"sc://s.spark.svc:15002/;use_ssl=true\""), [("s.spark.svc", 15002, 1)]);
        assert_eq!(found("http://user:word@store:9000/x"), [("store", 9000, 1)]);
        assert_eq!(
            found("s3a://bucket/key file:///x k8s://https://kubernetes.default.svc:443"),
            [("kubernetes.default.svc", 443, 1)]
        );
        assert_eq!(found("until nc -z -w 2 db 5432; do sleep 1; done"), [("db", 5432, 1)]);
        assert_eq!(found("sc://$(HOST):15002 sc://${HOST}"), []);
    }

    #[test]
    fn endpoints_need_no_scheme() {
        assert_eq!(endpoint("store:9000", 443).unwrap().port, 9000);
        assert_eq!(endpoint("store", 443).unwrap().port, 443);
        assert_eq!(endpoint("http://store", 443).unwrap().port, 80);
        assert_eq!(endpoint("local:///x", 443), None);
    }
}
