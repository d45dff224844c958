//! JupyterLab: what a Connect client needs.

use super::every;
use super::model::{list, text};

/// ISSUE-023, ISSUE-028 (a), ISSUE-034, T-jupyter-deps: the client's packages are locked, for every version.
#[test]
fn a_connect_client_has_its_packages() {
    every(400, |case, asked| {
        let lock = std::fs::read_to_string(format!(
            "{}/versions/python/{}-notebook.txt",
            env!("CARGO_MANIFEST_DIR"),
            case.version
        ))
        .unwrap();
        for package in
            ["grpcio", "grpcio-status", "googleapis-common-protos", "pandas", "pyarrow", "jupyterlab"]
        {
            let there = lock.lines().any(|line| line.starts_with(&format!("{package}==")));
            asked.that(there, || format!("{package} is not in the lock"));
        }
        let zstandard = lock.lines().any(|line| line.starts_with("zstandard=="));
        asked.that(zstandard || ["3.5", "4.0"].contains(&case.version.as_str()), || "zstandard".to_owned());
        asked.that(lock.contains("--hash=sha256:"), || "no checksums".to_owned());
    });
}

/// ISSUE-011: the notebook's Spark is the release's server, over TLS with the token where there is one.
#[test]
fn notebooks_find_their_server() {
    every(50, |case, asked| {
        let pods = case.pods();
        let Some(jupyter) = pods.iter().find(|pod| pod.owner.ends_with("-jupyter")) else {
            asked.that(case.preset != "jupyter-connect", || "no notebook".to_owned());
            return;
        };
        let remote = list(&jupyter.spec, "/containers/0/env")
            .find(|entry| text(entry, "/name") == "SPARK_REMOTE")
            .map(|entry| text(entry, "/value"))
            .unwrap_or_default();
        let host = format!("sc://{}.spark-{}.svc:15002", case.full("spark-connect"), case.environment);
        asked.that(remote.starts_with(&host), || remote.to_owned());
        // From 4.0 on the client takes the token from its environment.
        let token = remote.contains("token=$(")
            || list(&jupyter.spec, "/containers/0/env")
                .any(|entry| text(entry, "/name") == "SPARK_CONNECT_AUTHENTICATE_TOKEN");
        let secured = remote.contains("use_ssl=true") && token;
        asked.that(secured == (case.environment != "dev"), || remote.to_owned());
    });
}
