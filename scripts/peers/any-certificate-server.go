// A mail server with TLS from its first byte, on Go's crypto/tls, which sends any bytes as its certificates and signs
// with what it is given: for chains that no other stack shows. Prints "LISTENING <port>" once it listens on 127.0.0.1.
// Reads for Go 1.19 and later; no module but the standard library.
package main

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// signer signs as its key does, but for what mode says.
type signer struct {
	crypto.Signer
	mode string
}

func (s signer) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if s.mode == "fails" {
		return nil, errors.New("no signature")
	}
	signature, err := s.Signer.Sign(random, digest, options)
	if err == nil && s.mode == "wrong" {
		signature[len(signature)/2] ^= 1
	}
	return signature, err
}

func main() {
	chain := flag.String("chain", "", "DER files, leaf first, with commas between them")
	keyFile := flag.String("key", "", "PEM file with a PKCS #8 key")
	min := flag.String("min", "1.2", "lowest version: 1.2 or 1.3")
	max := flag.String("max", "1.3", "highest version")
	signature := flag.String("signature", "right", "right, wrong or fails")
	flag.Parse()
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: ders(*chain), PrivateKey: signer{key(*keyFile), *signature}}},
		MinVersion:   versions[*min],
		MaxVersion:   versions[*max],
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("LISTENING %d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err == nil {
			go serve(tls.Server(connection, config))
		}
	}
}

func ders(files string) [][]byte {
	var chain [][]byte
	for _, file := range strings.Split(files, ",") {
		der, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		chain = append(chain, der)
	}
	return chain
}

func key(file string) crypto.Signer {
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return parsed.(crypto.Signer)
}

func serve(connection *tls.Conn) {
	defer connection.Close()
	if connection.Handshake() != nil {
		return
	}
	fmt.Fprint(connection, "220 mx.test ESMTP\r\n")
	bytes := make([]byte, 4096)
	for {
		count, err := connection.Read(bytes)
		if err != nil {
			return
		}
		line := strings.ToUpper(string(bytes[:count]))
		switch {
		case strings.HasPrefix(line, "EHLO"):
			fmt.Fprint(connection, "250-mx.test\r\n250 SIZE 1000\r\n")
		case strings.HasPrefix(line, "QUIT"):
			fmt.Fprint(connection, "221 bye\r\n")
			return
		default:
			fmt.Fprint(connection, "502 no\r\n")
		}
	}
}
