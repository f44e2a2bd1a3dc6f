//! A stand-in for SQL Server over a stream in memory: answers each batch as the test says, and remembers its text.
//!
//! Section numbers are those of MS-TDS, "Tabular Data Stream Protocol".

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

pub(super) type Stream = Compat<DuplexStream>;

/// One piece of the answer to a batch.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A result set with one column of text.
    Texts(Vec<Option<&'static str>>),
    /// A result set with one column and one row.
    Int(i32),
    /// A statement that gives no rows is done.
    Done,
    Error {
        number: u32,
        class: u8,
        line: u32,
        procedure: &'static str,
        message: &'static str,
    },
    /// PRINT, a warning.
    Info(&'static str),
    /// The row with which every message of ours ends: the batch came to its end.
    End,
    /// The connection breaks here.
    HangUp,
}

/// The batches that the server was sent, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(super) fn batches(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An error of the server's in the batch itself.
pub(super) fn error(number: u32, line: u32, message: &'static str) -> Answer {
    Answer::Error { number, class: 16, line, procedure: "", message }
}

/// Starts a server and connects to it. Where `script` has no more answers, batches come to their end.
pub(super) async fn connect(script: impl IntoIterator<Item = Vec<Answer>>) -> (Client<Stream>, Log) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let log = Log::default();
    tokio::spawn(serve(far, script.into_iter().collect(), log.clone()));
    let mut config = Config::new();
    config.encryption(EncryptionLevel::NotSupported);
    config.authentication(AuthMethod::sql_server("sa", "s3cret"));
    config.command_timeout(None);
    (Box::pin(Client::connect(config, near.compat())).await.unwrap(), log)
}

async fn serve(mut stream: DuplexStream, mut script: VecDeque<Vec<Answer>>, log: Log) {
    // A client that has gone ends the server.
    while let Some((kind, message)) = receive(&mut stream).await {
        let mut reply = Vec::new();
        let mut hangs_up = false;
        match kind {
            PRELOGIN => reply.extend(prelogin()),
            LOGIN => {
                login_ack(&mut reply);
                done(&mut reply, DONE_FINAL);
            }
            ATTENTION => done(&mut reply, DONE_ATTENTION),
            BATCH => {
                let sql = batch(&message);
                let answers = script.pop_front().unwrap_or_else(|| vec![Answer::End]);
                hangs_up = encode(&mut reply, &answers, &sql);
                log.0.lock().unwrap_or_else(PoisonError::into_inner).push(sql);
            }
            other => panic!("a packet of type {other:#04x}"),
        }
        if hangs_up {
            // What was said so far arrives, but not the packet that would end the answer.
            send(&mut stream, &reply, false).await;
            return;
        }
        send(&mut stream, &reply, true).await;
    }
}

// 2.2.3.1.1, the types of packets.
const BATCH: u8 = 0x01;
const TABULAR: u8 = 0x04;
const ATTENTION: u8 = 0x06;
const LOGIN: u8 = 0x10;
const PRELOGIN: u8 = 0x12;

const HEADER: usize = 8;
const END_OF_MESSAGE: u8 = 1;

async fn receive(stream: &mut DuplexStream) -> Option<(u8, Vec<u8>)> {
    let mut message = Vec::new();
    loop {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).await.ok()?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]])) - HEADER;
        let start = message.len();
        message.resize(start + length, 0);
        stream.read_exact(&mut message[start..]).await.ok()?;
        if header[1] & END_OF_MESSAGE != 0 {
            return Some((header[0], message));
        }
    }
}

async fn send(stream: &mut DuplexStream, message: &[u8], ends: bool) {
    let mut chunks = message.chunks(4000).peekable();
    while let Some(chunk) = chunks.next() {
        let status = if ends && chunks.peek().is_none() { END_OF_MESSAGE } else { 0 };
        let length = u16::try_from(chunk.len() + HEADER).unwrap().to_be_bytes();
        let header = [TABULAR, status, length[0], length[1], 0, 0, 1, 0];
        // The client may have gone.
        let _ = stream.write_all(&header).await;
        let _ = stream.write_all(chunk).await;
    }
}

/// 2.2.6.5: a version, and no encryption.
fn prelogin() -> [u8; 18] {
    const NO_ENCRYPTION: u8 = 2;
    [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 14, 0, 0, 0, 0, 0, NO_ENCRYPTION]
}

/// 2.2.6.7: headers, whose length comes first, then the text.
fn batch(message: &[u8]) -> String {
    let headers = u32::from_le_bytes(message[..4].try_into().unwrap()) as usize;
    let units: Vec<_> =
        message[headers..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).unwrap()
}

/// Writes the answer; true if the connection breaks behind it.
fn encode(reply: &mut Vec<u8>, answers: &[Answer], sql: &str) -> bool {
    for answer in answers {
        match answer {
            Answer::Texts(rows) => texts(reply, rows),
            Answer::Int(value) => {
                // 2.2.7.4: one INT4 that is not NULL.
                reply.extend([0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0x38, 0]);
                reply.push(0xd1);
                reply.extend(value.to_le_bytes());
                done(reply, DONE_MORE);
            }
            Answer::Done => done(reply, DONE_MORE),
            Answer::Error { number, class, line, procedure, message } => {
                message_token(reply, 0xaa, (*number, *class, *line), procedure, message);
                done(reply, DONE_MORE | DONE_ERROR);
            }
            Answer::Info(message) => message_token(reply, 0xab, (0, 0, 1), "", message),
            Answer::End => {
                let (_, end) = sql.rsplit_once("SELECT '").unwrap();
                texts(reply, &[end.split('\'').next()]);
            }
            Answer::HangUp => return true,
        }
    }
    done(reply, DONE_FINAL);
    false
}

fn texts(reply: &mut Vec<u8>, rows: &[Option<&str>]) {
    // 2.2.7.4: one column, nullable, NVARCHAR(4000) with a collation.
    reply.extend([0x81, 1, 0, 0, 0, 0, 0, 1, 0, 0xe7, 0x40, 0x1f, 9, 4, 0xd0, 0, 0x34, 0]);
    for row in rows {
        reply.push(0xd1);
        match row {
            None => reply.extend([0xff, 0xff]),
            Some(text) => {
                let bytes = utf16(text);
                reply.extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
                reply.extend(bytes);
            }
        }
    }
    done(reply, DONE_MORE);
}

/// 2.2.7.10 and 2.2.7.13: ERROR and INFO.
fn message_token(
    reply: &mut Vec<u8>,
    token: u8,
    (number, class, line): (u32, u8, u32),
    procedure: &str,
    message: &str,
) {
    let mut body = Vec::new();
    body.extend(number.to_le_bytes());
    body.extend([1, class]);
    body.extend(u16::try_from(message.encode_utf16().count()).unwrap().to_le_bytes());
    body.extend(utf16(message));
    for text in ["double", procedure] {
        body.push(u8::try_from(text.encode_utf16().count()).unwrap());
        body.extend(utf16(text));
    }
    body.extend(line.to_le_bytes());
    reply.push(token);
    reply.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    reply.extend(body);
}

/// 2.2.7.14: TDS 7.4.
fn login_ack(reply: &mut Vec<u8>) {
    let mut body = vec![1, 0x74, 0, 0, 4, 6];
    body.extend(utf16("double"));
    body.extend([14, 0, 0, 0]);
    reply.push(0xad);
    reply.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    reply.extend(body);
}

// 2.2.7.6, the status of DONE.
const DONE_FINAL: u16 = 0;
const DONE_MORE: u16 = 1;
const DONE_ERROR: u16 = 2;
const DONE_ATTENTION: u16 = 0x20;

fn done(reply: &mut Vec<u8>, status: u16) {
    reply.push(0xfd);
    reply.extend(status.to_le_bytes());
    reply.extend([0; 10]);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
