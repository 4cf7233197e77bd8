//! Excel files made to hurt: they end in an answer or an error, never in a panic.

#![expect(clippy::unwrap_used, reason = "what is not so fails the test")]

mod base64;

use std::io::{Cursor, Write};

use monshyflow_sdk::testing::{Case, run_case};
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A file with one sheet, `S`.
fn book(sheet: &[u8], strings: &[u8], styles: &[u8]) -> Vec<u8> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    };
    let list = |relations: String| format!("<Relationships>{relations}</Relationships>").into_bytes();
    let workbook = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let parts = [
        (
            "_rels/.rels",
            list(relation("r1", "officeDocument", "xl/workbook.xml")),
        ),
        ("xl/workbook.xml", workbook.into_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            list(format!(
                "{}{}{}",
                relation("r1", "worksheet", "worksheets/sheet1.xml"),
                relation("r2", "sharedStrings", "sharedStrings.xml"),
                relation("r3", "styles", "styles.xml")
            )),
        ),
        ("xl/sharedStrings.xml", strings.to_vec()),
        ("xl/styles.xml", styles.to_vec()),
        ("xl/worksheets/sheet1.xml", sheet.to_vec()),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        archive.start_file(name, options).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn sheet(rows: &str) -> Vec<u8> {
    book(
        format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>").as_bytes(),
        b"<sst><si><t>a</t></si></sst>",
        b"<styleSheet/>",
    )
}

/// How the call ends: the error's code and message, or what came instead of nothing.
fn read(file: &[u8]) -> String {
    let case: Case = serde_json::from_value(json!({
        "title": "", "params": { "header": false }, "expect": {},
        "input": { "main": [{ "$item": { "json": {}, "binary": { "data": { "base64": base64::encode(file) } } } }] },
    }))
    .unwrap();
    run_case(spreadsheet::call, &case).map_or_else(|problem| problem, |()| "nothing".to_owned())
}

#[test]
fn archives_that_unpack_to_much_are_refused() {
    let large = vec![b' '; 65 * 1024 * 1024];
    let strings = book(b"", &large[..25 * 1024 * 1024], b"");
    assert!(strings.len() < 1024 * 1024);
    for file in [
        strings,
        book(&large, b"", b""),
        book(b"", b"", &large[..5 * 1024 * 1024]),
    ] {
        assert!(read(&file).contains("`spreadsheet-too-large`"));
    }
    assert!(read(&large[..21 * 1024 * 1024]).contains("`blob-limit`"));
}

#[test]
fn huge_dimensions_cost_nothing() {
    let cells = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row>";
    let text = format!(
        "<worksheet xmlns=\"{MAIN}\"><dimension ref=\"A1:XFD1048576\"></dimension><sheetData>{cells}</sheetData></worksheet>"
    );
    let file = book(text.as_bytes(), b"<sst/>", b"<styleSheet/>");
    assert!(
        read(&file).contains("main[0] was not expected: {\"row\":[1]}"),
        "{}",
        read(&file)
    );
    for wrong in ["XFE1", "A1048577", "A4294967295", "1", "ä1"] {
        let file = sheet(&format!("<row><c r=\"{wrong}\"><v>1</v></c></row>"));
        assert!(read(&file).contains("`invalid-spreadsheet`"), "{wrong}");
    }
}

#[test]
fn texts_that_come_often_are_bounded() {
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1024 * 1024));
    let cells: String = (1..100)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>"))
        .collect();
    let text = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{cells}</sheetData></worksheet>");
    assert!(read(&book(text.as_bytes(), long.as_bytes(), b"<styleSheet/>")).contains("`too-many-rows`"));
}

#[test]
fn entities_and_nesting_are_bounded() {
    let laughs = format!(
        "<!DOCTYPE w [<!ENTITY a \"{}\">]><worksheet xmlns=\"{MAIN}\"><sheetData><row><c t=\"inlineStr\"><is><t>&a;</t></is></c></row></sheetData></worksheet>",
        "lol".repeat(1_000)
    );
    let shown = read(&book(laughs.as_bytes(), b"<sst/>", b"<styleSheet/>"));
    assert!(
        shown.contains("`invalid-spreadsheet`") || !shown.contains("lol"),
        "{shown}"
    );
    let nested = sheet(&"<row><c><is>".repeat(10_000));
    assert!(read(&nested).contains("`invalid-spreadsheet`"));
    let nested = sheet(&format!(
        "<row><c t=\"inlineStr\"><is>{}</is></c></row>",
        "<r>".repeat(10_000)
    ));
    assert!(read(&nested).contains("nothing"));
}

#[test]
fn odd_values_are_read() {
    for (cell, expected) in [
        ("<c t=\"s\"><v>99</v></c>", "`invalid-spreadsheet`"),
        ("<c t=\"s\"><v>-1</v></c>", ""),
        ("<c><v>1e999</v></c>", ""),
        ("<c><v>NaN</v></c>", ""),
        ("<c s=\"999999\"><v>5</v></c>", "[5]"),
        ("<c t=\"d\"><v>\u{0}</v></c>", ""),
        ("<c t=\"zzz\"><v>5</v></c>", ""),
        ("<c><v>99999999999999999999999999</v></c>", "1e+26"),
    ] {
        let shown = read(&sheet(&format!("<row>{cell}</row>")));
        assert!(shown.contains(expected), "{cell}: {shown}");
    }
}

/// Every byte of the parts in turn is another.
#[test]
fn damaged_parts_end_in_an_answer_or_an_error() {
    let rows = "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>45943.5</v></c><c r=\"B1\" t=\"s\"><v>0</v></c><c t=\"b\"><v>1</v></c></row>";
    let text = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>").into_bytes();
    let styles = b"<styleSheet><numFmts><numFmt numFmtId=\"200\" formatCode=\"[h]:mm\"/></numFmts><fonts><font><b/><color rgb=\"FF00FF00\"/></font></fonts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"200\" fontId=\"0\"/></cellXfs></styleSheet>";
    let strings = b"<sst count=\"1\"><si><r><t xml:space=\"preserve\">a</t></r></si></sst>";
    for byte in [b'<', b'9', 0xFF] {
        for at in 0..text.len().max(styles.len()) {
            let damaged = |part: &[u8]| {
                let mut part = part.to_vec();
                if let Some(place) = part.get_mut(at) {
                    *place = byte;
                }
                part
            };
            for file in [
                book(&damaged(&text), strings, styles),
                book(&text, &damaged(strings), styles),
                book(&text, strings, &damaged(styles)),
            ] {
                let shown = read(&file);
                let expected = ["was not expected", "nothing", "`invalid-spreadsheet`"];
                assert!(
                    expected.iter().any(|end| shown.contains(end)),
                    "{byte} at {at}: {shown}"
                );
            }
        }
    }
}

#[test]
fn damaged_archives_end_in_an_answer_or_an_error() {
    let file = sheet("<row><c><v>5</v></c></row>");
    for at in 0..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 0xFF;
        for file in [&damaged, &file[..at]] {
            assert!(!read(file).is_empty());
        }
    }
}
