// Go's crypto/tls as a server in some configurations, and as the client that finds out suite by suite what a server accepts.
//
//	server CONFIGURATION RSA-CHAIN RSA-KEY ECDSA-CHAIN ECDSA-KEY: listens on 127.0.0.1 and says `LISTENING PORT`
//	client PORT: a line `VERSION SUITE` for each handshake up to TLS 1.2 that came to its end
//
// Suites of TLS 1.3 can't be chosen in Go: the client leaves them to another one. PSK is not in crypto/tls.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) == 3 && os.Args[1] == "client" {
		ask("127.0.0.1:" + os.Args[2])
	} else if len(os.Args) == 7 && os.Args[1] == "server" {
		listen(configuration(os.Args[2], os.Args[3:]))
	} else {
		log.Fatal("server CONFIGURATION RSA-CHAIN RSA-KEY ECDSA-CHAIN ECDSA-KEY, or client PORT")
	}
}

func configuration(name string, files []string) *tls.Config {
	rsa, ecdsa := pair(files[0], files[1]), pair(files[2], files[3])
	switch name {
	case "modern":
		return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{ecdsa, rsa}}
	case "old":
		return &tls.Config{
			MinVersion:   tls.VersionTLS10,
			MaxVersion:   tls.VersionTLS12,
			CipherSuites: allSuites(),
			Certificates: []tls.Certificate{ecdsa, rsa},
		}
	case "named":
		return &tls.Config{
			MinVersion: tls.VersionTLS12,
			GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				if hello.ServerName != "mx.test" {
					return nil, fmt.Errorf("no certificate for %q", hello.ServerName)
				}
				return &rsa, nil
			},
		}
	case "odd": // One suite, one curve, TLS 1.1 left on but without a suite that works there.
		return &tls.Config{
			MinVersion:       tls.VersionTLS11,
			MaxVersion:       tls.VersionTLS12,
			CipherSuites:     []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
			CurvePreferences: []tls.CurveID{tls.CurveP384},
			Certificates:     []tls.Certificate{rsa},
		}
	}
	log.Fatalf("no configuration %s", name)
	return nil
}

func pair(chain, key string) tls.Certificate {
	certificate, err := tls.LoadX509KeyPair(chain, key)
	if err != nil {
		log.Fatal(err)
	}
	return certificate
}

func allSuites() []uint16 {
	var codes []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if suite.SupportedVersions[0] < tls.VersionTLS13 {
			codes = append(codes, suite.ID)
		}
	}
	return codes
}

func listen(config *tls.Config) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("LISTENING", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			// The handshake comes with the first read; a scan goes away in the middle of it.
			secured := tls.Server(connection, config)
			io.Copy(io.Discard, secured)
			secured.Close()
		}()
	}
}

func ask(address string) {
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12} {
		for _, suite := range allSuites() {
			config := &tls.Config{
				MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite}, InsecureSkipVerify: true,
			}
			connection, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", address, config)
			if err != nil {
				continue
			}
			state := connection.ConnectionState()
			fmt.Printf("0x%04x 0x%04x\n", state.Version, state.CipherSuite)
			connection.Close()
		}
	}
}
