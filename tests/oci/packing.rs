//! The same files, the same bytes.

use flate2::read::GzDecoder;
use sparkctl::oci::Artifact;
use sparkctl::oci::annotations::Annotations;
use sparkctl::oci::artifact::{CHART_CONFIG, CHART_LAYER, CONFIG, LAYER};
use std::collections::BTreeMap;
use std::io::Read as _;

pub fn files(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

pub fn sample() -> BTreeMap<String, Vec<u8>> {
    files(&[("kustomization.yaml", "resources: []\n"), ("connect/service.yaml", "kind: Service\n")])
}

fn unpacked(layer: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(GzDecoder::new(layer));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!(header.mode().unwrap(), 0o644);
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 0));
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (path, bytes)
    });
    entries.collect()
}

/// Pinned: a digest that changes by itself rolls out every bundle of every user again. If a library
/// changed it, say so in the changelog.
#[test]
fn the_digest_is_what_it_was() {
    let artifact = Artifact::bundle(&sample(), &Annotations::new()).unwrap();
    assert_eq!(artifact, Artifact::bundle(&sample(), &Annotations::new()).unwrap());
    assert_eq!(artifact.digest(), "sha256:c6646aebbbfc445f74e899025badafe4db7466abc9c96c7915388c1588357a1e");
    let gzip = &artifact.layer.bytes;
    assert_eq!(gzip[3..8], [0, 0, 0, 0, 0], "no name, no time");
    assert_eq!(gzip[9], 255, "no system");
}

#[test]
fn a_bundle_has_one_layer_that_both_take() {
    let annotations =
        Annotations::from([("org.opencontainers.image.revision".into(), "main@sha1:abc".into())]);
    let artifact = Artifact::bundle(&sample(), &annotations).unwrap();
    assert_eq!(unpacked(&artifact.layer.bytes), sample());
    assert_eq!((artifact.config.media_type, artifact.layer.media_type), (CONFIG, LAYER));
    let manifest: serde_json::Value = serde_json::from_slice(&artifact.manifest.bytes).unwrap();
    let digests = |blob: &sparkctl::oci::artifact::Blob| (blob.digest.clone(), blob.bytes.len());
    let ((config, config_size), (layer, layer_size)) = (digests(&artifact.config), digests(&artifact.layer));
    let expected = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.cncf.flux.config.v1+json", "digest": config, "size": config_size},
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer, "size": layer_size},
        ],
        "annotations": {"org.opencontainers.image.revision": "main@sha1:abc"},
    });
    assert_eq!(manifest, expected);
    let other = Artifact::bundle(&sample(), &Annotations::new()).unwrap();
    assert_eq!(other.layer, artifact.layer);
    assert_ne!(other.digest(), artifact.digest());
}

#[test]
fn long_paths_are_kept() {
    let path = format!("{}/{}.yaml", "a".repeat(120), "b".repeat(200));
    let long = files(&[(&path, "x")]);
    assert_eq!(unpacked(&Artifact::bundle(&long, &Annotations::new()).unwrap().layer.bytes), long);
}

#[test]
fn a_chart_lies_in_a_folder_of_its_name() {
    let chart = "apiVersion: v2\nname: connect\nversion: 1.2.3+b4\ndescription: Spark\n";
    let chart = files(&[("Chart.yaml", chart), ("templates/a.yaml", "a: 1\n")]);
    let artifact = Artifact::chart(&chart, &Annotations::new()).unwrap();
    assert_eq!((artifact.config.media_type, artifact.layer.media_type), (CHART_CONFIG, CHART_LAYER));
    let names: Vec<_> = unpacked(&artifact.layer.bytes).into_keys().collect();
    assert_eq!(names, ["connect/Chart.yaml", "connect/templates/a.yaml"]);
    assert_eq!(
        String::from_utf8(artifact.config.bytes).unwrap(),
        r#"{"apiVersion":"v2","name":"connect","version":"1.2.3+b4","description":"Spark"}"#
    );
    let manifest = String::from_utf8(artifact.manifest.bytes).unwrap();
    assert!(manifest.contains(r#""org.opencontainers.image.version":"1.2.3+b4""#), "{manifest}");
}

#[test]
fn a_chart_without_name_or_version_is_none() {
    let mut said = String::new();
    for text in
        ["name: connect\nversion: 1\n", "version: 1.2.3\n", "name: ../a\nversion: 1.2.3\n", "", "a: 'b\n"]
    {
        let chart = files(&[("Chart.yaml", text)]);
        said.push_str(&format!("{}\n", Artifact::chart(&chart, &Annotations::new()).unwrap_err()));
    }
    insta::assert_snapshot!(said);
}
