//! Where the object store is, in the words of Hadoop's file systems.

use super::refused;
use minijinja::value::Value;
use minijinja::{Error, State};

/// `store_url(spec.site.objectStore.logBucket, "events")`: `s3a://BUCKET/events`, or as Google's and
/// Azure's file systems write it.
pub fn store_url(state: &mut State<'_, '_>, bucket: &str, path: &str) -> Result<String, Error> {
    let store = store(state)?;
    let kind = store.get_attr("type")?;
    match kind.as_str() {
        Some("s3" | "bundled") => Ok(format!("s3a://{bucket}/{path}")),
        Some("gcs") => Ok(format!("gs://{bucket}/{path}")),
        Some("azure") => {
            let account = store.get_attr("azure")?.get_attr("account")?;
            Ok(format!("abfss://{bucket}@{account}.dfs.core.windows.net/{path}"))
        }
        _ => Err(refused("there is no object store: `site.objectStore.type` is none")),
    }
}

/// `s3_endpoint()`: `https://HOST:PORT` of the S3 store, http where it speaks no TLS.
pub fn s3_endpoint(state: &mut State<'_, '_>) -> Result<String, Error> {
    let store = store(state)?;
    if store.get_attr("type")?.as_str() == Some("bundled") {
        let release = lookup(state, "release")?;
        return Ok(format!(
            "http://{}-object-store.{}.svc:8333",
            release.get_attr("name")?,
            release.get_attr("namespace")?
        ));
    }
    let s3 = store.get_attr("s3")?;
    let endpoint = s3.get_attr("endpoint")?;
    let scheme = if s3.get_attr("tls")?.is_true() { "https" } else { "http" };
    Ok(format!("{scheme}://{}:{}", endpoint.get_attr("host")?, endpoint.get_attr("port")?))
}

fn store(state: &State<'_, '_>) -> Result<Value, Error> {
    lookup(state, "spec")?.get_attr("site")?.get_attr("objectStore")
}

fn lookup(state: &State<'_, '_>, name: &str) -> Result<Value, Error> {
    state.lookup(name).ok_or_else(|| refused(format!("`{name}` is not known here")))
}
