use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

use crate::Args;
use crate::http_load::{Connection, post};
use crate::report::Report;
use crate::server::{Server, document, edge, node};

const PIECE: usize = 256 << 10;

/// A file is downloaded, hashed and uploaded by three nodes. All three digests must agree: of what was sent, of what the node
/// saw, of what arrived.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!(
        "large-file: {} MB down, through a hash and up again",
        args.file_mb
    );
    let size = args.file_mb * 1_000_000;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    tokio::spawn(serve(listener, size, seen.clone()));
    let data = tempfile::tempdir()?;
    let server = Server::start_with(args, data.path(), None, &["--allow-internal", &address]).await?;
    let runs = server.publish(&workflow(&address)).await?;
    println!("  peak memory before: {:.1} MiB", server.peak_mib()?);
    let body = json!({ "wait": true, "timeoutMs": 300_000 }).to_string();
    let started = Instant::now();
    let mut connection = Connection::open(&server.address).await?;
    let answer = connection.send(&post(&runs, &server.key, &body)).await?;
    let seconds = started.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&answer.body);
    let view: Value = serde_json::from_str(&text)?;
    ensure!(view["status"] == "succeeded", "{text}");
    let arrived = view["result"][0]["items"][0]["sha256"]
        .as_str()
        .context("no digest")?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let expected = [(size, arrived.to_owned()), (size, arrived.to_owned())];
    ensure!(
        seen == expected,
        "the digests differ: {seen:?}, the upload was answered with {arrived}"
    );
    println!(
        "  {seconds:.1} s, {:.0} MB a second through all three",
        args.file_mb as f64 / seconds
    );
    let what = format!("large-file, {} MB, three nodes, peak memory", args.file_mb);
    report.at_most(&what, server.peak_mib()?, "MiB", 300.0);
    Ok(())
}

fn workflow(address: &str) -> Value {
    let download = json!({
        "url": format!("http://{address}/file"), "response": { "format": "binary", "maxBytes": 1_073_741_824 },
    });
    let hash = json!({ "operation": "hash", "source": "attachment", "outputField": "sha256" });
    let upload = json!({
        "method": "PUT", "url": format!("http://{address}/{{{{ $json.sha256 }}}}"), "body": { "type": "binary" },
    });
    document(
        "large file",
        &[
            node("start", "manual-trigger@1", &json!({})),
            node("download", "http-request@1", &download),
            node("hash", "crypto@1", &hash),
            node("upload", "http-request@1", &upload),
        ],
        &[
            edge("start", "main", "download", "main"),
            edge("download", "main", "hash", "main"),
            edge("hash", "main", "upload", "main"),
        ],
    )
}

/// Bytes and digest of each file that went out or came in.
type Seen = Arc<Mutex<Vec<(u64, String)>>>;

/// GET streams the file; PUT takes one and answers with its digest, if the path says the same.
async fn serve(listener: TcpListener, size: u64, seen: Seen) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let seen = seen.clone();
        tokio::spawn(async move {
            if let Err(error) = converse(BufStream::with_capacity(PIECE, PIECE, stream), size, &seen).await {
                println!("  the file server: {error:#}");
            }
        });
    }
}

async fn converse(mut stream: BufStream<TcpStream>, size: u64, seen: &Seen) -> Result<()> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let announced = rest_of_head(&mut stream).await?;
        let note = |bytes, digest: &str| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push((bytes, digest.to_owned()));
        };
        if line.starts_with("GET ") {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: {size}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            note(size, &send_file(&mut stream, size).await?);
        } else {
            let length = announced.context("an upload without content-length")?;
            let digest = receive(&mut stream, length).await?;
            note(length, &digest);
            let path = line.split(' ').nth(1).unwrap_or_default();
            let status = if path == format!("/{digest}") {
                "200 OK"
            } else {
                "400 Bad Request"
            };
            let body = json!({ "sha256": digest }).to_string();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
        }
        stream.flush().await?;
    }
}

/// The length that the header announces.
async fn rest_of_head(stream: &mut BufStream<TcpStream>) -> Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        ensure!(stream.read_line(&mut line).await? > 0, "half a head");
        let Some((name, value)) = line.split_once(':') else {
            return Ok(length);
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        }
    }
}

/// Bytes that no compression and no repetition helps with, the same ones each time (xorshift64).
async fn send_file(stream: &mut BufStream<TcpStream>, size: u64) -> Result<String> {
    let (mut digest, mut state, mut left) = (Sha256::new(), 0x9e37_79b9_7f4a_7c15_u64, size);
    let mut piece = vec![0_u8; PIECE];
    while left > 0 {
        for bytes in piece.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.copy_from_slice(&state.to_le_bytes());
        }
        let part = &piece[..left.min(PIECE as u64) as usize];
        digest.update(part);
        stream.write_all(part).await?;
        left -= part.len() as u64;
    }
    Ok(HEXLOWER.encode(&digest.finalize()))
}

async fn receive(stream: &mut BufStream<TcpStream>, length: u64) -> Result<String> {
    let (mut digest, mut piece) = (Sha256::new(), vec![0_u8; PIECE]);
    let mut body = stream.take(length);
    let mut received = 0;
    while received < length {
        let read = body.read(&mut piece).await?;
        ensure!(read > 0, "only {received} of {length} bytes arrived");
        digest.update(&piece[..read]);
        received += read as u64;
    }
    Ok(HEXLOWER.encode(&digest.finalize()))
}
