//! Values: whether Spark can read them.

use super::{Context, form};
use crate::rules::Problem;
use crate::rules::set::{Property, Role};
use crate::spark::conf_keys::Kind;
use crate::spark::values::{self, Refused};

/// Values that Spark, Hadoop or the JVM would refuse.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for property in context.properties() {
        let value = property.value.as_str();
        if value.trim().is_empty() || form::is_unresolved(property) || form::is_quoted(value) {
            continue; // `spark/malformed-property` tells.
        }
        if let Some(refused) = refused(context, property) {
            problems.push(problem(context, property, refused));
        }
    }
    for process in &context.processes {
        let name = match process.app.role {
            Role::History | Role::Master | Role::Worker => "SPARK_DAEMON_MEMORY",
            Role::Connect | Role::Driver => "SPARK_DRIVER_MEMORY",
        };
        let Some(node) = process.variable(name) else { continue };
        let text = super::text(node);
        let bare = text.bytes().all(|byte| byte.is_ascii_digit());
        if !text.contains('$') && (bare || values::heap(&text).is_none()) {
            problems.push(
                Problem::new(
                    "spark/wrong-value",
                    format!("`{name}` is `{text}`, which the JVM takes for no heap"),
                    context.subject.place(node),
                    "handed on as -Xmx",
                )
                .why("the JVM ends at once: Invalid maximum heap size, or Too small maximum heap")
                .help("write a number and one of k, m, g, t: 512m, 4g"),
            );
        }
    }
}

fn refused(context: &Context<'_, '_>, property: &Property<'_>) -> Option<Refused> {
    if let Some(hadoop) = property.key.strip_prefix("spark.hadoop.") {
        return values::refused_by_s3a(hadoop, &property.value);
    }
    let key = super::keys::lookup(context.version, &property.key)?;
    match key.kind {
        Kind::Key | Kind::Literal => {
            values::refused(&key, context.version.unwrap_or_default(), &property.value)
        }
        Kind::Prefix | Kind::Removed => None,
    }
}

fn problem(context: &Context<'_, '_>, property: &Property<'_>, refused: Refused) -> Problem {
    let (key, value) = (&property.key, property.value.trim());
    let help = match &refused.instead {
        Some(instead) => format!("write `{instead}`"),
        None => format!("write {}", refused.wanted),
    };
    let why = if key.starts_with("spark.hadoop.") {
        "Hadoop takes its own default for a flag that it cannot read, and fails at the first file for anything else"
    } else {
        "Spark ends when it reads the value: most are read as a driver starts, some when a query first needs them"
    };
    Problem::new(
        "spark/wrong-value",
        format!("`{key}` is `{value}`, which is not {}", refused.wanted),
        context.place(property),
        "this value",
    )
    .why(why)
    .help(help)
}
