//! `sparkctl preconditions`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::credentials::{self, Credential};
use crate::compile::{Compiled, Precondition, files};
use crate::failure::Failure;
use clap::Args;
use std::process::ExitCode;

/// Arguments of `preconditions`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Print the Secrets that pods read and nothing makes, with random values, for `kubectl apply -f -`. Never in production.
    #[arg(long)]
    secrets: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let compiled = workplace.compile(&arguments.selection)?;
    if arguments.secrets {
        terminal.result(&secrets(&compiled)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    match terminal.format() {
        Format::Json => terminal.json(&serde_json::json!(compiled.preconditions))?,
        _ => terminal.result(&list(&compiled.preconditions))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// One precondition after the other: what, how to find out, how to make it.
pub fn list(preconditions: &[Precondition]) -> String {
    let mut text = String::new();
    for precondition in preconditions {
        text.push_str(&format!("{}\n  verify: {}\n", precondition.what, precondition.verify));
        if let Some(create) = &precondition.create {
            text.push_str(&format!("  create: {create}\n"));
        }
    }
    if text.is_empty() {
        text.push_str("nothing has to exist first\n");
    }
    text
}

/// The namespace, where the release owns it, and a Secret for each credential that nothing else makes.
///
/// The Secrets are immutable: applying newly drawn values over them is refused by the API server, so
/// that a second run cannot lock a database out of its own data.
fn secrets(compiled: &Compiled) -> Result<String, Failure> {
    if compiled.spec.environment.tier == crate::spec::platform::Tier::Production {
        return Err(Failure::refused(
            "credentials of production are not made up".to_owned(),
            "name them under `secrets`, so that External Secrets fetches them, or create the Secrets yourself",
        ));
    }
    let mut documents = Vec::new();
    let mut written = files::files(compiled)?;
    for manifest in compiled.manifests.iter().filter(|manifest| manifest.id.kind == "Namespace") {
        documents.extend(written.remove(&manifest.path()));
    }
    for credential in credentials::missing(&compiled.manifests) {
        documents.push(secret(compiled, &credential)?);
    }
    Ok(documents.iter().map(|document| format!("---\n{document}")).collect())
}

fn secret(compiled: &Compiled, credential: &Credential) -> Result<String, Failure> {
    let mut text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n  namespace: {}\n  labels:\n    \
         app.kubernetes.io/instance: {}\n    app.kubernetes.io/managed-by: sparkctl\ntype: Opaque\n\
         immutable: true\nstringData:\n",
        credential.secret, compiled.release.namespace, compiled.release.name,
    );
    for key in &credential.keys {
        text.push_str(&format!("  {key:?}: {:?}\n", random_word()?));
    }
    Ok(text)
}

/// Letters and digits of a random word; 32 of 62 kinds hold 190 bits.
const LENGTH: usize = 32;

/// A word that nobody can guess. Letters and digits only: every program takes them unquoted.
fn random_word() -> Result<String, Failure> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut word = String::with_capacity(LENGTH);
    let mut bytes = [0; LENGTH];
    while word.len() < LENGTH {
        getrandom::fill(&mut bytes).map_err(|error| {
            Failure::refused(format!("the system gives no random numbers: {error}"), "try again")
        })?;
        // Bytes from 248 on would make some letters likelier than others.
        let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| LETTERS[usize::from(*byte) % 62]);
        word.extend(fair.map(char::from).take(LENGTH - word.len()));
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_long_plain_and_never_the_same() {
        let (one, two) = (random_word().unwrap(), random_word().unwrap());
        assert!(one != two && one.len() == LENGTH && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
