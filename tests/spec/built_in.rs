//! What is inside the binary: held here to everything that a project's files are held to at run time.

use super::{library, release, seen};
use sparkctl::layer::document::{LayerKind, PresetRole};
use sparkctl::layer::parse::parse_one;
use sparkctl::library::descriptor::{self, descriptor_schema};
use sparkctl::library::{check_template, files, versions};
use sparkctl::source::Sources;
use sparkctl::spec::schema::{self, Kind};

#[test]
fn layers_satisfy_the_layer_schema() {
    let library = library();
    let mut sources = Sources::default();
    let mut read = 0;
    for (path, text) in files::BUILT_IN {
        let layer = path.starts_with("presets/")
            || path.starts_with("environments/")
            || path.ends_with("defaults.yaml");
        if layer {
            let source = sources.add(*path, *text);
            let (document, mut findings) = parse_one(source, text);
            findings.extend(library.schemas.check(Kind::Layer, &document.unwrap(), &sources));
            assert!(findings.is_empty(), "{path}: {findings:?}");
            read += 1;
        }
    }
    assert!(read >= 6, "only {read} layers were read");
}

#[test]
fn descriptors_satisfy_their_schema() {
    let mut sources = Sources::default();
    let mut read = 0;
    for (path, text) in files::BUILT_IN.iter().filter(|(path, _)| path.ends_with("/component.yaml")) {
        let name = path.split('/').nth(1).unwrap();
        let source = sources.add(*path, *text);
        let component = descriptor::read(name, source, &sources);
        assert!(component.is_ok(), "{path}: {:?}", component.err());
        read += 1;
    }
    assert!(read >= 3);
    assert!(schema::validator(&descriptor_schema()).is_ok());
}

#[test]
fn expressions_stand_where_values_begin() {
    let mut sources = Sources::default();
    let mut read = 0;
    for (path, text) in files::BUILT_IN.iter().filter(|(path, _)| path.ends_with(".j2")) {
        let source = sources.add(*path, *text);
        let findings = check_template(path, source, text);
        assert!(findings.is_empty(), "{path}: {findings:?}");
        read += 1;
    }
    assert!(read >= 14, "only {read} templates were read");
}

/// Every scenario in every environment, alone and with every feature: no finding, and the same bytes twice.
#[test]
fn the_matrix_renders_without_findings_and_always_the_same() {
    let (one, two) = (library(), library());
    let all = one.presets(PresetRole::Feature);
    let mut rendered = 0;
    for environment in one.names(LayerKind::Environment) {
        for preset in one.presets(PresetRole::Scenario) {
            for features in std::iter::once(&all[..0]).chain(all.chunks(1)).chain(std::iter::once(&all[..])) {
                let mut release = release(environment, features, "");
                release.preset = preset.to_owned();
                let first = seen(&one, &release);
                assert!(first.is_ok(), "{environment} {preset} {features:?}: {first:?}");
                assert_eq!(first, seen(&two, &release), "{environment} {preset} {features:?}");
                rendered += 1;
            }
        }
    }
    assert!(rendered >= 9, "only {rendered} combinations were rendered");
}

#[test]
fn versions_are_complete_and_in_order() {
    let versions = versions::all(&library()).unwrap();
    let names: Vec<&str> = versions.iter().map(|version| version.version.as_str()).collect();
    assert_eq!(names, ["3.5", "4.0", "4.1", "4.2", "4.3"]);
    for version in &versions {
        let (tag, prefix) = (&version.image.tag, format!("{}.", version.version));
        assert!(
            version.patch.starts_with(&prefix) && version.image.patch.starts_with(&prefix),
            "{version:?}"
        );
        let (patch, scala, java) = (&version.image.patch, &version.scala, version.java.image);
        assert_eq!(*tag, format!("{patch}-scala{scala}-java{java}-python3-ubuntu"));
        assert!(version.java.choices.contains(&java) && java >= version.java.minimum, "{version:?}");
        // S3A and the Hadoop client must be of one version.
        let hadoop_aws = format!("org.apache.hadoop:hadoop-aws:{}", version.hadoop);
        for purpose in ["s3a", "s3aSlim"] {
            assert_eq!(version.artifacts[purpose][0].coordinate, hadoop_aws);
        }
        assert_eq!(version.connect.built_in, version.artifacts["connect"].is_empty(), "{version:?}");
        assert_eq!(version.iceberg.is_none(), version.artifacts["iceberg"].is_empty(), "{version:?}");
    }
}

/// Layers name the file that editors check them by.
#[test]
fn every_layer_has_a_modeline() {
    let is_table = |path: &str| path.starts_with("versions/") || path.starts_with("gitops/");
    for (path, text) in files::BUILT_IN.iter().filter(|(path, _)| path.ends_with(".yaml") && !is_table(path))
    {
        let first = text.lines().next().unwrap_or_default();
        let up = "../".repeat(path.matches('/').count());
        let schema = match path {
            path if path.ends_with("component.yaml") => "component",
            path if path.starts_with("images/") => "image",
            path if path.starts_with("contracts/") => "contract",
            _ => "layer",
        };
        assert_eq!(
            first,
            format!("# yaml-language-server: $schema={up}schemas/{schema}.schema.json"),
            "{path}"
        );
    }
}
