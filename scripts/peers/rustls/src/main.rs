//! rustls as a server in some configurations, and as the client that finds out suite by suite what a server accepts.
//!
//! server CONFIGURATION RSA-CHAIN RSA-KEY ECDSA-CHAIN ECDSA-KEY: listens on 127.0.0.1 and says `LISTENING PORT`
//! client PORT: a line `VERSION SUITE` for each handshake that came to its end; any certificate is taken
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{ring, CryptoProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ClientConfig, ClientConnection, ServerConfig, ServerConnection, SignatureScheme};
use rustls::{DigitallySignedStruct, Error, SupportedProtocolVersion};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words[0].as_str() {
        "server" => listen(configuration(&words[1], &words[2..])),
        "client" => ask(words[1].parse().unwrap()),
        other => panic!("no mode {other}"),
    }
}

fn configuration(name: &str, files: &[String]) -> Arc<ServerConfig> {
    let (rsa, ecdsa) = (certified(&files[0], &files[1]), certified(&files[2], &files[3]));
    let mut provider = ring::default_provider();
    let (versions, keys): (&[&SupportedProtocolVersion], _) = match name {
        "modern" => (BOTH, vec![ecdsa, rsa]),
        "tls12" => (&[&TLS12], vec![rsa]),
        "named" => (BOTH, vec![rsa]),
        "odd" => {
            provider.cipher_suites.retain(|suite| suite.suite() == CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
            provider.kx_groups = vec![ring::kx_group::SECP384R1];
            (&[&TLS13], vec![ecdsa])
        }
        other => panic!("no configuration {other}"),
    };
    let builder = ServerConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions).unwrap();
    Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(Keys(keys, (name == "named").then_some("mx.test")))))
}

fn certified(chain: &str, key: &str) -> Arc<CertifiedKey> {
    let chain = CertificateDer::pem_file_iter(chain).unwrap().map(Result::unwrap).collect();
    let key = ring::sign::any_supported_type(&PrivateKeyDer::from_pem_file(key).unwrap()).unwrap();
    Arc::new(CertifiedKey::new(chain, key))
}

/// The first key that the client has a signature scheme for. Where there is none a server with one key shows it, as rustls' own
/// resolver does, and the handshake ends there; one with two has nothing to show, which rustls says as access_denied.
#[derive(Debug)]
struct Keys(Vec<Arc<CertifiedKey>>, Option<&'static str>);

impl ResolvesServerCert for Keys {
    fn resolve(&self, hello: ClientHello) -> Option<Arc<CertifiedKey>> {
        if self.1.is_some_and(|name| hello.server_name() != Some(name)) {
            return None;
        }
        let signs = |one: &&Arc<CertifiedKey>| one.key.choose_scheme(hello.signature_schemes()).is_some();
        self.0.iter().find(signs).or(if self.0.len() == 1 { self.0.first() } else { None }).cloned()
    }
}

fn listen(config: Arc<ServerConfig>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("LISTENING {}", listener.local_addr().unwrap().port());
    for stream in listener.incoming() {
        let config = config.clone();
        std::thread::spawn(move || {
            let (mut stream, mut secured) = (stream.unwrap(), ServerConnection::new(config).unwrap());
            // A scan goes away in the middle of the handshake; an alert of ours is sent by complete_io.
            while secured.complete_io(&mut stream).is_ok_and(|(read, _)| read > 0) {
                let _ = secured.reader().read(&mut [0; 4096]);
            }
        });
    }
}

fn ask(port: u16) {
    for suite in ring::default_provider().cipher_suites {
        let version = if suite.tls13().is_some() { &TLS13 } else { &TLS12 };
        let provider = Arc::new(CryptoProvider { cipher_suites: vec![suite], ..ring::default_provider() });
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
        let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(TakeAll)).with_no_client_auth();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut secured = ClientConnection::new(Arc::new(config), name).unwrap();
        while secured.is_handshaking() && secured.complete_io(&mut stream).is_ok() {}
        if !secured.is_handshaking() {
            let version = u16::from(secured.protocol_version().unwrap());
            println!("{version:#06x} {:#06x}", u16::from(suite.suite()));
        }
    }
}

#[derive(Debug)]
struct TakeAll;

impl ServerCertVerifier for TakeAll {
    #[rustfmt::skip]
    fn verify_server_cert(&self, _: &CertificateDer, _: &[CertificateDer], _: &ServerName, _: &[u8], _: UnixTime)
        -> Result<ServerCertVerified, Error> { Ok(ServerCertVerified::assertion()) }
    #[rustfmt::skip]
    fn verify_tls12_signature(&self, _: &[u8], _: &CertificateDer, _: &DigitallySignedStruct)
        -> Result<HandshakeSignatureValid, Error> { Ok(HandshakeSignatureValid::assertion()) }
    #[rustfmt::skip]
    fn verify_tls13_signature(&self, _: &[u8], _: &CertificateDer, _: &DigitallySignedStruct)
        -> Result<HandshakeSignatureValid, Error> { Ok(HandshakeSignatureValid::assertion()) }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
