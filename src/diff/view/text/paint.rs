//! Colours, where they are wanted.

/// Paints or does not.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether it does.
    pub is_on: bool,
}

impl Paint {
    /// What a reader looks for first.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What is only on the first side.
    pub fn before(self, text: &str) -> String {
        self.with("31", text)
    }

    /// What is only on the second side.
    pub fn after(self, text: &str) -> String {
        self.with("32", text)
    }

    /// A place in a file.
    pub fn place(self, text: &str) -> String {
        self.with("36", text)
    }

    /// What asks for care.
    pub fn warn(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// What is read last.
    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        match self.is_on && !text.is_empty() {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}
