//! RabbitMQ's management API, as far as tests look at a broker from outside or change what operators may change.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use url::Url;

const PATIENCE: Duration = Duration::from_secs(20);

/// The API of one broker.
#[derive(Debug, Clone)]
pub struct Management {
    place: String,
    authorization: String,
}

impl Management {
    /// `address` is `http://user:password@host:port`.
    pub fn at(address: &str) -> Self {
        let url = Url::parse(address).expect("the address of a management API");
        let login = format!("{}:{}", url.username(), url.password().unwrap_or_default());
        Self {
            place: format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(15_672)),
            authorization: format!("Basic {}", BASE64_STANDARD.encode(login)),
        }
    }

    /// Status and body of one request.
    pub async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let asked = timeout(PATIENCE, self.ask(method, path, body)).await;
        asked.expect("the management API answers in time").expect("the management API answers")
    }

    /// The same without a body; `None` where nobody answers.
    pub async fn try_request(&self, method: &str, path: &str) -> Option<(u16, Value)> {
        timeout(PATIENCE, self.ask(method, path, None)).await.ok()?.ok()
    }

    /// What a list holds; `None` where the API does not answer, or not with a list.
    pub async fn list(&self, path: &str) -> Option<Vec<Value>> {
        match self.try_request("GET", path).await? {
            (200, Value::Array(rows)) => Some(rows),
            _ => None,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "tests look at the broker from outside")]
    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.place).await?;
        let head = format!(
            "{method} /api{path} HTTP/1.0\r\nhost: {}\r\nauthorization: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.place,
            self.authorization,
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
    }

    async fn must(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.request(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    pub async fn create_virtual_host(&self, name: &str) {
        self.must("PUT", &format!("/vhosts/{name}"), None).await;
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        self.must("PUT", &format!("/permissions/{name}/guest"), Some(&all)).await;
    }

    pub async fn delete_virtual_host(&self, name: &str) {
        self.must("DELETE", &format!("/vhosts/{name}"), None).await;
    }

    /// The queues of a virtual host, once every one of them was counted.
    pub async fn queues(&self, virtual_host: &str) -> Vec<Value> {
        match self.must("GET", &format!("/queues/{virtual_host}"), None).await {
            Value::Array(queues) => queues,
            other => panic!("no list of queues: {other}"),
        }
    }

    /// The consumers of a virtual host, with their queue and prefetch.
    pub async fn consumers(&self, virtual_host: &str) -> Vec<Value> {
        match self.must("GET", &format!("/consumers/{virtual_host}"), None).await {
            Value::Array(consumers) => consumers,
            other => panic!("no list of consumers: {other}"),
        }
    }

    pub async fn delete_queue(&self, virtual_host: &str, queue: &str) {
        self.must("DELETE", &format!("/queues/{virtual_host}/{queue}"), None).await;
    }

    pub async fn limit_queues(&self, virtual_host: &str, max_length: u32) {
        let policy = json!({"pattern": ".*", "apply-to": "queues", "definition": {"max-length": max_length}});
        self.must("PUT", &format!("/policies/{virtual_host}/limit"), Some(&policy)).await;
    }

    /// Closes the connections of a virtual host, and says how many there were.
    pub async fn close_connections(&self, virtual_host: &str) -> usize {
        let connections = self.must("GET", &format!("/vhosts/{virtual_host}/connections"), None).await;
        let connections = connections.as_array().cloned().unwrap_or_default();
        for connection in &connections {
            let name = connection["name"].as_str().unwrap_or_default();
            let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            // one that has gone meanwhile is closed too
            self.request("DELETE", &format!("/connections/{}", name.replace('+', "%20")), None).await;
        }
        connections.len()
    }
}
