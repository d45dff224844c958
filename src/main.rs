//! The command line of sparkctl.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]

fn main() {
    let library = match sparkctl::library::Library::load(None, "") {
        Ok(l) => l,
        Err(e) => {
            show(e);
            return;
        }
    };
    let env = std::env::args().nth(1).unwrap();
    let release = sparkctl::release::Release {
        name: "connect".parse().unwrap(),
        namespace: format!("spark-{env}").parse().unwrap(),
        environment: env,
        preset: "connect".into(),
        features: Default::default(),
        values: None,
        set: std::env::args().skip(2).collect(),
    };
    let t = std::time::Instant::now();
    match sparkctl::compile::compile(&library, &release) {
        Ok(c) => {
            let t2 = t.elapsed();
            for m in &c.manifests {
                println!("---\n# {}\n{}", m.path(), sparkctl::manifest::emit::emit(&m.object).unwrap());
            }
            eprintln!(
                "{t2:?} {:?}\n{:?}",
                c.to_set.iter().map(|(p, _)| p.to_string()).collect::<Vec<_>>(),
                c.preconditions
            );
        }
        Err(e) => show(e),
    }
}
fn show(e: sparkctl::failure::Failure) {
    if let sparkctl::failure::Failure::Findings(r) = &e {
        for f in &r.findings {
            println!(
                "{} {} at {:?}: {:?} {:?} {:?}",
                f.rule,
                f.message,
                f.primary.as_ref().map(|p| r.sources.locate(p.span)),
                f.primary.as_ref().map(|p| &p.text),
                f.why,
                f.help
            );
        }
    } else {
        println!("{e} {:?}", e.help());
    }
}
