//! Rules `secret/...`: what is found, and that nothing shows it.

use super::support::{Bundle, bundle, findings, fires, foreign, library, quiet};
use serde_json::json;
use sparkctl::compile::compile_all;
use sparkctl::diagnostic::{Report, github, json as as_json, sarif, text};
use sparkctl::release::Release;
use std::sync::OnceLock;

fn prod() -> Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| bundle("prod/jupyter-connect +history", &[])).clone()
}

const SERVER: &str = "StatefulSet/-spark-connect";
const CONF: &str = "ConfigMap/-spark-connect";

fn env(name: &str, value: &str) -> Bundle {
    let mut bundle = prod();
    bundle.set(SERVER, "/spec/template/spec/containers/0/env/-", json!({"name": name, "value": value}));
    bundle
}

fn line(line: &str) -> Bundle {
    let mut bundle = prod();
    bundle.edit(CONF, "/data/spark-defaults.conf", |text| format!("{text}{line}\n"));
    bundle
}

/// A credential of each known form, put together here so that no scanner takes this file for one that has any.
fn forms() -> Vec<String> {
    let long = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z".repeat(3);
    let take = |length: usize| &long[..length];
    vec![
        format!("{}{}", "AKIA", "Z7QXPT4MWJNB2RLC"),
        format!("{}{}", "ASIA", "Z7QXPT4MWJNB2RLC"),
        format!("{}{}", "ghp_", take(36)),
        format!("{}{}", "gho_", take(36)),
        format!("{}{}", "github_pat_", take(40)),
        format!("{}{}", "glpat-", take(20)),
        format!("{}{}", "xoxb-", take(24)),
        format!("{}{}", "AIza", take(35)),
        format!("{}{}", "npm_", take(36)),
        format!("{}{}", "pypi-", take(60)),
        format!("AccountName=a;{}{}==", "AccountKey=", take(86)),
        format!("sv=2024-01-01&{}{}", "sig=", take(43)),
        format!("{}{}", "sk_live_", take(24)),
        format!("{}{}", "dapi", "0123456789abcdef0123456789abcdef"),
        format!("{}{}", "hf_", take(34)),
        format!("{}{}", "hvs.", take(30)),
        format!("{}.{}.{}", format!("eyJ{}", take(20)), format!("eyJ{}", take(20)), take(20)),
        format!("Bearer {}", take(30)),
        format!("Basic {}", "dXNlcjpodW50ZXIyMg=="),
        format!("-----BEGIN {} KEY-----", "RSA PRIVATE"),
    ]
}

/// N8: known forms of credentials are found under any name, in any output.
#[test]
fn credentials_of_a_known_form_are_found_anywhere() {
    for form in forms() {
        let message = fires("secret/known-form", &env("NOTE", &form));
        assert!(!message.contains(&form), "{message}");
        fires("secret/known-form", &line(&format!("spark.app.note={form}")));
    }
    let mut bundle = prod();
    fires("secret/known-form", bundle.set(SERVER, "/metadata/annotations/note", json!(forms()[0])));
    let mut bundle = prod();
    fires(
        "secret/known-form",
        bundle.set(SERVER, "/spec/template/spec/containers/0/args/-", json!(forms()[2])),
    );
    quiet("secret/known-form", &env("NOTE", "AKIA is how such keys begin"));
    quiet(
        "secret/known-form",
        &env("IMAGE", "sha256:672d7d872f434cb7fe1c90f7edcd19b1e8c67a335a578288426fbd4db5096915"),
    );
}

/// N8: what is called a password is none in plain text.
#[test]
fn values_under_names_of_credentials_are_found() {
    for name in ["DB_PASSWORD", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "API_TOKEN", "clientSecret"] {
        fires("secret/plain-text", &env(name, "hunter22"));
        quiet("secret/plain-text", &env(name, "$(OTHER)"));
        quiet("secret/plain-text", &env(name, "/run/secrets/value"));
        quiet("secret/plain-text", &env(&format!("{name}_FILE"), "/run/secrets/value"));
    }
    fires("secret/plain-text", &line("spark.hadoop.fs.s3a.secret.key=hunter22"));
    fires(
        "secret/plain-text",
        &line("spark.driver.extraJavaOptions=-Djavax.net.ssl.trustStorePassword=hunter22"),
    );
    fires(
        "secret/plain-text",
        &line("spark.sql.catalog.x.url=jdbc:postgresql://db/x?user=a&password=hunter22"),
    );
    quiet(
        "secret/plain-text",
        &line("spark.sql.catalog.x.url=jdbc:postgresql://db/x?user=a&password=${env.P}"),
    );
    quiet(
        "secret/plain-text",
        &line("spark.hadoop.fs.s3a.aws.credentials.provider=org.example.CredentialsProvider"),
    );
    quiet("secret/plain-text", &line("spark.kubernetes.executor.secretKeyRef.PASSWORD=database:password"));
    let mut bundle = prod();
    bundle.edit(CONF, "/data/executor.yaml", |text| {
        text.replace("      value: /tmp\n", "      value: /tmp\n    - name: DB_PASSWORD\n      value: hunter22\n")
            .replace("        - name: HOME\n          value: /tmp\n", "        - name: HOME\n          value: /tmp\n        - name: DB_PASSWORD\n          value: hunter22\n")
    });
    fires("secret/plain-text", &bundle);
}

/// A layer's own text: what is in effect, what was overridden, and free mappings.
#[test]
fn credentials_in_layers_are_found_where_they_are_written() {
    let set = ["spark.conf[\"spark.hadoop.fs.s3a.secret.key\"]=hunter22"];
    let found = findings("prod/connect", &set);
    fires("secret/plain-text", found.clone());
    let own = found.iter().find(|finding| finding.rule == "secret/plain-text").unwrap();
    assert!(own.secret && own.primary.is_some());
    let twice = ["spark.conf[\"spark.my.password\"]=hunter22", "spark.conf[\"spark.my.password\"]=${env.P}"];
    fires("secret/plain-text", findings("prod/connect", &twice));
    quiet("secret/plain-text", findings("prod/connect", &twice[1..]));
}

/// Passwords in addresses.
#[test]
fn passwords_in_addresses_are_found() {
    fires("secret/in-url", &env("DATABASE", "postgresql://app:hunter22@db.corp.example:5432/x"));
    fires("secret/in-url", &line("spark.hadoop.fs.s3a.proxy.address=http://me:hunter22@proxy:3128"));
    quiet("secret/in-url", &env("DATABASE", "postgresql://app@db.corp.example:5432/x"));
    quiet("secret/in-url", &env("DATABASE", "postgresql://$(USER):$(PASSWORD)@db.corp.example:5432/x"));
    quiet("secret/in-url", &env("STORE", "abfss://logs@account.dfs.core.windows.net/a"));
}

/// N8: `minioadmin`, `hive123`.
#[test]
fn passwords_that_products_are_shipped_with_are_found() {
    for value in ["minioadmin", "hive123", "changeme"] {
        fires("secret/well-known-default", &env("MINIO_ROOT_USER", value));
    }
    quiet("secret/well-known-default", &env("MINIO_ROOT_USER", "spark"));
}

/// ISSUE-007, N8: no Secret is rendered with its value.
#[test]
fn secrets_are_not_rendered() {
    let secret = |data: serde_json::Value| {
        let mut bundle = prod();
        bundle.add(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "spark-prod"}, "stringData": data}));
        bundle
    };
    fires("secret/in-bundle", &secret(json!({"password": "hunter22"})));
    quiet("secret/in-bundle", &secret(json!({})));
    fires(
        "secret/in-bundle",
        foreign("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: aHVudGVyMjI=}\n"),
    );
    quiet(
        "secret/in-bundle",
        foreign(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: 'ENC[AES256_GCM,data:x]'}\n",
        ),
    );
}

/// No rendering of findings shows a credential, whoever else speaks about its line.
#[test]
fn no_rendering_shows_a_credential() {
    let mut cases: Vec<(String, String)> =
        forms().into_iter().map(|form| (format!("spark.conf[\"spark.app.note\"]={form}"), form)).collect();
    let plain = "hunter22secret".to_owned();
    for key in ["spark.hadoop.fs.s3a.secret.key", "spark.executor.memory.password", "spark.my.token"] {
        cases.push((format!("spark.conf[\"{key}\"]={plain}"), plain.clone()));
    }
    for (set, credential) in cases {
        let mut release = Release::of("prod", "connect").unwrap();
        release.set = vec![set.clone()];
        let report: Report = compile_all(library(), &release).unwrap().report;
        assert!(report.has_errors(), "{set}");
        // The part that makes it a credential: of a connection string its key.
        let part = credential.rsplit(['=', ' ']).find(|part| part.len() > 8).unwrap_or(&credential);
        let shown = [
            text::render(&report, false, text::Limit::None),
            as_json::render(&report),
            sarif::render(&report),
            github::render(&report),
        ];
        for text in shown {
            assert!(!text.contains(part), "{set}: {text}");
        }
    }
}

/// `show` and `explain` hide what the rules take for a credential.
#[test]
fn values_that_are_shown_hold_no_credential() {
    use sparkctl::rules::is_credential;
    let path = |text: &str| text.parse().unwrap();
    for form in forms() {
        assert!(is_credential(&path("site.storageClass"), &form), "{form}");
    }
    assert!(is_credential(&path("spark.conf[\"spark.my.password\"]"), "hunter22"));
    assert!(!is_credential(&path("site.objectStore.s3.credentials.secretKey.key"), "secret-key"));
}
