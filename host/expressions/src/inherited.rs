//! Names that values of JavaScript have without any data. What a path with such a name means is left to the evaluator.

const OBJECTS: &[&str] = &[
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Of texts, numbers and arrays; some names belong to several.
const OTHERS: &str = "anchor at big blink bold charAt charCodeAt codePointAt concat copyWithin endsWith entries every fill \
    filter find findIndex findLast findLastIndex fixed flat flatMap fontcolor fontsize forEach includes indexOf isWellFormed \
    italics join keys lastIndexOf link localeCompare map match matchAll normalize padEnd padStart pop push reduce reduceRight \
    repeat replace replaceAll reverse search shift slice small some sort splice split startsWith strike sub substr substring \
    sup toExponential toFixed toISOString toLocaleLowerCase toLocaleUpperCase toLowerCase toPrecision toReversed toSorted \
    toSpliced toUpperCase toWellFormed trim trimEnd trimLeft trimRight trimStart unshift values with";

pub(crate) fn by_objects(key: &str) -> bool {
    OBJECTS.contains(&key)
}

pub(crate) fn by_others(key: &str) -> bool {
    by_objects(key) || OTHERS.split_ascii_whitespace().any(|name| name == key)
}
