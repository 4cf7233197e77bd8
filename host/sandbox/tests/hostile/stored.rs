use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use monshyflow_sandbox::{Config, Sandbox};

use crate::harness::*;
use crate::wat_guests::{RUN, component};

fn open(folder: &Path, key: u8) -> Sandbox {
    Sandbox::new(Config {
        key: [key; 32],
        ..config(folder.to_owned())
    })
    .unwrap()
}

fn entry(folder: &Path, extension: &str) -> PathBuf {
    let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .unwrap()
}

fn written(folder: &Path) -> SystemTime {
    fs::metadata(entry(folder, "cwasm")).unwrap().modified().unwrap()
}

#[tokio::test]
async fn a_component_is_compiled_once() {
    let folder = tempfile::tempdir().unwrap();
    let wasm = component(RUN);
    let first = open(folder.path(), 1).load(wasm.clone().into()).await.unwrap();
    let compiled = written(folder.path());
    let mut no_compiler = config(folder.path().to_owned());
    no_compiler.key = [1; 32];
    no_compiler.compile.program = "/nowhere".into();
    let again = Sandbox::new(no_compiler)
        .unwrap()
        .load(wasm.into())
        .await
        .unwrap();
    assert_eq!(first.digest(), again.digest());
    assert_eq!(written(folder.path()), compiled);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// Bends the entry, and asserts that the component is compiled again instead of loaded.
async fn assert_compiled_again(bend: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let wasm = component(RUN);
    open(folder.path(), 1).load(wasm.clone().into()).await.unwrap();
    let sound = fs::read(entry(folder.path(), "cwasm")).unwrap();
    bend(folder.path());
    open(folder.path(), 1).load(wasm.into()).await.unwrap();
    assert_eq!(fs::read(entry(folder.path(), "cwasm")).unwrap(), sound);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_tampered_entry_is_never_loaded() {
    assert_compiled_again(|folder| {
        let path = entry(folder, "cwasm");
        let mut code = fs::read(&path).unwrap();
        let middle = code.len() / 2;
        code[middle] ^= 1;
        fs::write(path, code).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_truncated_or_unauthenticated_entry_is_never_loaded() {
    assert_compiled_again(|folder| {
        let path = entry(folder, "cwasm");
        let code = fs::read(&path).unwrap();
        fs::write(path, &code[..code.len() / 2]).unwrap();
    })
    .await;
    assert_compiled_again(|folder| fs::remove_file(entry(folder, "mac")).unwrap()).await;
    assert_compiled_again(|folder| fs::write(entry(folder, "mac"), [0; 32]).unwrap()).await;
    assert_compiled_again(|folder| fs::write(entry(folder, "mac"), []).unwrap()).await;
}

#[tokio::test]
async fn an_entry_under_another_key_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let wasm = component(RUN);
    open(folder.path(), 1).load(wasm.clone().into()).await.unwrap();
    let mac = fs::read(entry(folder.path(), "mac")).unwrap();
    open(folder.path(), 2).load(wasm.into()).await.unwrap();
    assert_ne!(fs::read(entry(folder.path(), "mac")).unwrap(), mac);
}

#[tokio::test]
async fn an_entry_of_another_component_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = open(folder.path(), 1);
    sandbox.load(component(RUN).into()).await.unwrap();
    let (code, mac) = (entry(folder.path(), "cwasm"), entry(folder.path(), "mac"));
    let evil = tempfile::tempdir().unwrap();
    let other = component(&format!("{RUN} (func (export \"more\"))"));
    open(evil.path(), 1).load(other.clone().into()).await.unwrap();
    // The first component's authentic code, under the second one's name.
    let name = entry(evil.path(), "cwasm");
    let renamed = folder.path().join(name.file_name().unwrap());
    fs::copy(&code, &renamed).unwrap();
    fs::copy(&mac, renamed.with_extension("mac")).unwrap();
    sandbox.load(other.into()).await.unwrap();
    assert_eq!(fs::read(&renamed).unwrap(), fs::read(name).unwrap());
}

#[tokio::test]
async fn what_a_host_that_died_left_is_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, age: u64| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(age))
            .unwrap();
        path
    };
    let (old, other, young) = (file("a.new", 7_200), file("b.newmac", 7_200), file("c.new", 60));
    open(folder.path(), 1);
    assert_eq!(
        (old.exists(), other.exists(), young.exists()),
        (false, false, true)
    );
}
