//! A tree as serde reads it: the typed parts of the spec are taken out of it without a copy in between.

use super::tree::{Node, Value};
use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A tree to be read.
#[derive(Debug, Clone, Copy)]
pub struct Readable<'a>(pub &'a Node);

impl<'de> Deserializer<'de> for Readable<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Int(number) => match u64::try_from(*number) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_i64(*number),
            },
            Value::Float(number) => visitor.visit_f64(*number),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => {
                let mut items = SeqDeserializer::new(items.iter().map(Readable));
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Map(map) => {
                let entries = map.entries.iter().map(|(key, entry)| (key.as_str(), Readable(&entry.node)));
                let mut entries = MapDeserializer::new(entries);
                let read = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(read)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Map(map) => {
                let entries = map.entries.iter().map(|(key, entry)| (key.as_str(), Readable(&entry.node)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(entries)))
            }
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Readable<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::parse::parse_one;
    use crate::source::Sources;
    use serde::Deserialize;
    use serde_json::Value as Json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Thing {
        name: String,
        count: u16,
        ratio: f64,
        kind: Kind,
        more: Option<Vec<Option<bool>>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        Plain,
        Sized(u8),
    }

    fn node(text: &str) -> Node {
        let (node, wrong) = parse_one(Sources::default().scratch(), text);
        assert!(wrong.is_empty());
        node.unwrap()
    }

    #[test]
    fn it_reads_as_json_does() {
        for text in [
            "{name: a, count: 3, ratio: 2, kind: plain, more: [true, null]}",
            "{name: a, count: 3, ratio: 2.5, kind: {sized: 7}, more: null}",
            "{name: a, count: 3, ratio: -2, kind: plain}",
            "{name: a, count: -3, ratio: 2, kind: plain}",
            "{name: a, count: 70000, ratio: 2, kind: plain}",
            "{name: 1, count: 3, ratio: 2, kind: plain}",
            "{name: a, count: 3, ratio: 2, kind: other}",
            "{name: a, count: 3, ratio: 2, kind: plain, unknown: 1}",
            "{name: a, count: 3, ratio: 2}",
            "[a, 3]",
        ] {
            let node = node(text);
            let json = serde_json::from_value::<Thing>(node.to_json()).ok();
            assert_eq!(Thing::deserialize(Readable(&node)).ok(), json, "{text}");
            assert_eq!(Json::deserialize(Readable(&node)).unwrap(), node.to_json(), "{text}");
        }
        assert_eq!(
            serde_json::from_value::<Thing>(node("{name: a, count: 3, ratio: 2, kind: plain}").to_json())
                .unwrap()
                .count,
            3
        );
    }
}
