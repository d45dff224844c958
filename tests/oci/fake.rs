//! A registry on loopback that answers as it is told, and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn authorization(&self) -> Option<&str> {
        self.headers.get("authorization").map(String::as_str)
    }

    /// `PUT /v2/data/connect/manifests/v1`, without a query.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap())
    }
}

/// Status, headers, body.
pub struct Told(pub u16, pub Vec<(&'static str, String)>, pub String);

pub fn told(status: u16) -> Told {
    Told(status, Vec::new(), String::new())
}

pub struct Fake {
    pub host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// `answer` gets each request and how many came before it.
    pub fn start(answer: impl Fn(&Asked, usize) -> Told + Send + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut stream) else { continue };
                let before = log.lock().unwrap().len();
                log.lock().unwrap().push(request.clone());
                write(&mut stream, &request, answer(&request, before));
            }
        });
        Fake { host, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    assert!(!headers.contains_key("transfer-encoding"), "registries want a length: {headers:?}");
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body })
}

fn write(stream: &mut TcpStream, asked: &Asked, Told(status, headers, body): Told) {
    let mut text = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    if asked.method != "HEAD" {
        text.push_str(&body);
    }
    stream.write_all(text.as_bytes()).unwrap();
}

/// What a registry that keeps nothing answers to somebody who may push.
pub fn empty(asked: &Asked) -> Told {
    match asked.method.as_str() {
        "HEAD" => told(404),
        "POST" => Told(202, vec![("Location", "/upload/1?state=x".to_owned())], String::new()),
        "PUT" => told(201),
        other => panic!("nobody pushes with {other}"),
    }
}
