//! SARIF's objects as they stand in a document, borrowed from its bytes.
//!
//! No value of an odd type is an error here: a number where a text belongs is that number as text, an object where
//! a list belongs is a list of one, a text where an object belongs is its main property, and the rest is empty.
//! Only broken syntax and repeated keys fail, and those are [`crate::ingest::json::Raw::parse_borrowed`]'s.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::ingest::look::LAST_LINE;

/// A text, or a number or a truth value as text; anything else is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// An integer, also where it is written as a float or as text; `None` for anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Int(pub(super) Option<i64>);

impl Int {
    /// A line or column: 0 where there is none, or one that no file has.
    pub(super) fn count(self) -> u32 {
        self.0
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number <= LAST_LINE)
            .unwrap_or(0)
    }

    /// What stands in a line's place and can be none.
    pub(super) fn no_line(self) -> Option<i64> {
        self.0.filter(|number| !(0..=i64::from(LAST_LINE)).contains(number))
    }

    /// An index into an array; -1 is SARIF's "none".
    pub(super) fn index(self) -> Option<usize> {
        self.0.and_then(|number| usize::try_from(number).ok())
    }
}

/// A type whose values stand in objects, with a meaning for a text that stands in the object's place.
pub(super) trait Loose<'de>: Default {
    /// What a bare text means.
    fn of_text(_: Cow<'de, str>) -> Self {
        Self::default()
    }
}

/// An object; empty where something else stands in its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct One<T>(pub(super) T);

impl<T> Deref for One<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A list, or the one value that stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Many<T>(pub(super) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// An object with keys of the tool's choice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map<'a, T>(pub(super) Vec<(Text<'a>, T)>);

impl<T> Default for Map<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Map<'_, T> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&T> {
        self.0.iter().rev().find(|(known, _)| &**known == key).map(|(_, value)| value)
    }
}

/// A property bag.
pub(super) type Bag<'a> = Map<'a, Prop<'a>>;

/// A value in a property bag.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Prop<'a> {
    /// `null`.
    #[default]
    Nothing,
    /// A text, a number or a truth value, as text.
    Text(Cow<'a, str>),
    /// The texts of a list.
    List(Vec<Cow<'a, str>>),
    /// The texts of an object or of a list of objects, one level down.
    Nested(Vec<Cow<'a, str>>),
}

impl Prop<'_> {
    /// The text, where it is one.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// All texts in it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::Nothing => (None, [].as_slice()),
            Self::Text(text) => (Some(&**text), [].as_slice()),
            Self::List(list) | Self::Nested(list) => (None, list.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|text| &**text))
    }
}

fn drain_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// What a visitor that wants an object or a list makes of numbers, truth values and `null`.
macro_rules! no_scalars {
    ($nothing:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            $nothing
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            $nothing
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            $nothing
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            $nothing
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            $nothing
        }
    };
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text)))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(if truth { "true" } else { "false" })))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        drain_seq(seq).map(|()| Text::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        drain_map(map).map(|()| Text::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct IntVisitor;

impl<'de> Visitor<'de> for IntVisitor {
    type Value = Int;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Int(text.trim().parse().ok()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Int(None))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Int(Some(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Int(Some(i64::try_from(number).unwrap_or(i64::MAX))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        // The cast saturates.
        Ok(Int(number.is_finite().then_some(number as i64)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Int(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        drain_seq(seq).map(|()| Int(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        drain_map(map).map(|()| Int(None))
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntVisitor)
    }
}

struct OneVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Loose<'de>> Visitor<'de> for OneVisitor<T> {
    type Value = One<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(One(T::of_text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(One(T::of_text(Cow::Owned(text.to_owned()))))
    }

    no_scalars!(Ok(One(T::default())));

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        drain_seq(seq).map(|()| One(T::default()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(One)
    }
}

impl<'de, T: Deserialize<'de> + Loose<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneVisitor(PhantomData))
    }
}

struct ManyVisitor<T>(PhantomData<T>);

/// What a list's element may be made of when it stands alone.
pub(super) trait Element<'de>: Deserialize<'de> {
    /// From a text.
    fn alone(text: Cow<'de, str>) -> Self;

    /// From an object.
    fn alone_in<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error>;
}

impl<'de: 'a, 'a> Element<'de> for Text<'a> {
    fn alone(text: Cow<'de, str>) -> Self {
        Self(text)
    }

    fn alone_in<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        drain_map(map).map(|()| None)
    }
}

impl<'de, T: Deserialize<'de> + Loose<'de>> Element<'de> for One<T> {
    fn alone(text: Cow<'de, str>) -> Self {
        Self(T::of_text(text))
    }

    fn alone_in<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| Some(Self(one)))
    }
}

impl<'de, T: Element<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Many(vec![T::alone(Cow::Borrowed(text))]))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Many(vec![T::alone(Cow::Owned(text.to_owned()))]))
    }

    no_scalars!(Ok(Many::default()));

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(element) = seq.next_element()? {
            all.push(element);
        }
        Ok(Many(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::alone_in(map).map(|one| Many(one.into_iter().collect()))
    }
}

impl<'de, T: Element<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

struct MapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MapVisitor<T> {
    type Value = Map<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Map::default())
    }

    no_scalars!(Ok(Map::default()));

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        drain_seq(seq).map(|()| Map::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = map.next_entry()? {
            all.push(entry);
        }
        Ok(Map(all))
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Map<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MapVisitor(PhantomData))
    }
}

struct PropVisitor;

impl<'de> Visitor<'de> for PropVisitor {
    type Value = Prop<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        TextVisitor.visit_borrowed_str(text).map(|text| Prop::Text(text.0))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        TextVisitor.visit_str(text).map(|text| Prop::Text(text.0))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        TextVisitor.visit_bool(truth).map(|text| Prop::Text(text.0))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        TextVisitor.visit_i64(number).map(|text| Prop::Text(text.0))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        TextVisitor.visit_u64(number).map(|text| Prop::Text(text.0))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        TextVisitor.visit_f64(number).map(|text| Prop::Text(text.0))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Prop::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        let mut nested = false;
        while let Some(element) = seq.next_element::<Prop<'de>>()? {
            match element {
                Prop::Nothing => {}
                Prop::Text(text) => all.push(text),
                Prop::List(texts) | Prop::Nested(texts) => {
                    nested = true;
                    all.extend(texts);
                }
            }
        }
        Ok(if nested { Prop::Nested(all) } else { Prop::List(all) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some((_, text)) = map.next_entry::<IgnoredAny, Text<'de>>()? {
            all.push(text.0);
        }
        Ok(Prop::Nested(all))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Prop<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PropVisitor)
    }
}
