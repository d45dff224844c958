//! Text to Go template: braces that stay braces, and the holes that values fill.
//!
//! Holes are marked in an object's strings by a token that stands nowhere else in it. The one emitter writes
//! the object with them, and then each token becomes an action.

/// What stands in the place of a token.
#[derive(Debug)]
pub enum Hole {
    /// A whole scalar: the action's result, in quotes, since nobody knows how it will look.
    Scalar(String),
    /// A part of a text, which the action's result fits without quotes.
    Inline(String),
    /// A whole line: if the action has a result, its lines, indented as the line was.
    Line(String),
    /// The end of a line of properties: if the action has a result, one property more.
    Property {
        /// What the line begins with: so it does in a block, and not where the text is in quotes.
        after: &'static str,
        /// The key of the property more.
        key: &'static str,
        /// The action.
        action: String,
    },
    /// A whole scalar as it is to be written; may hold tokens.
    Written(String),
}

/// The holes of one object.
#[derive(Debug)]
pub struct Holes {
    token: String,
    holes: Vec<Hole>,
}

/// Ends a token, so that number 1 is not the beginning of number 12.
const END: char = 'z';

impl Holes {
    /// None yet, marked by a token that does not stand in `text`.
    pub fn beside(text: &str) -> Holes {
        let mut token = "sparkctlhole".to_owned();
        while text.contains(&token) {
            token.push('x');
        }
        Holes { token, holes: Vec::new() }
    }

    /// A token for one hole.
    pub fn put(&mut self, hole: Hole) -> String {
        self.holes.push(hole);
        format!("{}{}{END}", self.token, self.holes.len() - 1)
    }

    /// The template that makes `text`, with every token filled.
    pub fn fill(&self, text: &str) -> String {
        let mut template = Template::default();
        for line in text.split_inclusive('\n') {
            match self.find(line) {
                Some((_, Hole::Line(action), _)) => {
                    let indent = line.len() - line.trim_start().len();
                    let ended = if line.ends_with('\n') { "\n" } else { "" };
                    template.action(&format!(
                        "{{{{- with {action} }}}}{{{{ . | nindent {indent} }}}}{{{{ end }}}}"
                    ));
                    template.literal(ended);
                }
                _ => self.fill_line(line, line, &mut template),
            }
        }
        let mut template = template.finish();
        // Helm adds a line break to what a template makes: a text that ends in several would get one more.
        if template.ends_with("\n\n") {
            template.push_str("# That is all.\n");
        }
        template
    }

    /// Fills `rest`, which ends the line `whole`.
    fn fill_line(&self, whole: &str, rest: &str, template: &mut Template) {
        let Some((before, hole, after)) = self.find(rest) else { return template.literal(rest) };
        template.literal(before);
        match hole {
            Hole::Scalar(action) => template.action(&format!("{{{{ {action} | quote }}}}")),
            Hole::Inline(action) | Hole::Line(action) => template.action(&format!("{{{{ {action} }}}}")),
            Hole::Property { after: beginning, key, action } => {
                let head = &whole[..whole.len() - whole.trim_start().len()];
                let is_block = whole.trim_start().starts_with(beginning);
                let separator = if is_block { format!("\\n{head}") } else { "\\\\n".to_owned() };
                template.action(&format!(
                    "{{{{ with {action} }}}}{{{{ printf \"{separator}{key}=%s\" . }}}}{{{{ end }}}}"
                ));
            }
            Hole::Written(text) => self.fill_line(text, text, template),
        }
        self.fill_line(whole, after, template);
    }

    /// The first token of a line: what stands before it, its hole, what stands after it.
    fn find<'a>(&'a self, line: &'a str) -> Option<(&'a str, &'a Hole, &'a str)> {
        let (before, rest) = line.split_once(&self.token)?;
        let (number, after) = rest.split_once(END)?;
        Some((before, self.holes.get(number.parse::<usize>().ok()?)?, after))
    }
}

/// A Go template that is being written. A brace is held back until it is known what follows it.
#[derive(Debug, Default)]
struct Template {
    text: String,
    brace: bool,
}

impl Template {
    /// Text that comes out as it is: only two braces begin an action, so only they are written by one.
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            match (character, self.brace) {
                ('{', false) => self.brace = true,
                ('{', true) => {
                    self.brace = false;
                    self.text.push_str("{{ \"{{\" }}");
                }
                (other, held) => {
                    if held {
                        self.brace = false;
                        self.text.push('{');
                    }
                    self.text.push(other);
                }
            }
        }
    }

    /// An action; a single brace before it would be taken for its beginning.
    fn action(&mut self, action: &str) {
        if self.brace {
            self.brace = false;
            self.text.push_str("{{ \"{\" }}");
        }
        self.text.push_str(action);
    }

    fn finish(mut self) -> String {
        if self.brace {
            self.text.push('{');
        }
        self.text
    }
}

/// A text as a template makes it again, whatever stands before and after it.
pub fn escaped(text: &str) -> String {
    let mut template = Template::default();
    template.literal(text);
    template.action("");
    template.finish()
}

/// A string inside an action.
pub fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A list of strings inside an action.
pub fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let items: String = texts.map(|text| format!(" {}", literal(text))).collect();
    format!("(list{items})")
}

/// A YAML scalar in double quotes without a single `<`, so that Helm finds nothing to take away.
pub fn without_angles(text: &str) -> String {
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => written.extend(['\\', character]),
            '\n' => written.push_str("\\n"),
            '<' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                written.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                written.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => written.push(other),
        }
    }
    written.push('"');
    written
}
