//! The command line of a Spark process, read as `spark-submit` reads it.

use crate::layer::tree::Node;
use crate::rules::set::{Application, Property, Source};

/// What starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `spark-submit`.
    Submit,
    /// `spark-shell`, `spark-sql`, `pyspark`: they take the same options and need no application.
    Shell,
    /// `spark-class`: what follows the class is the class's.
    Class,
    /// Something else, such as a script under `sbin`.
    Other,
}

/// One word of the command line.
#[derive(Debug, Clone)]
pub struct Word<'a> {
    /// Its text; of a shell's script, a part.
    pub text: String,
    /// Where it stands.
    pub node: &'a Node,
}

/// A slip in a command line.
#[derive(Debug, Clone)]
pub enum Slip<'a> {
    /// An option that needs a value and has none, or a `--conf` without `=`.
    NoValue(Word<'a>),
    /// An option that is none.
    Unknown(Word<'a>),
    /// There is no application.
    NoApplication,
    /// An option behind the application.
    Behind(Word<'a>),
}

/// A command line that was read.
#[derive(Debug, Clone)]
pub struct Launch<'a> {
    /// What starts it.
    pub program: Program,
    /// All of its words, scripts' parts by themselves.
    pub words: Vec<Word<'a>>,
    /// What `--conf`, options that stand for properties, and `-D` options in variables set.
    pub conf: Vec<Property<'a>>,
    /// The class that is run.
    pub class: Option<String>,
    /// What is wrong with it.
    pub slips: Vec<Slip<'a>>,
}

const SHELLS: [&str; 3] = ["spark-shell", "spark-sql", "pyspark"];
/// Options with a value, from `SparkSubmitOptionParser` of Spark 3.5 and 4.1.
const OPTIONS: [&str; 28] = [
    "--archives",
    "--class",
    "--conf",
    "-c",
    "--deploy-mode",
    "--driver-class-path",
    "--driver-cores",
    "--driver-java-options",
    "--driver-library-path",
    "--driver-memory",
    "--executor-cores",
    "--executor-memory",
    "--exclude-packages",
    "--files",
    "--jars",
    "--keytab",
    "--kill",
    "--master",
    "--remote",
    "--name",
    "--num-executors",
    "--packages",
    "--principal",
    "--properties-file",
    "--proxy-user",
    "--py-files",
    "--queue",
    "--repositories",
];
const MORE_OPTIONS: [&str; 2] = ["--status", "--total-executor-cores"];
const SWITCHES: [&str; 9] = [
    "--help",
    "-h",
    "--load-spark-defaults",
    "--supervise",
    "--usage-error",
    "--verbose",
    "-v",
    "--version",
    "--no-launcher",
];
/// Options that set a property.
const PROPERTIES: [(&str, &str); 12] = [
    ("--master", "spark.master"),
    ("--remote", "spark.remote"),
    ("--deploy-mode", "spark.submit.deployMode"),
    ("--name", "spark.app.name"),
    ("--driver-memory", "spark.driver.memory"),
    ("--driver-cores", "spark.driver.cores"),
    ("--driver-java-options", "spark.driver.extraJavaOptions"),
    ("--executor-memory", "spark.executor.memory"),
    ("--executor-cores", "spark.executor.cores"),
    ("--total-executor-cores", "spark.cores.max"),
    ("--num-executors", "spark.executor.instances"),
    ("--packages", "spark.jars.packages"),
];
/// Variables whose text is options for the JVM.
pub const JAVA_VARIABLES: [&str; 7] = [
    "SPARK_DAEMON_JAVA_OPTS",
    "SPARK_HISTORY_OPTS",
    "SPARK_MASTER_OPTS",
    "SPARK_WORKER_OPTS",
    "SPARK_SUBMIT_OPTS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
];

impl<'a> Launch<'a> {
    /// Reads the command line and the variables of a container that runs Spark.
    pub fn read(app: &Application<'a>) -> Self {
        let words: Vec<Word<'a>> = app.words.iter().flat_map(|node| split(node)).collect();
        let mut launch =
            Launch { program: Program::Other, words, conf: Vec::new(), class: None, slips: Vec::new() };
        if let Some((at, program)) = launch.program() {
            launch.program = program;
            let rest: Vec<Word<'a>> = launch.words[at + 1..].to_vec();
            let end =
                rest.iter().position(|word| matches!(word.text.as_str(), "&&" | "||" | ";" | "|" | "&"));
            launch.options(&rest[..end.unwrap_or(rest.len())]);
        } else {
            launch.daemon_options();
        }
        for entry in app.container.list("env") {
            if let (Some(name), Some(value)) = (entry.text("name"), entry.get("value"))
                && JAVA_VARIABLES.contains(&name)
            {
                let options = value.as_str().unwrap_or_default().split_whitespace();
                let set = options.filter_map(|option| option.strip_prefix("-Dspark.")?.split_once('='));
                launch.conf.extend(set.map(|(key, text)| Property {
                    key: format!("spark.{key}"),
                    value: text.trim_matches(['"', '\'']).to_owned(),
                    source: Source::Argument(value),
                }));
            }
        }
        launch
    }

    fn program(&self) -> Option<(usize, Program)> {
        let words = self.words.iter().enumerate();
        words.filter_map(|(at, word)| Some((at, of(word.text.rsplit('/').next()?)?))).next()
    }

    fn options(&mut self, words: &[Word<'a>]) {
        if self.program == Program::Class {
            self.class = words.first().map(|word| word.text.clone());
            return;
        }
        let mut at = 0;
        let mut set = Vec::new();
        let ends = |name: &str| matches!(name, "--help" | "-h" | "--version" | "--status" | "--kill");
        let mut needs_application = self.program == Program::Submit;
        while let Some(word) = words.get(at) {
            at += 1;
            let (name, joined) = match word.text.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.text.as_str(), None),
            };
            needs_application &= !ends(name);
            if OPTIONS.contains(&name) || MORE_OPTIONS.contains(&name) {
                let value = match joined {
                    Some(value) => Some(Word { text: value, node: word.node }),
                    None => {
                        at += 1;
                        words.get(at - 1).cloned()
                    }
                };
                match value {
                    None => self.slips.push(Slip::NoValue(word.clone())),
                    Some(value) if matches!(name, "--conf" | "-c") => match value.text.split_once('=') {
                        Some((key, text)) => set.push((key.to_owned(), text.to_owned(), value.node, 0)),
                        None => self.slips.push(Slip::NoValue(value)),
                    },
                    Some(value) if name == "--class" => self.class = Some(value.text),
                    Some(value) => {
                        if let Some((_, key)) = PROPERTIES.iter().find(|(option, _)| *option == name) {
                            set.push(((*key).to_owned(), value.text, value.node, 1));
                        }
                    }
                }
            } else if SWITCHES.contains(&name) {
            } else if name.starts_with('-') {
                if self.program == Program::Submit {
                    self.slips.push(Slip::Unknown(word.clone()));
                    needs_application = false;
                }
                break;
            } else {
                needs_application = false;
                let rest = words[at..].iter();
                let known = |word: &&Word<'_>| {
                    let name = word.text.split('=').next().unwrap_or_default();
                    OPTIONS.contains(&name) && name.starts_with("--")
                };
                self.slips.extend(rest.filter(known).cloned().map(Slip::Behind));
                break;
            }
        }
        if needs_application && self.slips.is_empty() {
            self.slips.push(Slip::NoApplication);
        }
        set.sort_by_key(|(_, _, _, rank)| *rank);
        let property = |(key, value, node, _)| Property { key, value, source: Source::Argument(node) };
        self.conf.extend(set.into_iter().map(property));
    }

    /// Scripts under `sbin` hand `--conf` on.
    fn daemon_options(&mut self) {
        let pairs = self.words.windows(2).filter(|pair| pair[0].text == "--conf");
        let set = pairs.filter_map(|pair| {
            let (key, value) = pair[1].text.split_once('=')?;
            let source = Source::Argument(pair[1].node);
            Some(Property { key: key.to_owned(), value: value.to_owned(), source })
        });
        self.conf = set.collect();
    }
}

fn of(name: &str) -> Option<Program> {
    match name {
        "spark-submit" => Some(Program::Submit),
        "spark-class" => Some(Program::Class),
        name if SHELLS.contains(&name) => Some(Program::Shell),
        _ => None,
    }
}

/// A word as it is, or the parts of a script that starts Spark.
fn split(node: &Node) -> Vec<Word<'_>> {
    let Some(text) = node.as_str() else { return Vec::new() };
    let starts_spark = |part: &str| {
        of(part.rsplit('/').next().unwrap_or_default()).is_some()
            || part.contains("sbin/start-")
            || part == "exec"
    };
    if !text.contains(char::is_whitespace) || !text.split_whitespace().any(starts_spark) {
        return vec![Word { text: text.to_owned(), node }];
    }
    parts(text).into_iter().map(|text| Word { text, node }).collect()
}

/// The words of a script, more or less as a shell splits them: quotes hold together, lines end commands.
pub fn parts(script: &str) -> Vec<String> {
    let (mut found, mut part, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    let mut characters = script.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '\\') if characters.peek() == Some(&'\n') => {
                characters.next();
            }
            (None, '"' | '\'') => (quote, open) = (Some(c), true),
            (Some(mark), c) if c == mark => quote = None,
            (None, c) if c.is_whitespace() || c == ';' => {
                if !part.is_empty() || open {
                    found.push(std::mem::take(&mut part));
                    open = false;
                }
                if c == '\n' || c == ';' {
                    found.push(";".to_owned());
                }
            }
            (_, c) => part.push(c),
        }
    }
    if !part.is_empty() || open {
        found.push(part);
    }
    found
}
