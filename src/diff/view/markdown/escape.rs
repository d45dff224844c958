//! Text of strangers in Markdown: shown, and never read as Markdown, HTML, a link or a mention.

use crate::diff::view::value::clean;

/// A fence that nothing in the text closes.
pub fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Text as code: GitHub makes neither links nor mentions of it.
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(&clean(text)))
}

/// Text in which nothing is Markdown or HTML: what could be is written as a character reference, which never
/// begins anything.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if !c.is_ascii() || c.is_ascii_alphanumeric() => out.push(c),
            ' ' | ',' | '-' | '/' | '(' | ')' | '=' | ';' | '\'' | '%' | '?' => out.push(c),
            // `www.` would become a link.
            '.' if !out.ends_with("www") && !out.ends_with("WWW") => out.push('.'),
            '\n' => out.push(' '),
            _ => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_is_markdown_html_a_link_or_a_mention() {
        let bad =
            "<img src=x> @team **b** [a](javascript:x) `c` | #12 https://x.example www.x.example _i_ \\| ~s~";
        let escaped = escape(bad);
        let rest = escaped
            .split("&#")
            .skip(1)
            .fold(escaped.split("&#").next().unwrap_or_default().to_owned(), |text, part| {
                text + part.split_once(';').map_or(part, |(_, rest)| rest)
            });
        assert!(
            !rest.contains(['<', '>', '@', '*', '[', ']', '`', '|', '#', '_', '\\', '~', ':', '&']),
            "{escaped}"
        );
        assert!(!escaped.contains("www."), "{escaped}");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b ``"), "`````");
    }
}
