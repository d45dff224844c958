//! Totals that are read from objects, held against those that components declare.

use super::matrix::releases;
use sparkctl::compile::compile;
use sparkctl::diff::{compiled, totals};
use sparkctl::library::Library;
use sparkctl::spec::types::Quantity;

#[test]
fn objects_ask_for_what_components_declare() {
    let library = Library::load(None, "").unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (label, release) in releases(&library).into_iter().filter(|(label, _)| label.contains(" 4.1")) {
        let Ok(one) = compile(&library, &release) else { continue };
        let declared = &one.platform.totals;
        let objects = compiled(&one);
        let all = totals::of(&objects);
        assert!(!all.unbounded, "{label}");
        // What components declare holds one metastore more: a rollout starts a new one before it stops an old one.
        let metastore = objects
            .iter()
            .filter(|object| object.id.kind == "Deployment" && object.id.name.ends_with("hive-metastore"));
        let rollout = totals::of(&metastore.copied().collect::<Vec<_>>());
        let one_more = |amount: u64| amount.checked_div(rollout.replicas).unwrap_or(0);
        // Executors inside standalone workers are no pods.
        let executors = if all.executor_memory > 0 { all.executors } else { 0 };
        let pods = all.replicas + executors + one_more(rollout.replicas);
        let cpu = all.cpu + all.executor_cpu + one_more(rollout.cpu);
        let memory = all.memory + all.executor_memory + one_more(rollout.memory);
        let milli = |text: &str| u64::try_from(text.parse::<Quantity>().unwrap().milli()).unwrap();
        let wanted = (declared.pods, milli(&declared.cpu), milli(&declared.memory) / 1000);
        if (pods, cpu, memory) != wanted {
            wrong.push(format!("{label}: {:?} and {wanted:?}", (pods, cpu, memory)));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{} of {compared}\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 50, "{compared}");
}

#[test]
fn totals_of_production() {
    let library = Library::load(None, "").unwrap();
    let of = |preset: &str| {
        let release = sparkctl::release::Release::of("prod", preset).unwrap();
        let one = compile(&library, &release).unwrap();
        serde_json::to_string_pretty(&totals::of(&compiled(&one)).shown()).unwrap()
    };
    insta::assert_snapshot!("totals", format!("{}\n{}", of("jupyter-connect"), of("standalone")));
}
