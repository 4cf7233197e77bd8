use super::*;

const ORDER: &str = r#"{"id": 12345678901234567890123, "n": 1.10, "who": {"name": "Zoë\u0041", "tags": ["a", {"b": 2}]}, "x\"y": null}"#;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

#[test]
fn what_is_not_touched_keeps_its_bytes() {
    let mut object = Object::parse(ORDER).unwrap();
    object.set(&path("who.tags[1].b"), "3").unwrap();
    let expected = r#"{"id":12345678901234567890123,"n":1.10,"who":{"name":"Zoë\u0041","tags":["a",{"b":3}]},"x\"y":null}"#;
    assert_eq!(object.to_text(), expected);
}

#[test]
fn setting_makes_what_is_missing_on_the_way() {
    let check = |start: &'static str, place: &str, expected: &str| {
        let mut object = Object::parse(start).unwrap();
        object.set(&path(place), "1").unwrap();
        assert_eq!(object.to_text(), expected, "{place}");
    };
    check("{}", "a.b.c", r#"{"a":{"b":{"c":1}}}"#);
    check("{}", "a[2]", r#"{"a":[null,null,1]}"#);
    check(r#"{"a":"text"}"#, "a.b", r#"{"a":{"b":1}}"#);
    check(r#"{"a":[{"b":0}]}"#, "a.0.b", r#"{"a":[{"b":1}]}"#);
    check(r#"{"a":[1]}"#, "a.b", r#"{"a":{"b":1}}"#);
    assert_eq!(
        Object::default().set(&path("a[99999999]"), "1"),
        Err(IndexTooFar(99_999_999))
    );
}

#[test]
fn values_that_the_node_put_there_can_be_edited_again() {
    let mut object = Object::default();
    object.set_field("a", r#"{"b":[1,2]}"#.to_owned());
    object.set(&path("a.b[0]"), "9").unwrap();
    assert!(object.remove(&path("a.b[1]")));
    assert_eq!(object.to_text(), r#"{"a":{"b":[9]}}"#);
}

#[test]
fn reading_looks_through_text_and_edits() {
    let mut object = Object::parse(ORDER).unwrap();
    assert_eq!(object.get(&path("who.tags[1].b")).as_deref(), Some("2"));
    assert_eq!(object.get(&path("who.tags[7]")), None);
    assert_eq!(object.get(&Path::field("x\"y")).as_deref(), Some("null"));
    object.set(&path("who.tags"), "[]").unwrap();
    assert_eq!(
        object.get(&path("who")).as_deref(),
        Some(r#"{"name":"Zoë\u0041","tags":[]}"#)
    );
}

#[test]
fn renaming_keeps_the_place_and_replaces() {
    let mut object = Object::parse(r#"{"a":1,"b":2,"c":3}"#).unwrap();
    assert_eq!(object.rename(&path("a"), &path("c")), Ok(true));
    assert_eq!(object.to_text(), r#"{"c":1,"b":2}"#);
    assert_eq!(object.rename(&path("b"), &path("deep.b")), Ok(true));
    assert_eq!(object.to_text(), r#"{"c":1,"deep":{"b":2}}"#);
    assert_eq!(object.rename(&path("missing"), &path("z")), Ok(false));
}

#[test]
fn only_objects_are_objects() {
    for text in ["[]", "1", "null", "{", "{\"a\":}", "{} x"] {
        assert!(Object::parse(text).is_err(), "{text}");
    }
}
