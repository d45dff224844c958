//! What an upgrade would change, for programs.

use crate::bundle::shown;
use crate::fleet::upgrade::requires::Edit;
use crate::fleet::upgrade::{Cause, Effect, Input, Step, Upgrade};
use serde_json::{Value as Json, json};
use std::path::Path;

/// All of it. `required` is what the project requires now.
pub fn value(upgrade: &Upgrade, edit: Option<&Edit>, required: Option<&str>, out: &Path) -> Json {
    let report = crate::diagnostic::json::value(&upgrade.report);
    let own = &upgrade.own;
    let inputs =
        |input: &Input| json!({"path": input.path, "change": word(input.step), "bundles": input.bundles});
    let changes = upgrade.changes.iter().map(|change| {
        json!({
            "change": word(change.step),
            "file": shown(out.join(&change.place).join(&change.path)),
            "object": change.object,
            "cause": match change.cause {
                Cause::BuiltIn => "builtIn",
                Cause::Program => "sparkctl",
                Cause::Own => "project",
            },
            "effects": change.effects.iter().map(effect).collect::<Vec<_>>(),
            "diff": change.diff,
            "bundles": change.bundles,
        })
    });
    json!({
        "output": out,
        "version": env!("CARGO_PKG_VERSION"),
        "requires": {"is": required, "becomes": edit.map(|edit| &edit.after)},
        "bundles": upgrade.bundles,
        "refused": upgrade.refused,
        "different": upgrade.different,
        "builtIn": upgrade.inputs.iter().map(inputs).collect::<Vec<_>>(),
        "notTheUpgrade": {
            "inputs": own.inputs.iter().map(|(name, bundles)| json!({"name": name, "bundles": bundles})).collect::<Vec<_>>(),
            "files": own.files.iter().map(|(file, what)| json!({"file": shown(out.join(file)), "what": what})).collect::<Vec<_>>(),
            "missing": own.missing,
            "notListed": own.unlisted,
        },
        "changes": changes.collect::<Vec<_>>(),
        "findings": report["findings"],
        "warnings": report["warnings"],
        "silenced": report["silenced"],
    })
}

fn effect(effect: &Effect) -> Json {
    match effect {
        Effect::Restart => json!({"effect": "restart"}),
        Effect::Refused(field) => json!({"effect": "refused", "field": field}),
    }
}

/// `new`, `changed` or `gone`.
pub fn word(step: Step) -> &'static str {
    match step {
        Step::New => "new",
        Step::Changed => "changed",
        Step::Gone => "gone",
    }
}
