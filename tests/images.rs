//! Images: equal needs give equal tags, other needs other tags, and every Dockerfile holds what is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sparkctl::compile::{Compiled, compile_all};
use sparkctl::images::{Image, dockerfile};
use sparkctl::library::{Library, versions};
use sparkctl::release::Release;
use std::collections::BTreeMap;

fn library() -> Library {
    Library::load(None, "").expect("what is built in loads")
}

fn compiled(library: &Library, environment: &str, set: &[&str]) -> Compiled {
    let mut release = Release::of(environment, "connect").unwrap();
    release.set = set.iter().map(|argument| (*argument).to_owned()).collect();
    // Production without a registry is refused, and can be looked at.
    compile_all(library, &release).unwrap_or_else(|failure| panic!("{set:?}: {failure}"))
}

fn image(library: &Library, environment: &str, set: &[&str], name: &str) -> Image {
    compiled(library, environment, set).platform.image(library, name).unwrap().unwrap()
}

#[test]
fn equal_needs_give_equal_references() {
    let library = library();
    let usual = image(&library, "prod", &[], "spark").reference;
    // What does not decide what is inside: where files come from, how much memory there is.
    for set in [
        "site.mavenRepository=https://maven.corp.internal/central",
        "site.pythonIndex=https://python.corp.internal/simple",
        "connect.executor.memory=20g",
        "images.jupyter.tag=mine",
    ] {
        assert_eq!(image(&library, "prod", &[set], "spark").reference, usual, "{set}");
    }
}

#[test]
fn other_needs_give_other_tags() {
    let library = library();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let versions = ["3.5", "4.0", "4.1", "4.2", "4.3"];
    for version in versions {
        for store in ["s3", "none"] {
            let version = format!("spark.version={version}");
            let store = format!("site.objectStore.type={store}");
            let set = [version.as_str(), store.as_str(), "spark.eventLog.enabled=false"];
            for name in ["spark", "jupyter"] {
                let reference = image(&library, "prod", &set, name).reference;
                let needs = format!("{version} {}", if name == "spark" { store.as_str() } else { "" });
                let other = seen.insert(reference.clone(), needs.clone());
                assert!(
                    other.as_ref().is_none_or(|other| *other == needs),
                    "{reference}: {other:?} and {needs}"
                );
            }
        }
    }
    assert_eq!(seen.len(), versions.len() * 3);
}

#[test]
fn the_spec_names_the_image_where_it_wants_to() {
    let library = library();
    let reference = |set: &[&str]| image(&library, "prod", set, "spark").reference;
    assert_eq!(
        reference(&["images.spark.repository=corp.internal/spark", "images.spark.tag=mine"]),
        "corp.internal/spark:mine"
    );
    let digest = format!("sha256:{}", "a".repeat(64));
    let pinned = reference(&["images.spark.tag=mine", &format!("images.spark.digest={digest}")]);
    assert_eq!(pinned, format!("registry.example/data-platform/spark:mine@{digest}"));
    // Third parties' images are not looked for in the site's registry.
    let proxy = image(&library, "prod", &[], "proxy");
    assert!(!proxy.built && proxy.reference.starts_with("docker.io/nginxinc/"), "{proxy:?}");
}

#[test]
fn without_a_registry_pods_fetch_what_the_official_image_lacks() {
    let library = library();
    let central = "https://maven.example";
    for version in versions::all(&library).unwrap() {
        let set = ["site.registry=null", &format!("spark.version={}", version.version)];
        let official = image(&library, "prod", &set, "spark");
        assert_eq!(official.reference, format!("docker.io/apache/spark:{}", version.image.tag));
        let files = official.fetched(central);
        let slim = &version.artifacts["s3aSlim"];
        assert!(slim.iter().all(|wanted| files.iter().any(|file| file.sha256 == wanted.sha256)));
        assert!(files.iter().all(|file| file.url.starts_with(central) && file.url.ends_with(&file.name)));
        assert!(!files.iter().any(|file| file.name.contains("bundle")), "{files:?}");
        assert_eq!(image(&library, "prod", &set[1..], "spark").fetched(central), []);
    }
}

#[test]
fn every_artifact_has_a_checksum_and_every_version_its_locks() {
    let library = library();
    for version in versions::all(&library).unwrap() {
        for artifact in version.artifacts.values().flatten() {
            let hex = artifact.sha256.len() == 64 && artifact.sha256.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(hex && (3..=4).contains(&artifact.coordinate.split(':').count()), "{artifact:?}");
        }
        for name in ["udf", "notebook"] {
            let path = format!("versions/python/{}-{name}.txt", version.version);
            let source = library.file(&path).unwrap_or_else(|| panic!("{path}"));
            let text = &library.sources.get(source).text;
            let packages = text.lines().filter(|line| line.contains("==") && !line.starts_with('#')).count();
            assert!(packages >= 3 && text.matches("--hash=sha256:").count() >= packages, "{path}");
            for package in ["pandas==", "pyarrow==", "numpy=="] {
                assert!(text.contains(package), "{path}: {package}");
            }
        }
    }
}

#[test]
fn templates_ask_the_same() {
    let library = library();
    let official = compiled(&library, "prod", &["site.registry=null"]);
    let own = compiled(&library, "prod", &[]);
    let ask = |compiled: &Compiled, expression: &str| {
        library.templates.evaluate(expression, compiled.platform.globals()).map(|value| value.to_string())
    };
    let is = |compiled: &Compiled, expression: &str, expected: &str| {
        assert_eq!(ask(compiled, expression).unwrap(), expected, "{expression}");
    };
    is(&official, "built('spark')", "False");
    is(&own, "built('spark')", "True");
    is(&own, "fetched('spark') | length", "0");
    is(
        &official,
        "fetched('spark') | map(attribute='name') | select('eq', 'hadoop-aws-3.4.2.jar') | list | length",
        "1",
    );
    is(&own, "'pyarrow==' in locked('udf') and '--hash=sha256:' in locked('udf')", "True");
    is(&own, "locked('nothing')", "");
    let unknown = ask(&own, "image('sparc')").unwrap_err();
    assert!(unknown.contains("did you mean `spark`?"), "{unknown}");
    // What a template names is what the release uses.
    assert!(own.platform.uses_image("spark") && !own.platform.uses_image("jupyter"));
}

#[test]
fn dockerfiles() {
    let library = library();
    for version in ["3.5", "4.0", "4.1", "4.2", "4.3"] {
        let compiled = compiled(&library, "prod", &[&format!("spark.version={version}")]);
        for name in ["spark", "jupyter", "metastore"] {
            let image = compiled.platform.image(&library, name).unwrap().unwrap();
            let text = dockerfile::render(&library, &compiled, &image).unwrap();
            assert_eq!(text, dockerfile::render(&library, &compiled, &image).unwrap());
            assert_eq!(text.matches("ADD ").count(), text.matches("--checksum=sha256:").count());
            if name == "spark" || version == "4.1" {
                // Locks are long, and their own files show what changes in them.
                let (start, end) = ("<<'REQUIREMENTS' ", "REQUIREMENTS\n");
                let mut shown = String::new();
                let mut inside = false;
                for line in text.split_inclusive('\n') {
                    if inside && line == end {
                        inside = false;
                        shown.push_str("[the lock]\n");
                    }
                    if !inside {
                        shown.push_str(line);
                    }
                    inside |= line.contains(start);
                }
                insta::assert_snapshot!(format!("{name}_{version}"), shown);
            }
        }
        assert!(
            dockerfile::render(
                &library,
                &compiled,
                &compiled.platform.image(&library, "proxy").unwrap().unwrap()
            )
            .is_err()
        );
    }
}
