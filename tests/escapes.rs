//! How the goldens of `fixtures/parity/datatrove` write texts in a line; every build's tests read them.

#![allow(clippy::unwrap_used)]

/// Undoes `escaped` of the scripts in `fixtures/parity/datatrove`.
pub fn unescaped(field: &str) -> String {
    let mut parts = field.split('\\');
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once(';').unwrap();
        text.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        text.push_str(rest);
    }
    text
}
